/* SPDX-License-Identifier: Apache-2.0 */
/* alliance.h - what all methods about alliances and their members share; see unit.h for how the
 * tables are used */
#pragma once

#include "libcommon/service/following/ending.h"
#include "registry_alliance.pb-c.h"
#include "services/registry/contract.h"

/* Where it belongs is said once, when it is made. */
extern const struct rule alliance_rules[], alliance_created_rules[];
extern const struct life_cycle alliance_life_cycle;
extern const struct object alliance_object;

extern const struct life_cycle alliance_member_life_cycle;
/* Loaded with the day of now in the street's zone as the left_on that it lacks: only LEAVE
 * leads from ACTIVE, and what is not ACTIVE has one. */
extern const struct object alliance_member_object;

/* End one that is loaded and ACTIVE and tell it; see ending.h. */
enum status alliance_end(struct call *call, ProtobufCMessage *alliance,
                         const struct why *why) MUST_CHECK;
enum status alliance_member_end(struct call *call, ProtobufCMessage *member,
                                const struct why *why) MUST_CHECK;
/* The active ones. */
extern const struct db_stmt alliances_of_community;
extern const struct db_stmt alliance_members_of_unit, alliance_members_of_alliance;
