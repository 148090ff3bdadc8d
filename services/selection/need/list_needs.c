/* SPDX-License-Identifier: Apache-2.0 */
/* list_needs.c - ListNeeds: by category, status and asker, in the order they were raised */
#include "selection_methods.h"
#include "services/selection/need/need.h"

static const struct db_stmt select_needs = {
    .name = "select_needs",
    .sql = "SELECT " NEED_COLUMNS " FROM selection.need WHERE street = $1"
           " AND ($2 = '' OR category = $2) AND ($3 = '' OR status = $3)"
           " AND ($4 = '' OR community_id = nullif($4, '')::uuid)"
           " AND ($5 = '' OR unit_id = nullif($5, '')::uuid)"
           " AND need_id > $6 ORDER BY need_id LIMIT $7",
    .bind = "category, status, community_id, unit_id",
};

const struct method selection_list_needs = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_ENUM_IF_SET(category), RULE_ENUM_IF_SET(status),
                   RULE_UUID_IF_SET(community_id), RULE_UUID_IF_SET(unit_id), RULES_PAGE),
    .query = &select_needs,
    .into = "needs",
    .page = PAGE_BY_ID(need_id),
};
