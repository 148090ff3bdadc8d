/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_bookings.c - ListBookings: by resource, status and overlap with a time, in order of their
 * start
 *
 * The page's key is an id, as everywhere; where it stands in time is looked up. One branch for each
 * index that a filter can walk, of which the other is skipped: a resource's bookings, all. What is
 * not over at from_time began at most as long before as the longest booking takes.
 */
#include "scheduling_methods.h"
#include "services/scheduling/booking/booking.h"

/* CASE, not coalesce: row-level security keeps from the index what its planner does not know to be
 * leakproof. */
/* clang-format off */
#define BRANCH(condition)                                                                          \
    "(SELECT {columns} FROM scheduling.booking WHERE street = :street AND " condition              \
    " AND (:status = '' OR status = :status)"                                                      \
    " AND end_time > CASE WHEN :from_time::timestamptz IS NULL THEN '-infinity'"                   \
    " ELSE :from_time END"                                                                         \
    " AND start_time > CASE WHEN :from_time::timestamptz IS NULL THEN '-infinity'"                 \
    " ELSE :from_time - (SELECT end_time - start_time FROM scheduling.booking"                     \
    " WHERE street = :street ORDER BY end_time - start_time DESC LIMIT 1) END"                     \
    " AND start_time < CASE WHEN :until_time::timestamptz IS NULL THEN 'infinity'"                 \
    " ELSE :until_time END"                                                                        \
    " AND (start_time, booking_id) > ((SELECT coalesce(max(start_time), '-infinity')"              \
    " FROM scheduling.booking WHERE street = :street AND booking_id = :after_key), :after_key)"    \
    " ORDER BY start_time, booking_id LIMIT :page_limit)"

STATEMENT(select_bookings,
          .sql = "SELECT * FROM ("
                 BRANCH(":resource_id <> '' AND resource_id = nullif(:resource_id, '')::uuid")
                 " UNION ALL "
                 BRANCH(":resource_id = ''")
                 ") booking ORDER BY start_time, booking_id LIMIT :page_limit",
          .object = &booking_object);
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
