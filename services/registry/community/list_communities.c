/* SPDX-License-Identifier: Apache-2.0 */
/* list_communities.c - ListCommunities: by status, in the order they were created */
#include "registry_methods.h"
#include "services/registry/community/community.h"

STATEMENT(select_communities,
          .sql = "SELECT {columns} FROM registry.community WHERE street = :street"
                 " AND (:status = '' OR status = :status) AND community_id > :after_key"
                 " ORDER BY community_id LIMIT :page_limit",
          .object = &community_object);

const struct method registry_list_communities = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_ENUM_IF_SET(status), RULES_PAGE),
    .query = &select_communities,
    .into = "communities",
    .page = PAGE_BY_ID(community_id),
};
