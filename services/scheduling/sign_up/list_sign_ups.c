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
    "(SELECT {columns}" SIGN_UP_RANK                                                               \
    " FROM scheduling.sign_up WHERE street = :street AND " condition                               \
    " AND (:person_id = '' OR person_id = nullif(:person_id, '')::uuid)"                           \
    " AND (:status = '' OR status = :status)"                                                      \
    " AND " SIGN_UP_IS_REACHED                                                                     \
    " ORDER BY sign_up_id LIMIT :page_limit)"
#define BEHIND(column)                                                                             \
    column " = nullif(:" column ", '')::uuid"                                                      \
    " AND (" column ", sign_up_id) > (nullif(:" column ", '')::uuid, :after_key)"

STATEMENT(select_sign_ups,
          .sql = "SELECT * FROM ("
                 BRANCH(":occurrence_id <> '' AND " BEHIND("occurrence_id"))
                 " UNION ALL "
                 BRANCH(":occurrence_id = '' AND :person_id <> '' AND " BEHIND("person_id"))
                 " UNION ALL "
                 BRANCH(":occurrence_id = '' AND :person_id = '' AND sign_up_id > :after_key")
                 ") sign_up ORDER BY sign_up_id LIMIT :page_limit",
          .object = &sign_up_object);
/* clang-format on */

const struct method scheduling_list_sign_ups = {
    .may = MAY_READ_SIGN_UP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(occurrence_id), RULE_UUID_IF_SET(person_id),
                   RULE_ENUM_IF_SET(status), RULES_PAGE),
    .query = &select_sign_ups,
    .into = "sign_ups",
    .page = PAGE_BY_ID(sign_up_id),
};
