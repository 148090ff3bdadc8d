/* SPDX-License-Identifier: Apache-2.0 */
/* community.c - the tables of community.h */
#include "services/registry/community/community.h"

#include <string.h>

#define STATUS(name) REGISTRY__COMMUNITY_STATUS__COMMUNITY_STATUS_##name
#define ACTION(name) REGISTRY__COMMUNITY_ACTION__COMMUNITY_ACTION_##name

/* GB/T 10114: nine digits down to the street, three more for the community. */
static bool is_division_code(const char *code)
{
    return strlen(code) == 12 && strspn(code, "0123456789") == 12;
}

const struct rule community_rules[] = {
    RULE_TEXT(name, 1, 60),
    RULE_IF_SET(division_code, "division_code", is_division_code),
    RULE_TEXT(address, 0, 200),
    RULES_END,
};

const struct db_violation community_violations[] = {
    {"community_name_key", STATUS_ALREADY_EXISTS, "community.name", "unique_in_street",
     "another community of this street has this name"},
    {"community_division_code_key", STATUS_ALREADY_EXISTS, "community.division_code",
     "unique_in_street", "another community of this street has this division code"},
    {0},
};

static const struct transition transitions[] = {
    {STATUS(ACTIVE), ACTION(DISSOLVE), STATUS(DISSOLVED), MAY_WRITE_COMMUNITY, true,
     "merged into others or abolished; final; its name becomes free; its pairings and roles end"},
    {0},
};

const struct life_cycle community_life_cycle = {
    .table = transitions,
    .statuses = &registry__community_status__descriptor,
    .actions = &registry__community_action__descriptor,
};

SHARED_STATEMENT(community_select,
                 .sql = "SELECT " COMMUNITY_COLUMNS
                        " FROM registry.community WHERE street = :street"
                        " AND community_id = :community_id",
                 .of = &registry__community__descriptor,
                 .one_row = {STATUS_NOT_FOUND, "community_id", "exists",
                             "no such community in this street"});

STATEMENT(community_update,
          .sql = "UPDATE registry.community SET name = :name, division_code ="
                 " :division_code, address = :address, status = :status, create_time ="
                 " :create_time, update_time = :update_time, revision = :revision"
                 " WHERE street = :street AND community_id = :community_id",
          .of = &registry__community__descriptor, .violations = community_violations);

const struct object community_object = {
    .noun = "community",
    .id = "community_id",
    .select = &community_select,
    .update = &community_update,
    .life_cycle = &community_life_cycle,
};
