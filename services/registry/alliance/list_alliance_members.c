/* SPDX-License-Identifier: Apache-2.0 */
/* list_alliance_members.c - ListAllianceMembers: by alliance, unit and status, in the order they were made */
#include "registry_methods.h"
#include "services/registry/alliance/alliance.h"

static const struct db_stmt select_alliance_members = {
    .name = "select_alliance_members",
    .sql = "SELECT " ALLIANCE_MEMBER_COLUMNS " FROM registry.alliance_member WHERE street = $1"
           " AND ($2 = '' OR alliance_id = nullif($2, '')::uuid)"
           " AND ($3 = '' OR unit_id = nullif($3, '')::uuid) AND ($4 = '' OR status = $4)"
           " AND membership_id > $5 ORDER BY membership_id LIMIT $6",
    .bind = "alliance_id, unit_id, status",
};

const struct method registry_list_alliance_members = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(alliance_id), RULE_UUID_IF_SET(unit_id),
                   RULE_ENUM_IF_SET(status), RULES_PAGE),
    .query = &select_alliance_members,
    .into = "members",
    .page = PAGE_BY_ID(membership_id),
};
