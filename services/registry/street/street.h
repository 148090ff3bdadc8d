/* SPDX-License-Identifier: Apache-2.0 */
/* street.h - what all methods about streets share; see unit.h for how the tables are used */
#pragma once

#include "registry_calendar.pb-c.h"
#include "registry_street.pb-c.h"
#include "services/registry/contract.h"

extern const struct rule street_rules[], calendar_rules[];
extern const struct db_stmt street_select;
extern const struct object street_object;

/* Is each year there once, and each of its days of it, and once? Beside calendar_rules. */
enum status calendar_check(struct call *call, const Registry__Street *street) MUST_CHECK;
