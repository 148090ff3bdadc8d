/* SPDX-License-Identifier: Apache-2.0 */
/* list_programmes.c - ListProgrammes: by year and status, in the order they were made */
#include "selection_methods.h"
#include "services/selection/programme/programme.h"

STATEMENT(select_programmes,
          .sql = "SELECT {columns} FROM selection.programme WHERE street = :street"
                 " AND (:year = 0 OR year = :year) AND (:status = '' OR status = :status)"
                 " AND (status <> 'DRAFT' OR :reach_street)"
                 " AND programme_id > :after_key ORDER BY programme_id LIMIT :page_limit",
          .object = &programme_object);

const struct method selection_list_programmes = {
    .may = MAY_READ,
    .within = MAY_SEE_PROGRAMME,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_INT(year, 0, 2100), RULE_ENUM_IF_SET(status), RULES_PAGE),
    .query = &select_programmes,
    .into = "programmes",
    .page = PAGE_BY_ID(programme_id),
};
