/* SPDX-License-Identifier: Apache-2.0 */
/* list_role_grants.c - ListRoleGrants: by holder, role and place, in the order they were made */
#include "registry_methods.h"
#include "services/registry/role_grant/role_grant.h"

static const struct db_stmt select_role_grants = {
    .name = "select_role_grants",
    .sql = "SELECT " ROLE_GRANT_COLUMNS " FROM registry.role_grant WHERE street = $1"
           " AND ($2 = '' OR holder = $2) AND ($3 = '' OR role = $3)"
           " AND ($4 = '' OR community_id = nullif($4, '')::uuid)"
           " AND ($5 = '' OR unit_id = nullif($5, '')::uuid) AND grant_id > $6"
           " AND ($8 OR community_id = ANY($9::uuid[]) OR unit_id = ANY($10::uuid[])"
           " OR holder = $11) ORDER BY grant_id LIMIT $7",
    .bind = "holder, role, community_id, unit_id",
};

const struct method registry_list_role_grants = {
    .may = MAY_READ_GRANT,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_TEXT(holder, 0, 64), RULE_ENUM_IF_SET(role), RULE_UUID_IF_SET(community_id),
                   RULE_UUID_IF_SET(unit_id), RULES_PAGE),
    .query = &select_role_grants,
    .into = "role_grants",
    .page = PAGE_BY_ID(grant_id),
    .with_reach = true,
};
