/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_bookings.c - ListBookings: by resource, status and time, in order of their start
 *
 * The page's key is an id, as everywhere; where it stands in time is looked up. One branch for each
 * index that a filter can walk, of which the other is skipped: a resource's bookings, all.
 */
#include "services/scheduling/booking/booking.h"
#include "scheduling_methods.h"

/* CASE, not coalesce: row-level security keeps from the index what its planner does not know to be
 * leakproof. */
/* clang-format off */
#define BRANCH(condition)                                                                          \
    "(SELECT " BOOKING_COLUMNS " FROM scheduling.booking WHERE street = $1 AND " condition         \
    " AND ($3 = '' OR status = $3)"                                                                \
    " AND start_time >= CASE WHEN $4::timestamptz IS NULL THEN '-infinity' ELSE $4 END"            \
    " AND start_time < CASE WHEN $5::timestamptz IS NULL THEN 'infinity' ELSE $5 END"              \
    " AND (start_time, booking_id) > ((SELECT coalesce(max(start_time), '-infinity')"              \
    " FROM scheduling.booking WHERE street = $1 AND booking_id = $6), $6)"                         \
    " ORDER BY start_time, booking_id LIMIT $7)"

static const struct db_stmt select_bookings = {
    .name = "select_bookings",
    .sql = "SELECT * FROM ("
           BRANCH("$2 <> '' AND resource_id = nullif($2, '')::uuid")
           " UNION ALL "
           BRANCH("$2 = ''")
           ") booking ORDER BY start_time, booking_id LIMIT $7",
    .bind = "resource_id, status, from_time, until_time",
};
/* clang-format on */

const struct method scheduling_list_bookings = {
    .may = MAY_READ_BOOKING,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(resource_id), RULE_ENUM_IF_SET(status),
                   RULE_TIME_IF_SET(from_time), RULE_TIME_IF_SET(until_time), RULES_PAGE),
    .query = &select_bookings,
    .into = "bookings",
    .page = PAGE_BY_ID(booking_id),
};
