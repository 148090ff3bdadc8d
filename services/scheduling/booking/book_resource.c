/* SPDX-License-Identifier: Apache-2.0 */
/*
 * book_resource.c - BookResource: take a resource for a time
 *
 * Request -> booking_rules -> one owner, end after start -> booking_check -> does the owner take
 * part? -> one row -> ResourceBooked.
 */
#include "scheduling_methods.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/parties.h"

static const struct use_fields fields = {
    .who = "booking.resource_id",
    .start = "booking.start_time",
    .end = "booking.end_time",
    .groups = "booking.groups",
};

STATEMENT(booking_community,
          COMMUNITY_TAKES_PART(booking, STATUS_NOT_FOUND, "booking.community_id", "exists",
                               "no such community takes part in this street"));
STATEMENT(booking_unit,
          .sql = "SELECT 1 WHERE :unit_id = '' OR EXISTS (SELECT FROM scheduling.unit"
                 " WHERE street = :street AND unit_id = nullif(:unit_id, '')::uuid"
                 " AND " IS_PRESENT ")",
          .of = &scheduling__booking__descriptor,
          .one_row = {STATUS_NOT_FOUND, "booking.unit_id", "exists",
                      "no such unit takes part in this street"});

/* What the table's constraints say; booking_check needs it to be so. */
static enum status check_booking(struct call *call)
{
    const Scheduling__Booking *booking =
        ((const Scheduling__BookResourceRequest *)call->request)->booking;

    if (booking->community_id[0] && booking->unit_id[0])
        return call_fail(call, STATUS_INVALID_ARGUMENT, "booking.unit_id", "one_owner",
                         "it is for a community or for a unit, not for both");
    if (scheduling_time_compare(booking->end_time, booking->start_time) <= 0)
        return call_fail(call, STATUS_INVALID_ARGUMENT, "booking.end_time", "order",
                         "the end is not after the start");
    return STATUS_OK;
}

static enum status book_resource(struct call *call)
{
    const Scheduling__BookResourceRequest *request = call->request;
    Scheduling__BookResourceResponse *response = call->response;
    Scheduling__Booking *booking = wire_copy(call, &request->booking->base);

    booking->booking_id = booking->occurrence_id = (char *)"";
    enum status status = booking_check_or_refuse(call, booking, NULL, &fields);
    if (status != STATUS_OK)
        return status;
    db_do(call, &booking_community, &booking->base);
    db_do(call, &booking_unit, &booking->base);
    response->booking = booking;
    return booking_make(call, booking);
}

const struct method scheduling_book_resource = {
    .may = MAY_BOOK,
    .scope = SCOPE_STREET,
    .place = PLACE_FIELDS(.community_id = "booking.community_id", .unit_id = "booking.unit_id"),
    .rules = RULES(RULE_MESSAGE(booking, booking_rules)),
    .check = check_booking,
    .command = book_resource,
};
