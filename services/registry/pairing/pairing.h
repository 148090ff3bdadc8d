/* SPDX-License-Identifier: Apache-2.0 */
/* pairing.h - what all methods about pairings share; see unit.h for how the tables are used */
#pragma once

#include "libcommon/service/following/ending.h"
#include "registry_pairing.pb-c.h"
#include "services/registry/contract.h"

extern const struct rule pairing_rules[];
extern const struct life_cycle pairing_life_cycle;
extern const struct object pairing_object;

/* The same, loaded with the day of now in the street's zone as the ended_on that it lacks:
 * only END leads from ACTIVE, and what is not ACTIVE has one. */
extern const struct object ending_pairing_object;

/* Ends one that is loaded and ACTIVE, with its ended_on set, and tells it; see ending.h. */
enum status pairing_end(struct call *call, ProtobufCMessage *pairing,
                        const struct why *why) MUST_CHECK;
/* The active ones of a community, a unit, loaded alike. */
extern const struct db_stmt pairings_of_community, pairings_of_unit;
