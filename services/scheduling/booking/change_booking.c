/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change_booking.c - ChangeBooking: one step along booking_life_cycle
 *
 * Whom it is for gives it back; the owner of the resource takes it back.
 */
#include "scheduling_methods.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"

/* Both are its place: the one at which the actor may book today comes first. */
STATEMENT(place_of_booking,
          .sql = "SELECT coalesce(p.community_id::text, '') AS community_id,"
                 " coalesce(p.unit_id::text, '') AS unit_id FROM scheduling.booking b"
                 " LEFT JOIN scheduling.resource r ON r.street = b.street"
                 " AND r.resource_id = b.resource_id, LATERAL (VALUES (b.community_id, b.unit_id),"
                 " (r.community_id, r.unit_id)) p (community_id, unit_id)"
                 " WHERE b.street = :street AND b.booking_id = :booking_id"
                 " ORDER BY EXISTS (SELECT FROM scheduling.role_grant g WHERE g.street = :street"
                 " AND g.holder = :actor AND g.status = 'IN_FORCE'"
                 " AND (SELECT (:now::timestamptz AT TIME ZONE s.time_zone)::date"
                 " FROM scheduling.stream s WHERE s.street = :street)"
                 " BETWEEN g.from_on AND g.until_on"
                 " AND (g.role = 'COMMUNITY_STAFF' AND g.community_id = p.community_id"
                 " OR g.role = 'UNIT_CONTACT' AND g.unit_id = p.unit_id)) DESC LIMIT 1");

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
    return booking_ended(call, booking, BECAUSE(request->reason));
}

const struct method scheduling_change_booking = {
    .may = MAY_BOOK,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_booking),
    .rules = RULES(RULE_UUID(booking_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_booking,
};
