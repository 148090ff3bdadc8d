/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series.c - from an activity's schedule to its occurrences
 *
 * schedule -> local starts (recurrence.h) -> instants -> which of them can be booked -> rows,
 * events
 *
 * PostgreSQL makes the instants, so that one zone database counts for all. Nothing is written
 * before it is known which dates are refused: a refusal behind a write would run the whole batch
 * again.
 */
#include "services/scheduling/activity/series.h"

#include <assert.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "scheduling_activity.pb-c.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"

enum { MINUTE_SECONDS = 60, DAY_SECONDS = 24 * 60 * MINUTE_SECONDS };

static const struct use_fields fields = {"action", "action", "action", "action"};

/* Dates in local time -> instants, by the activity's schedule and its sign-up. */
/* clang-format off */
STATEMENT(series_times,
          .sql = "SELECT l.local AS start_local, t.start_time, t.start_time"
                 " + make_interval(mins => (a.schedule ->> 'durationMinutes')::integer) AS end_time, "
                 SIGN_UP_FROM("l.local::timestamp", "t.start_time", ":now") " AS sign_up_from_time, "
                 SIGN_UP_UNTIL("t.start_time") " AS sign_up_until_time"
                 " FROM scheduling.activity a JOIN scheduling.stream s ON s.street = a.street,"
                 " unnest(:starts::text[]) WITH ORDINALITY AS l (local, n),"
                 " LATERAL (SELECT l.local::timestamp AT TIME ZONE s.time_zone AS start_time) t"
                 " WHERE a.street = :street AND a.activity_id = :activity_id ORDER BY l.n",
          .of = &scheduling__activity__descriptor, .with = "starts");
/* clang-format on */

/* ---- planning ---- */

/* The rule's end in local time; far away if it names no instant. */
static enum status find_end(struct call *call, const char *rrule,
                            char local[static LOCAL_CHARS + 1])
{
    int64_t until = recurrence_until(rrule);

    memcpy(local, "9999", sizeof "9999"); /* behind every local time */
    return until == INT64_MAX ? STATUS_OK : scheduling_local_time(call, until, local);
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How far dates are made: each must end before what may not be booked yet, a day earlier for local
 * time. A few hours more or less do not matter otherwise. */
static bool find_horizon(const struct call *call, const Scheduling__Schedule *schedule,
                         char local[static LOCAL_CHARS + 1])
{
    const int64_t now = call->now->seconds;
    const int64_t from = larger(recurrence_seconds(schedule->first_start_local), now);
    const int64_t ahead = now + (scheduling_ahead_days() - 1) * DAY_SECONDS -
                          (int64_t)schedule->duration_minutes * MINUTE_SECONDS;

    return recurrence_local(smaller(from + (int64_t)SERIES_DAYS * DAY_SECONDS, ahead), local);
}

/* Everything but its times is the activity's. */
static Scheduling__Occurrence *new_date(struct call *call, const Scheduling__Activity *activity,
                                        char *start)
{
    Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);

    occurrence->occurrence_id = occurrence_id_of(call, activity->activity_id, start);
    occurrence->activity_id = activity->activity_id;
    occurrence->original_start_local = start;
    occurrence->duration_minutes = activity->schedule->duration_minutes;
    occurrence->community_id = activity->community_id;
    occurrence->title = activity->title;
    occurrence->kind = activity->kind;
    occurrence->resource_id = activity->resource_id;
    occurrence->capacity = activity->capacity;
    occurrence->waitlist = activity->waitlist;
    occurrence->status = SCHEDULING__OCCURRENCE_STATUS__OCCURRENCE_STATUS_SCHEDULED;
    return occurrence;
}

/* The starts as dates, with their instants. */
static enum status make_dates(struct call *call, const Scheduling__Activity *activity,
                              char (*starts)[LOCAL_CHARS + 1], size_t count, struct series *ret)
{
    ProtobufCBinaryData *texts = mem_array(call, ProtobufCBinaryData, count);
    const PGresult *rows;

    for (size_t i = 0; i < count; i++)
        texts[i] = (ProtobufCBinaryData){LOCAL_CHARS, (uint8_t *)starts[i]};
    const struct db_param given = NAMED(starts, param_array(call, OID_TEXT, count, texts));
    enum status status = db_query_more(call, &series_times, &activity->base, &given, 1, &rows);
    if (status != STATUS_OK)
        return status;
    ret->dates = mem_array(call, Scheduling__Occurrence *, count);
    ret->bookings = mem_array(call, Scheduling__Booking *, count);
    ret->refused = mem_array(call, Scheduling__RefusedDate *, count);
    for (; ret->count < (size_t)PQntuples(rows); ret->count++) {
        Scheduling__Occurrence *date = new_date(call, activity, starts[ret->count]);
        db_row(call, &series_times, rows, (int)ret->count, &date->base);
        ret->dates[ret->count] = date;
    }
    return STATUS_OK;
}

