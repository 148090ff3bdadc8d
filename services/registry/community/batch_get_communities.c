/* SPDX-License-Identifier: Apache-2.0 */
/* batch_get_communities.c - BatchGetCommunities: those of up to 200 ids that exist */
#include "registry_methods.h"
#include "services/registry/community/community.h"

STATEMENT(select_communities_by_id,
          .sql = "SELECT {columns} FROM registry.community WHERE street = :street"
                 " AND community_id = ANY(:community_ids::uuid[]) ORDER BY community_id",
          .object = &community_object);

const struct method registry_batch_get_communities = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUIDS(community_ids, 1, 200)),
    .query = &select_communities_by_id,
    .into = "communities",
};
