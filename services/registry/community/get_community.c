/* SPDX-License-Identifier: Apache-2.0 */
/* get_community.c - GetCommunity: one community by id */
#include "registry_methods.h"
#include "services/registry/community/community.h"

const struct method registry_get_community = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(community_id)),
    .query = &community_select,
    .into = "community",
};
