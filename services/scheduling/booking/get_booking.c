/* SPDX-License-Identifier: Apache-2.0 */
/* get_booking.c - GetBooking: one booking by id */
#include "scheduling_methods.h"
#include "services/scheduling/booking/booking.h"

const struct method scheduling_get_booking = {
    .may = MAY_READ_BOOKING,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(booking_id)),
    .query = &booking_select,
    .into = "booking",
};
