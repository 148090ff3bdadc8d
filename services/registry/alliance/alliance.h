/* SPDX-License-Identifier: Apache-2.0 */
/* alliance.h - what all methods about alliances and their members share; see unit.h for how the
 * tables are used */
#pragma once

#include "registry_alliance.pb-c.h"
#include "services/registry/contract.h"

/* It is made, and changes no more. */
extern const struct object alliance_object;

extern const struct life_cycle alliance_member_life_cycle;
/* Loaded with the day of update_time in the street's zone as the left_on that it lacks: only LEAVE
 * leads from ACTIVE, and what is not ACTIVE has one. */
extern const struct object alliance_member_object;

/* Ends one that is loaded and ACTIVE and tells it; see ending.h. */
enum status alliance_member_end(struct call *call, ProtobufCMessage *member,
                                const char *reason) MUST_CHECK;
/* The active memberships of a unit. */
extern const struct db_stmt alliance_members_of_unit;
