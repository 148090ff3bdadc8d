/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rebook_occurrence.c - RebookOccurrence: book a resource for a date that has no booking
 *
 * Occurrence, which must be to come and without a booking -> booking_plan -> OccurrenceUpdated,
 * ResourceBooked.
 */
#include <string.h>

#include "scheduling_methods.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"

static const struct use_fields fields = {"resource_id", "resource_id", "resource_id",
                                         "occurrence_id"};

static enum status check_unbooked(struct call *call, const Scheduling__Occurrence *occurrence)
{
    if (occurrence->booking_id[0]) {
        (void)!call_fail(call, STATUS_FAILED_PRECONDITION, "occurrence_id", "booked",
                         "it has booking %s", occurrence->booking_id);
        return call_add_param(call,
                              (struct violation_param){"rival", .text = occurrence->booking_id});
    }
    if (!occurrence->resource_id[0])
        return call_fail(call, STATUS_FAILED_PRECONDITION, "resource_id", "required",
                         "it was planned without a resource: name one");
    return STATUS_OK;
}

static enum status rebook_occurrence(struct call *call)
{
    const Scheduling__RebookOccurrenceRequest *request = call->request;
    Scheduling__RebookOccurrenceResponse *response = call->response;
    Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);
    Scheduling__Booking *booking = NULL;
    bool moves = false; /* to another resource */

    enum status status =
        occurrence_load(call, request->occurrence_id, request->revision, occurrence);
    if (status == STATUS_OK && request->resource_id[0]) {
        moves = strcmp(request->resource_id, occurrence->resource_id) != 0;
        occurrence->resource_id = request->resource_id;
    }
    if (status == STATUS_OK)
        status = check_unbooked(call, occurrence);
    if (status == STATUS_OK)
        status = booking_plan(call, occurrence, &fields, &booking);
    if (status != STATUS_OK)
        return status;
    db_do(call, &occurrence_community, &occurrence->base);
    object_store(call, &occurrence_object, &occurrence->base);
    response->occurrence = occurrence;
    response->booking = booking;
    status = occurrence_say_updated(
        call, occurrence,
        moves ? MASK(call, "resource_id", "booking_id") : MASK(call, "booking_id"), BECAUSE(""));
    return status == STATUS_OK ? booking_make(call, booking) : status;
}

const struct method scheduling_rebook_occurrence = {
    .may = MAY_WRITE_ACTIVITY,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_occurrence),
    .rules = RULES(RULE_UUID(occurrence_id), RULE_UUID_IF_SET(resource_id),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = rebook_occurrence,
};
