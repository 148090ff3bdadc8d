/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_sign_ups.c - ListSignUps: by occurrence, person and status within the caller's reach, in order of arrival
 *
 * One branch for each index that a filter can walk, of which the others are skipped: an occurrence's, a person's, all.
 */
#include "methods.h"
#include "sign_up.h"

#define BRANCH(condition)                                                                          \
    "(SELECT " SIGN_UP_COLUMNS " FROM scheduling.sign_up WHERE street = $1 AND " condition         \
    " AND ($3 = '' OR person_id = nullif($3, '')::uuid) AND ($4 = '' OR status = $4)"              \
    " AND sign_up_id > $5 AND ($7 OR community_id = ANY($8::uuid[]) OR unit_id = ANY($9::uuid[])"  \
    " OR person_id::text = $10) ORDER BY sign_up_id LIMIT $6)"

static const struct db_stmt select_sign_ups =
    {
        .name = "select_sign_ups",
        .sql =
            BRANCH("$2 <> '' AND occurrence_id = nullif($2, '')::uuid") " UNION ALL " BRANCH("$2 = "
                                                                                             "'' "
                                                                                             "AND "
                                                                                             "$3 "
                                                                                             "<> "
                                                                                             "'' "
                                                                                             "AND "
                                                                                             "perso"
                                                                                             "n_id "
                                                                                             "= "
                                                                                             "nulli"
                                                                                             "f($3,"
                                                                                             " ''):"
                                                                                             ":uui"
                                                                                             "d") " UNION ALL " BRANCH(
                "$2 = '' AND $3 = ''") " ORDER BY sign_up_id LIMIT $6",
        .bind = "occurrence_id, person_id, status",
};

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
