/* SPDX-License-Identifier: Apache-2.0 */
/* get_tick_sheet.c - GetTickSheet: one sheet by id, of a unit that the caller may see */
#include "selection_methods.h"
#include "services/selection/tick_sheet/tick_sheet.h"

STATEMENT(select_tick_sheet_in_reach,
          .sql = "SELECT {columns} FROM selection.tick_sheet WHERE street = :street"
                 " AND sheet_id = :sheet_id AND (:reach_street"
                 " OR unit_id = ANY(:reach_units::uuid[]))",
          .object = &tick_sheet_object,
          .one_row = {STATUS_NOT_FOUND, "sheet_id", "exists", "no such sheet in this street"});

const struct method selection_get_tick_sheet = {
    .may = MAY_READ_SHEET,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(sheet_id)),
    .query = &select_tick_sheet_in_reach,
    .into = "sheet",
};
