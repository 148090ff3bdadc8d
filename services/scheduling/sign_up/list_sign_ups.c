/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_sign_ups.c - ListSignUps: by occurrence, person and status within the caller's reach, in
 * order of arrival
 *
 * One branch for each index that a filter can walk, of which the others are skipped: an
 * occurrence's, a person's, all.
 */
#include "scheduling_methods.h"
#include "services/scheduling/sign_up/sign_up.h"

/* clang-format off */
#define BRANCH(condition)                                                                          \
    "(SELECT " SIGN_UP_COLUMNS " FROM scheduling.sign_up WHERE street = $1 AND " condition         \
    " AND ($3 = '' OR person_id = nullif($3, '')::uuid) AND ($4 = '' OR status = $4)"              \
    " AND ($7 OR community_id = ANY($8::uuid[]) OR unit_id = ANY($9::uuid[])"                      \
    " OR person_id::text = $10) ORDER BY sign_up_id LIMIT $6)"
#define BEHIND(column, parameter)                                                                  \
    column " = nullif(" parameter ", '')::uuid"                                                    \
    " AND (" column ", sign_up_id) > (nullif(" parameter ", '')::uuid, $5)"

static const struct db_stmt select_sign_ups = {
    .name = "select_sign_ups",
    .sql = "SELECT * FROM ("
           BRANCH("$2 <> '' AND " BEHIND("occurrence_id", "$2"))
           " UNION ALL "
           BRANCH("$2 = '' AND $3 <> '' AND " BEHIND("person_id", "$3"))
           " UNION ALL "
           BRANCH("$2 = '' AND $3 = '' AND sign_up_id > $5")
           ") sign_up ORDER BY sign_up_id LIMIT $6",
    .bind = "occurrence_id, person_id, status",
};
/* clang-format on */

const struct method scheduling_list_sign_ups = {
    .may = MAY_READ_SIGN_UP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(occurrence_id), RULE_UUID_IF_SET(person_id),
                   RULE_ENUM_IF_SET(status), RULES_PAGE),
    .query = &select_sign_ups,
    .into = "sign_ups",
    .page = PAGE_BY_ID(sign_up_id),
    .with_reach = true,
};
