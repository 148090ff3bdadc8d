/* SPDX-License-Identifier: Apache-2.0 */
/* list_alliances.c - ListAlliances: by level, community and status, in the order they were
 * created */
#include "registry_methods.h"
#include "services/registry/alliance/alliance.h"

STATEMENT(select_alliances,
          .sql = "SELECT {columns} FROM registry.alliance WHERE street = :street"
                 " AND (:level = '' OR level = :level)"
                 " AND (:community_id = '' OR community_id = nullif(:community_id, '')::uuid)"
                 " AND (:status = '' OR status = :status)"
                 " AND alliance_id > :after_key ORDER BY alliance_id LIMIT :page_limit",
          .object = &alliance_object);

const struct method registry_list_alliances = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_ENUM_IF_SET(level), RULE_UUID_IF_SET(community_id),
                   RULE_ENUM_IF_SET(status), RULES_PAGE),
    .query = &select_alliances,
    .into = "alliances",
    .page = PAGE_BY_ID(alliance_id),
};
