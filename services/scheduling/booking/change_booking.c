/* SPDX-License-Identifier: Apache-2.0 */
/* change_booking.c - ChangeBooking: one step along booking_life_cycle */
#include "services/scheduling/booking/booking.h"
#include "scheduling_methods.h"
#include "services/scheduling/occurrence/occurrence.h"

STATEMENT(place_of_booking, .sql = "SELECT coalesce(community_id::text, '') AS community_id,"
                                   " coalesce(unit_id::text, '') AS unit_id FROM scheduling.booking"
                                   " WHERE street = :street AND booking_id = :booking_id");

static enum status change_booking(struct call *call)
{
    const Scheduling__ChangeBookingRequest *request = call->request;
    Scheduling__ChangeBookingResponse *response = call->response;
    Scheduling__Booking *booking = wire_new(call, &scheduling__booking__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    booking->booking_id = request->booking_id;
    enum status status = object_stage_change(call, &booking_object, &change, &booking->base);
    if (status != STATUS_OK)
        return status;
    if (scheduling_is_past(call, booking->start_time))
        return call_fail(call, STATUS_FAILED_PRECONDITION, "booking_id", "past", "it began");
    object_store(call, &booking_object, &booking->base);
    response->booking = booking;
    return booking_ended(call, booking, request->reason);
}

const struct method scheduling_change_booking = {
    .may = MAY_BOOK,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_booking),
    .rules = RULES(RULE_UUID(booking_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_booking,
};
