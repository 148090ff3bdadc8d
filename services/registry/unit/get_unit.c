/* SPDX-License-Identifier: Apache-2.0 */
/* get_unit.c - GetUnit: one unit by id */
#include "registry_methods.h"
#include "services/registry/unit/unit.h"

const struct method registry_get_unit = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(unit_id)),
    .query = &unit_select,
    .into = "unit",
};
