/* SPDX-License-Identifier: Apache-2.0 */
/* community.h - what all methods about communities share; see unit.h for how the tables are used */
#pragma once

#include "registry_community.pb-c.h"
#include "services/registry/contract.h"

extern const struct rule community_rules[];
extern const struct life_cycle community_life_cycle;
extern const struct db_stmt community_select;
extern const struct object community_object;
