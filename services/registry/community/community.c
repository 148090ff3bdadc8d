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
    RULE_TEXTS(groups, 0, 20, 40),
    RULES_END,
};

static const struct db_violation violations[] = {
    {"community_name_key", STATUS_ALREADY_EXISTS, "community.name", "unique_in_street",
     "another community of this street has this name"},
    {"community_name_key_key", STATUS_ALREADY_EXISTS, "community.name", "unique_in_street",
     "another community of this street has this name, but for case, width or what is invisible"},
    {"community_division_code_key", STATUS_ALREADY_EXISTS, "community.division_code",
     "unique_in_street", "another community of this street has this division code"},
    {0},
};

static const struct transition transitions[] = {
    {STATUS(ACTIVE), ACTION(DISSOLVE), STATUS(DISSOLVED), MAY_WRITE_COMMUNITY, true,
     "merged into others or abolished; final; its name becomes free; what is bound to it ends with "
     "it"},
    {0},
};

const struct life_cycle community_life_cycle = {
    .table = transitions,
    .statuses = &registry__community_status__descriptor,
    .actions = &registry__community_action__descriptor,
};

static const struct column columns[] = {
    COLUMN(community_id),  KEYED(name),
    COLUMN(division_code), COLUMN(address),
    COLUMN(status),        FIXED(create_time),
    COLUMN(update_time),   COLUMN(revision),
    COLUMN(groups),        {0},
};

OBJECT(community, registry__community__descriptor, .noun = "community", .id = "community_id",
       .table = "registry.community", .columns = columns, .violations = violations,
       .life_cycle = &community_life_cycle);
