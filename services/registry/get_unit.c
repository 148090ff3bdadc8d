/* SPDX-License-Identifier: Apache-2.0 */
/* get_unit.c - GetUnit: one unit by id */
#include "methods.h"
#include "unit.h"

static const struct db_stmt select_unit = {
    .name = "select_unit",
    .sql = "SELECT " UNIT_COLUMNS " FROM registry.unit WHERE street = $1 AND unit_id = $2",
    .bind = "unit_id",
    .one_row = {STATUS_NOT_FOUND, "unit_id", "exists", "no such unit in this street"},
};

const struct method registry_get_unit = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(unit_id)),
    .query = &select_unit,
    .into = "unit",
};
