/* SPDX-License-Identifier: Apache-2.0 */
/* get_role_grant.c - GetRoleGrant: one grant by id, within the caller's reach */
#include "registry_methods.h"
#include "services/registry/role_grant/role_grant.h"

static const struct db_stmt select_role_grant_in_reach = {
    .name = "select_role_grant_in_reach",
    .sql =
        "SELECT " ROLE_GRANT_COLUMNS " FROM registry.role_grant WHERE street = $1 AND grant_id = $2"
        " AND ($3 OR community_id = ANY($4::uuid[]) OR unit_id = ANY($5::uuid[]) OR holder = $6)",
    .bind = "grant_id",
    .one_row = {STATUS_NOT_FOUND, "grant_id", "exists", "no such grant in this street"},
};

const struct method registry_get_role_grant = {
    .may = MAY_READ_GRANT,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(grant_id)),
    .query = &select_role_grant_in_reach,
    .into = "role_grant",
    .with_reach = true,
};
