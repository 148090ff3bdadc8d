/* SPDX-License-Identifier: Apache-2.0 */
/* list_role_grants.c - ListRoleGrants: by holder, role and place, in the order they were made */
#include "registry_methods.h"
#include "services/registry/role_grant/role_grant.h"

STATEMENT(select_role_grants,
          .sql = "SELECT {columns} FROM registry.role_grant WHERE street = :street"
                 " AND (:holder = '' OR holder = :holder) AND (:role = '' OR role = :role)"
                 " AND (:community_id = '' OR community_id = nullif(:community_id, '')::uuid)"
                 " AND (:unit_id = '' OR unit_id = nullif(:unit_id, '')::uuid)"
                 " AND grant_id > :after_key AND (:reach_street"
                 " OR community_id = ANY(:reach_communities::uuid[])"
                 " OR unit_id = ANY(:reach_units::uuid[]) OR holder = :reach_person)"
                 " ORDER BY grant_id LIMIT :page_limit",
          .object = &role_grant_object);

const struct method registry_list_role_grants = {
    .may = MAY_READ_GRANT,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_TEXT(holder, 0, 64), RULE_ENUM_IF_SET(role), RULE_UUID_IF_SET(community_id),
                   RULE_UUID_IF_SET(unit_id), RULES_PAGE),
    .query = &select_role_grants,
    .into = "role_grants",
    .page = PAGE_BY_ID(grant_id),
};
