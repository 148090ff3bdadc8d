/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series.c - from an activity's schedule to its occurrences
 *
 * schedule -> local starts (recurrence.h) -> one insert each, which turns them into instants ->
 * read back -> bookings
 *
 * PostgreSQL does the turning, so that one zone database counts for all. An occurrence's id is made
 * of the activity and the local start that the rule gave it, so an insert that comes again changes
 * nothing.
 */
#include "services/scheduling/activity/series.h"

#include <string.h>

#include "scheduling_activity.pb-c.h"
#include "services/scheduling/booking/booking.h"
#include "libcommon/base/mem.h"
#include "services/scheduling/occurrence/occurrence.h"

enum { MINUTE_SECONDS = 60, DAY_SECONDS = 24 * 60 * MINUTE_SECONDS };

static const struct use_fields fields = {"action", "action", "action", "action"};

/* Everything but the start is the activity's. */
/* clang-format off */
STATEMENT(
    series_insert,
    .sql = "INSERT INTO scheduling.occurrence ({names}) SELECT :street, :occurrence_id, a.activity_id,"
           " :original_start_local, :original_start_local, d.minutes, t.start_time,"
           " t.start_time + make_interval(mins => d.minutes), "
           SIGN_UP_FROM("t.local", ":create_time") ", " SIGN_UP_UNTIL("t.start_time")
           ", a.community_id, a.title, a.kind, a.resource_id, NULL, a.capacity, a.waitlist, 0, 0,"
           " 'SCHEDULED', :create_time, :create_time, 1 FROM scheduling.activity a"
           " JOIN scheduling.stream s ON s.street = a.street,"
           " LATERAL (SELECT (a.schedule ->> 'durationMinutes')::integer AS minutes) d,"
           " LATERAL (SELECT :original_start_local::text::timestamp AS local,"
           " :original_start_local::text::timestamp AT TIME ZONE s.time_zone AS start_time) t"
           " WHERE a.street = :street AND a.activity_id = :activity_id"
           " ON CONFLICT (street, occurrence_id) DO NOTHING",
    .object = &occurrence_object, .of = &scheduling__occurrence__descriptor);
/* clang-format on */

STATEMENT(series_select,
          .sql = "SELECT {columns} FROM scheduling.occurrence WHERE street = :street"
                 " AND activity_id = :activity_id AND original_start_local >"
                 " :original_start_local ORDER BY original_start_local",
          .object = &occurrence_object, .of = &scheduling__occurrence__descriptor);

/* ---- making ---- */

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

static void insert_date(struct call *call, const char *activity_id, const char *start)
{
    Scheduling__Occurrence occurrence = SCHEDULING__OCCURRENCE__INIT;

    occurrence.occurrence_id = occurrence_id_of(call, activity_id, start);
    occurrence.activity_id = (char *)activity_id;
    occurrence.original_start_local = (char *)start;
    occurrence.create_time = (Google__Protobuf__Timestamp *)call->now;
    db_do(call, &series_insert, &occurrence.base);
}

enum status series_plan(struct call *call, const Scheduling__Activity *activity, const char *last,
                        struct series *ret)
{
    const Scheduling__Schedule *schedule = activity->schedule;
    char start[LOCAL_CHARS + 1], end[LOCAL_CHARS + 1], horizon[LOCAL_CHARS + 1];
    bool more;

    *ret = (struct series){.starts = mem_bytes(call, SERIES_MAX * sizeof *ret->starts)};
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
    while ((more = recurrence_next(recurrence, start) && strcmp(start, end) <= 0) &&
           strcmp(start, horizon) < 0 && ret->count < SERIES_MAX)
        memcpy(ret->starts[ret->count++], start, sizeof start);
    ret->goes_on = more;
    return STATUS_OK;
}

STATEMENT(series_first,
          .sql = "SELECT :start_local::text::timestamp AT TIME ZONE time_zone AS start_time"
                 " FROM scheduling.stream WHERE street = :street",
          .of = &scheduling__occurrence__descriptor);

