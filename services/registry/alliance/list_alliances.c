/* SPDX-License-Identifier: Apache-2.0 */
/* list_alliances.c - ListAlliances: by level and community, in the order they were created */
#include "registry_methods.h"
#include "services/registry/alliance/alliance.h"

static const struct db_stmt select_alliances = {
    .name = "select_alliances",
    .sql = "SELECT " ALLIANCE_COLUMNS " FROM registry.alliance WHERE street = $1"
           " AND ($2 = '' OR level = $2) AND ($3 = '' OR community_id = nullif($3, '')::uuid)"
           " AND alliance_id > $4 ORDER BY alliance_id LIMIT $5",
    .bind = "level, community_id",
};

const struct method registry_list_alliances = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_ENUM_IF_SET(level), RULE_UUID_IF_SET(community_id), RULES_PAGE),
    .query = &select_alliances,
    .into = "alliances",
    .page = PAGE_BY_ID(alliance_id),
};
