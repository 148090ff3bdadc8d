/* SPDX-License-Identifier: Apache-2.0 */
/* list_needs.c - ListNeeds: by category, status and asker, in the order they were raised */
#include "selection_methods.h"
#include "services/selection/need/need.h"

STATEMENT(select_needs,
          .sql = "SELECT {columns} FROM selection.need WHERE street = :street"
                 " AND (:category = '' OR category = :category)"
                 " AND (:status = '' OR status = :status)"
                 " AND (:community_id = '' OR community_id = nullif(:community_id, '')::uuid)"
                 " AND (:unit_id = '' OR unit_id = nullif(:unit_id, '')::uuid)"
                 " AND need_id > :after_key ORDER BY need_id LIMIT :page_limit",
          .object = &need_object);

const struct method selection_list_needs = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_ENUM_IF_SET(category), RULE_ENUM_IF_SET(status),
                   RULE_UUID_IF_SET(community_id), RULE_UUID_IF_SET(unit_id), RULES_PAGE),
    .query = &select_needs,
    .into = "needs",
    .page = PAGE_BY_ID(need_id),
};
