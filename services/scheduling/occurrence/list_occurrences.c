/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_occurrences.c - ListOccurrences: by activity, community, status and time, in order of their
 * start
 *
 * The page's key is an id, as everywhere; where it stands in time is looked up. One branch for each
 * index that a filter can walk, of which the other is skipped: an activity's occurrences, all.
 */
#include "scheduling_methods.h"
#include "services/scheduling/occurrence/occurrence.h"

/* CASE, not coalesce: row-level security keeps from the index what its planner does not know to be
 * leakproof. */
/* clang-format off */
#define BRANCH(condition)                                                                          \
    "(SELECT " OCCURRENCE_COLUMNS " FROM scheduling.occurrence WHERE street = $1 AND " condition   \
    " AND ($3 = '' OR community_id = nullif($3, '')::uuid) AND ($4 = '' OR status = $4)"           \
    " AND start_time >= CASE WHEN $5::timestamptz IS NULL THEN '-infinity' ELSE $5 END"            \
    " AND start_time < CASE WHEN $6::timestamptz IS NULL THEN 'infinity' ELSE $6 END"              \
    " AND (start_time, occurrence_id) > ((SELECT coalesce(max(start_time), '-infinity')"           \
    " FROM scheduling.occurrence WHERE street = $1 AND occurrence_id = $7), $7)"                   \
    " ORDER BY start_time, occurrence_id LIMIT $8)"

static const struct db_stmt select_occurrences = {
    .name = "select_occurrences",
    .sql = "SELECT * FROM ("
           BRANCH("$2 <> '' AND activity_id = nullif($2, '')::uuid")
           " UNION ALL "
           BRANCH("$2 = ''")
           ") occurrence ORDER BY start_time, occurrence_id LIMIT $8",
    .bind = "activity_id, community_id, status, from_time, until_time",
};
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
