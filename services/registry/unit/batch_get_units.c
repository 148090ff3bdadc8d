/* SPDX-License-Identifier: Apache-2.0 */
/* batch_get_units.c - BatchGetUnits: those of up to 200 ids that exist */
#include "registry_methods.h"
#include "services/registry/unit/unit.h"

STATEMENT(select_units_by_id,
          .sql = "SELECT {columns} FROM registry.unit WHERE street = :street"
                 " AND unit_id = ANY(:unit_ids::uuid[]) ORDER BY unit_id",
          .object = &unit_object);

const struct method registry_batch_get_units = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUIDS(unit_ids, 1, 200)),
    .query = &select_units_by_id,
    .into = "units",
};
