/* SPDX-License-Identifier: Apache-2.0 */
/*
 * move_occurrence.c - MoveOccurrence: give one date another time
 *
 * Occurrence, which must be to come -> its new times in the street's zone -> one row ->
 * OccurrenceMoved. A booking moves along: the old one is cancelled and a new one made, or the whole
 * is refused. Sign-ups stay, and so do the days and minutes before the start in which people sign
 * up.
 */
#include "services/scheduling/advance.h"
#include "services/scheduling/booking/booking.h"
#include "scheduling_methods.h"
#include "services/scheduling/occurrence/occurrence.h"

static const struct use_fields fields = {"occurrence_id", "start_local", "duration_minutes"};

STATEMENT(select_new_times,
          .sql = "SELECT t.start_time, t.start_time + make_interval(mins => :duration_minutes) AS"
                 " end_time, :sign_up_from_time::timestamptz +"
                 " (t.start_time - :start_time::timestamptz) AS sign_up_from_time,"
                 " :sign_up_until_time::timestamptz + (t.start_time - :start_time::timestamptz)"
                 " AS sign_up_until_time FROM scheduling.stream s,"
                 " LATERAL (SELECT :start_local::timestamp AT TIME ZONE s.time_zone AS"
                 " start_time) t WHERE s.street = :street",
          .of = &scheduling__occurrence__descriptor);

static enum status find_times(struct call *call, const Scheduling__MoveOccurrenceRequest *request,
                              Scheduling__Occurrence *occurrence)
{
    const PGresult *rows;

    occurrence->start_local = request->start_local;
    if (request->duration_minutes)
        occurrence->duration_minutes = request->duration_minutes;
    enum status status = db_query(call, &select_new_times, &occurrence->base, &rows);
    if (status != STATUS_OK)
        return status;
    db_row(call, &select_new_times, rows, 0, &occurrence->base);
    if (scheduling_is_past(call, occurrence->start_time))
        return call_fail(call, STATUS_FAILED_PRECONDITION, "start_local", "past",
                         "the new start is past");
    if (scheduling_is_too_far(call, occurrence->end_time))
        return scheduling_fail_ahead(call, "start_local", "the new time");
    return STATUS_OK;
}

/* Instead of the booking that the occurrence has; *ret_booking is the new one, not yet made. */
static enum status book_anew(struct call *call, Scheduling__Occurrence *occurrence,
                             Scheduling__Booking **ret_booking)
{
    const struct why moved = why_ended(call, "occurrence_moved", occurrence->occurrence_id, "");
    enum status status = booking_cancel(call, occurrence->booking_id, &moved);

    return status == STATUS_OK ? booking_plan(call, occurrence, &fields, ret_booking) : status;
}

static enum status move_occurrence(struct call *call)
{
    const Scheduling__MoveOccurrenceRequest *request = call->request;
    Scheduling__MoveOccurrenceResponse *response = call->response;
    Scheduling__OccurrenceMoved event = SCHEDULING__OCCURRENCE_MOVED__INIT;
    Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);
    Scheduling__Booking *booking = NULL;

    enum status status =
        occurrence_load(call, request->occurrence_id, request->revision, occurrence);
    event.previous_start_time = occurrence->start_time;
    event.previous_end_time = occurrence->end_time;
    if (status == STATUS_OK)
        status = find_times(call, request, occurrence);
    if (status == STATUS_OK && occurrence->booking_id[0])
        status = book_anew(call, occurrence, &booking);
    if (status != STATUS_OK)
        return status;
    db_do(call, &occurrence_community, &occurrence->base);
    object_store(call, &occurrence_object, &occurrence->base);
    activity_advance_soon(call, occurrence->activity_id);
    response->occurrence = event.occurrence = occurrence;
    status = journal_append(call, occurrence->occurrence_id, &event.base);
    return status == STATUS_OK && booking ? booking_make(call, booking) : status;
}

const struct method scheduling_move_occurrence = {
    .may = MAY_WRITE_ACTIVITY,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_occurrence),
    .rules =
        RULES(RULE_UUID(occurrence_id), RULE_MUST(start_local, "local_time", recurrence_is_local),
              RULE_INT(duration_minutes, 0, 10080), RULE_INT(revision, 1, UINT32_MAX)),
    .command = move_occurrence,
};