enum status series_first_time(struct call *call, const struct series *series,
                              const Google__Protobuf__Timestamp **ret)
{
    Scheduling__Occurrence first = SCHEDULING__OCCURRENCE__INIT;
    const PGresult *rows;

    first.start_local = series->starts[0];
    enum status status = db_query(call, &series_first, &first.base, &rows);
    if (status != STATUS_OK)
        return status;
    db_row(call, &series_first, rows, 0, &first.base);
    *ret = first.start_time;
    return STATUS_OK;
}

static enum status read_dates(struct call *call, const Scheduling__Activity *activity,
                              const char *last, struct series *series)
{
    Scheduling__Occurrence behind = SCHEDULING__OCCURRENCE__INIT;
    const PGresult *rows;

    behind.activity_id = activity->activity_id;
    behind.original_start_local = (char *)last;
    enum status status = db_query(call, &series_select, &behind.base, &rows);
    if (status != STATUS_OK)
        return status;
    series->count = (size_t)PQntuples(rows);
    series->made = mem_array(call, Scheduling__Occurrence *, series->count + 1);
    series->refused = mem_array(call, Scheduling__RefusedDate *, series->count + 1);
    for (size_t i = 0; i < series->count; i++) {
        series->made[i] = wire_new(call, &scheduling__occurrence__descriptor);
        db_row(call, &series_select, rows, (int)i, &series->made[i]->base);
    }
    return STATUS_OK;
}

enum status series_make(struct call *call, const Scheduling__Activity *activity, const char *last,
                        struct series *series)
{
    for (size_t i = 0; i < series->count; i++)
        insert_date(call, activity->activity_id, series->starts[i]);
    return series->count > 0 ? read_dates(call, activity, last, series) : STATUS_OK;
}

/* ---- booking ---- */

/* Of what stands against a date its first reason is told. */
static void refuse_date(struct call *call, const Scheduling__Occurrence *occurrence,
                        const struct violation *why, const char *rival, struct series *series)
{
    Scheduling__RefusedDate *refused = wire_new(call, &scheduling__refused_date__descriptor);

    violation_add(call, &series->violations, why->field, why->rule, "%s: %s",
                  occurrence->start_local, why->message)
        ->params[0] = (struct violation_param){"start", occurrence->start_time->seconds};
    refused->occurrence_id = occurrence->occurrence_id;
    refused->start_time = occurrence->start_time;
    refused->rule = (char *)why->rule;
    refused->rival_booking_id = (char *)(strcmp(why->rule, "booked") == 0 ? rival : "");
    refused->message = (char *)why->message;
    series->refused[series->refused_count++] = refused;
}

/* *ret_booking is to be made, or NULL where the date is refused. */
static enum status check_date(struct call *call, const Scheduling__Activity *activity,
                              Scheduling__Occurrence *occurrence, struct series *series,
                              Scheduling__Booking **ret_booking)
{
    Scheduling__Booking *booking = booking_for(call, activity, occurrence);
    struct violations violations = {0};
    const char *rival;

    enum status status = booking_check(call, booking, activity, &fields, &violations, &rival);
    if (status != STATUS_OK)
        return status;
    if (violations.count > 0) {
        refuse_date(call, occurrence, &violations.item[0], rival, series);
        return STATUS_OK;
    }
    booking->booking_id = occurrence->booking_id = call_new_id(call);
    db_do(call, &occurrence_update, &occurrence->base);
    *ret_booking = booking;
    return STATUS_OK;
}

static enum status say_scheduled(struct call *call, Scheduling__Occurrence *occurrence)
{
    Scheduling__OccurrenceScheduled event = SCHEDULING__OCCURRENCE_SCHEDULED__INIT;

    event.occurrence = occurrence;
    return journal_append(call, occurrence->occurrence_id, &event.base);
}

enum status series_book(struct call *call, const Scheduling__Activity *activity,
                        struct series *series)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < series->count; i++) {
        Scheduling__Booking *booking = NULL;
        if (activity->resource_id[0])
            status = check_date(call, activity, series->made[i], series, &booking);
        if (status == STATUS_OK)
            status = say_scheduled(call, series->made[i]);
        if (status == STATUS_OK && booking)
            status = booking_make(call, booking);
    }
    return status;
}
