/* SPDX-License-Identifier: Apache-2.0 */
/*
 * move_occurrence.c - MoveOccurrence: give one date another time
 *
 * Occurrence, which must be to come -> its new times in the street's zone, or the old ones: then
 * nothing is new -> one row -> OccurrenceMoved. A booking moves along, or the whole is refused.
 * Sign-ups stay, and so does what was said of when people sign up.
 */
#include "scheduling_methods.h"
#include "services/scheduling/advance.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"

static const struct use_fields fields = {"occurrence_id", "start_local", "duration_minutes",
                                         "occurrence_id"};

static enum status find_times(struct call *call, const Scheduling__MoveOccurrenceRequest *request,
                              Scheduling__Occurrence *occurrence)
{
    occurrence->start_local = request->start_local;
    if (request->duration_minutes)
        occurrence->duration_minutes = request->duration_minutes;
    enum status status = occurrence_derive_times(call, occurrence);
    if (status != STATUS_OK)
        return status;
    if (scheduling_is_past(call, occurrence->start_time))
        return call_fail(call, STATUS_FAILED_PRECONDITION, "start_local", "past",
                         "the new start is past");
    if (scheduling_is_too_far(call, occurrence->end_time))
        return scheduling_fail_ahead(call, "start_local", "the new time");
    return STATUS_OK;
}

static bool is_moved(const Scheduling__Occurrence *occurrence,
                     const Scheduling__OccurrenceMoved *from)
{
    return scheduling_time_compare(occurrence->start_time, from->previous_start_time) != 0 ||
           scheduling_time_compare(occurrence->end_time, from->previous_end_time) != 0;
}

static enum status move_occurrence(struct call *call)
{
    const Scheduling__MoveOccurrenceRequest *request = call->request;
    Scheduling__MoveOccurrenceResponse *response = call->response;
    Scheduling__OccurrenceMoved event = SCHEDULING__OCCURRENCE_MOVED__INIT;
    Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);
    struct booking_move move = {0};

    enum status status =
        occurrence_load(call, request->occurrence_id, request->revision, occurrence);
    event.previous_start_time = occurrence->start_time;
    event.previous_end_time = occurrence->end_time;
    if (status == STATUS_OK)
        status = find_times(call, request, occurrence);
    response->occurrence = event.occurrence = occurrence;
    if (status == STATUS_OK && !is_moved(occurrence, &event))
        return STATUS_OK;
    if (status == STATUS_OK && occurrence->booking_id[0])
        status = booking_check_move(call, occurrence, &fields, &move);
    if (status == STATUS_OK && move.violations.count > 0)
        status = booking_refuse(call, &move.violations);
    if (status != STATUS_OK)
        return status;
    db_do(call, &occurrence_community, &occurrence->base);
    object_store(call, &occurrence_object, &occurrence->base);
    activity_advance_soon(call, occurrence->activity_id);
    status = journal_append(call, occurrence->occurrence_id, &event.base);
    return status == STATUS_OK && move.booking ? booking_move(call, &move) : status;
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