enum status series_plan(struct call *call, const Scheduling__Activity *activity, const char *last,
                        struct series *ret)
{
    const Scheduling__Schedule *schedule = activity->schedule;
    char(*starts)[LOCAL_CHARS + 1] = mem_bytes(call, SERIES_MAX * sizeof *starts);
    char start[LOCAL_CHARS + 1], end[LOCAL_CHARS + 1], horizon[LOCAL_CHARS + 1];
    size_t count = 0;

    *ret = (struct series){0};
    enum status status = find_end(call, schedule->rrule, end);
    if (status != STATUS_OK)
        return status;
    struct recurrence *recurrence =
        recurrence_new(call, schedule->rrule, schedule->first_start_local);
    if (!recurrence || !find_horizon(call, schedule, horizon))
        return call_fail(call, STATUS_FAILED_PRECONDITION, "action", "rrule",
                         "its schedule is none that this version knows");
    if (last[0])
        recurrence_skip(recurrence, last);
    while ((ret->goes_on = recurrence_next(recurrence, start) && strcmp(start, end) <= 0) &&
           strcmp(start, horizon) < 0 && count < SERIES_MAX)
        memcpy(starts[count++], start, sizeof start);
    return count > 0 ? make_dates(call, activity, starts, count, ret) : STATUS_OK;
}

/* ---- booking ---- */

/* Of what stands against a date its first reason is told, and the date. */
static void refuse_date(struct call *call, const Scheduling__Occurrence *occurrence,
                        const struct violation *why, const char *rival, struct series *series)
{
    Scheduling__RefusedDate *refused = wire_new(call, &scheduling__refused_date__descriptor);

    struct violation *told = violation_add(call, &series->violations, why->field, why->rule,
                                           "%s: %s", occurrence->start_local, why->message);
    told->params[0] = (struct violation_param){
        "start", .text = scheduling_time_text(call, occurrence->start_time)};
    assert(!why->params[VIOLATION_PARAMS - 1].key);
    memcpy(&told->params[1], why->params, (VIOLATION_PARAMS - 1) * sizeof *told->params);
    refused->occurrence_id = occurrence->occurrence_id;
    refused->start_time = occurrence->start_time;
    refused->rule = (char *)why->rule;
    refused->rival_booking_id = (char *)(strcmp(why->rule, "booked") == 0 ? rival : "");
    refused->message = (char *)why->message;
    series->refused[series->refused_count++] = refused;
}

/* Plans the booking of one date, or refuses it. `planned` are those of the dates before. */
static enum status check_date(struct call *call, const Scheduling__Activity *activity, size_t date,
                              struct planned_bookings *planned, struct series *series)
{
    Scheduling__Occurrence *occurrence = series->dates[date];
    Scheduling__Booking *booking = booking_for(call, activity, occurrence);
    struct violations violations = {0};
    const char *rival;

    enum status status =
        booking_check(call, booking, activity, planned, &fields, &violations, &rival);
    if (status != STATUS_OK)
        return status;
    if (violations.count > 0) {
        refuse_date(call, occurrence, &violations.item[0], rival, series);
        return STATUS_OK;
    }
    booking->booking_id = occurrence->booking_id = call_new_id(call);
    series->bookings[date] = booking;
    planned->item[planned->count++] =
        (struct planned_booking){booking, recurrence_seconds(occurrence->start_local)};
    return STATUS_OK;
}

enum status series_check(struct call *call, const Scheduling__Activity *activity,
                         struct series *series)
{
    struct planned_bookings planned = {
        .item = mem_array(call, struct planned_booking, series->count + 1)};
    enum status status = STATUS_OK;

    for (size_t i = 0; activity->resource_id[0] && status == STATUS_OK && i < series->count; i++)
        status = check_date(call, activity, i, &planned, series);
    return status;
}

/* ---- making ---- */

static enum status say_scheduled(struct call *call, Scheduling__Occurrence *occurrence)
{
    Scheduling__OccurrenceScheduled event = SCHEDULING__OCCURRENCE_SCHEDULED__INIT;

    event.occurrence = occurrence;
    return journal_append(call, occurrence->occurrence_id, &event.base);
}

enum status series_make(struct call *call, struct series *series)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < series->count; i++) {
        object_insert(call, &occurrence_object, &series->dates[i]->base);
        status = say_scheduled(call, series->dates[i]);
        if (status == STATUS_OK && series->bookings[i])
            status = booking_make(call, series->bookings[i]);
    }
    return status;
}
