/* SPDX-License-Identifier: Apache-2.0 */
/* get_role_grant.c - GetRoleGrant: one grant by id, within the caller's reach */
#include "registry_methods.h"
#include "services/registry/role_grant/role_grant.h"

STATEMENT(select_role_grant_in_reach,
          .sql = "SELECT {columns} FROM registry.role_grant WHERE street = :street"
                 " AND grant_id = :grant_id AND (:reach_street"
                 " OR community_id = ANY(:reach_communities::uuid[])"
                 " OR unit_id = ANY(:reach_units::uuid[]) OR holder = :reach_person)",
          .object = &role_grant_object,
          .one_row = {STATUS_NOT_FOUND, "grant_id", "exists", "no such grant in this street"});

const struct method registry_get_role_grant = {
    .may = MAY_READ_GRANT,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(grant_id)),
    .query = &select_role_grant_in_reach,
    .into = "role_grant",
};
