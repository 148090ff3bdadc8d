/* SPDX-License-Identifier: Apache-2.0 */
/* list_units.c - ListUnits: by kind, status and part of the name, in the order of registration */
#include "registry_methods.h"
#include "services/registry/unit/unit.h"

static const struct db_stmt select_units = {
    .name = "select_units",
    .sql = "SELECT " UNIT_COLUMNS " FROM registry.unit WHERE street = $1"
           " AND ($2 = '' OR kind = $2) AND ($3 = '' OR status = $3) AND strpos(name, $4) > 0"
           " AND unit_id > $5 ORDER BY unit_id LIMIT $6",
    .bind = "kind, status, name_contains",
};

const struct method registry_list_units = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_ENUM_IF_SET(kind), RULE_ENUM_IF_SET(status),
                   RULE_TEXT(name_contains, 0, 120), RULES_PAGE),
    .query = &select_units,
    .into = "units",
    .page = PAGE_BY_ID(unit_id),
};
