/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_occurrences.c - ListOccurrences: by activity, community, status and time, in order of their
 * start
 *
 * The page's key is an id, as everywhere; where it stands in time is looked up. One branch for each
 * index that a filter can walk, of which the other is skipped: an activity's occurrences, all. None
 * takes longer than a week.
 */
#include "scheduling_methods.h"
#include "services/scheduling/occurrence/occurrence.h"

/* CASE, not coalesce: row-level security keeps from the index what its planner does not know to be
 * leakproof. */
/* clang-format off */
#define BRANCH(condition)                                                                          \
    "(SELECT {columns} FROM scheduling.occurrence WHERE street = :street AND " condition           \
    " AND (:community_id = '' OR community_id = nullif(:community_id, '')::uuid)"                  \
    " AND (:status = '' OR status = :status)"                                                      \
    " AND end_time > CASE WHEN :from_time::timestamptz IS NULL THEN '-infinity'"                   \
    " ELSE :from_time END"                                                                         \
    " AND start_time > CASE WHEN :from_time::timestamptz IS NULL THEN '-infinity'"                 \
    " ELSE :from_time - interval '10080 minutes' END"                                              \
    " AND start_time < CASE WHEN :until_time::timestamptz IS NULL THEN 'infinity'"                 \
    " ELSE :until_time END"                                                                        \
    " AND (start_time, occurrence_id) > ((SELECT coalesce(max(start_time), '-infinity')"           \
    " FROM scheduling.occurrence WHERE street = :street AND occurrence_id = :after_key),"          \
    " :after_key)"                                                                                 \
    " ORDER BY start_time, occurrence_id LIMIT :page_limit)"

STATEMENT(select_occurrences,
          .sql = "SELECT * FROM ("
                 BRANCH(":activity_id <> '' AND activity_id = nullif(:activity_id, '')::uuid")
                 " UNION ALL "
                 BRANCH(":activity_id = ''")
                 ") occurrence ORDER BY start_time, occurrence_id LIMIT :page_limit",
          .object = &occurrence_object);
/* clang-format on */

const struct method scheduling_list_occurrences = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(activity_id), RULE_UUID_IF_SET(community_id),
                   RULE_ENUM_IF_SET(status), RULE_TIME_IF_SET(from_time),
                   RULE_TIME_IF_SET(until_time), RULES_PAGE),
    .query = &select_occurrences,
    .into = "occurrences",
    .page = PAGE_BY_ID(occurrence_id),
};
