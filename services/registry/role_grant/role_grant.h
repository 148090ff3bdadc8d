/* SPDX-License-Identifier: Apache-2.0 */
/* role_grant.h - what all methods about role grants share; see unit.h for how the tables are
 * used */
#pragma once

#include "libcommon/service/following/ending.h"
#include "registry_role_grant.pb-c.h"
#include "services/registry/contract.h"

extern const struct rule role_grant_rules[];
extern const struct life_cycle role_grant_life_cycle;
extern const struct object role_grant_object;

/* Revokes one that is loaded and IN_FORCE, and tells it; see ending.h. */
enum status role_grant_end(struct call *call, ProtobufCMessage *role_grant,
                           const struct why *why) MUST_CHECK;
/* Those in force of a community, a unit, a person. */
extern const struct db_stmt role_grants_of_community, role_grants_of_unit, role_grants_of_person;
