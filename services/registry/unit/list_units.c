/* SPDX-License-Identifier: Apache-2.0 */
/* list_units.c - ListUnits: by kind, status and part of the name, in the order of registration */
#include "libcommon/service/method/name_keys.h"
#include "registry_methods.h"
#include "services/registry/unit/unit.h"

STATEMENT(select_units,
          .sql = "SELECT {columns} FROM registry.unit WHERE street = :street"
                 " AND (:kind = '' OR kind = :kind) AND (:status = '' OR status = :status)"
                 " AND " NAME_CONTAINS " AND unit_id > :after_key"
                 " ORDER BY unit_id LIMIT :page_limit",
          .object = &unit_object);

const struct method registry_list_units = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_ENUM_IF_SET(kind), RULE_ENUM_IF_SET(status),
                   RULE_TEXT(name_contains, 0, 120), RULES_PAGE),
    .query = &select_units,
    .into = "units",
    .page = PAGE_BY_ID(unit_id),
};
