/* SPDX-License-Identifier: Apache-2.0 */
/* get_community.c - GetCommunity: one community by id */
#include "methods.h"
#include "community.h"

static const struct db_stmt select_community = {
    .name = "select_community",
    .sql = "SELECT " COMMUNITY_COLUMNS
           " FROM registry.community WHERE street = $1 AND community_id = $2",
    .bind = "community_id",
    .one_row = {STATUS_NOT_FOUND, "community_id", "exists", "no such community in this street"},
};

const struct method registry_get_community = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(community_id)),
    .query = &select_community,
    .into = "community",
};
