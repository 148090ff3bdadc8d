/* SPDX-License-Identifier: Apache-2.0 */
/* list_communities.c - ListCommunities: by status, in the order they were created */
#include "registry_methods.h"
#include "services/registry/community/community.h"

static const struct db_stmt select_communities = {
    .name = "select_communities",
    .sql = "SELECT " COMMUNITY_COLUMNS " FROM registry.community WHERE street = $1"
           " AND ($2 = '' OR status = $2) AND community_id > $3 ORDER BY community_id LIMIT $4",
    .bind = "status",
};

const struct method registry_list_communities = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_ENUM_IF_SET(status), RULES_PAGE),
    .query = &select_communities,
    .into = "communities",
    .page = PAGE_BY_ID(community_id),
};
