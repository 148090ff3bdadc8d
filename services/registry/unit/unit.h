/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit.h - what all methods about units share: field rules, life cycle, how they are stored
 *
 * Create applies every rule, update those of the fields under its mask; fields without a rule are
 * the server's. Limits stand here for a kind message and in db/ for truth.
 */
#pragma once

#include "registry_unit.pb-c.h"
#include "services/registry/contract.h"

extern const struct rule unit_rules[];
extern const struct life_cycle unit_life_cycle;
extern const struct db_stmt unit_select;
extern const struct object unit_object;

/* Takes a step that is nobody's with one that is loaded, and tells it. */
enum status unit_step(struct call *call, Registry__Unit *unit,
                      Registry__UnitAction action) MUST_CHECK;
