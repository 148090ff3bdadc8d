/* SPDX-License-Identifier: Apache-2.0 */
/* list_tick_sheets.c - ListTickSheets: by programme, unit and status, in the order of opening */
#include "selection_methods.h"
#include "services/selection/tick_sheet/tick_sheet.h"

STATEMENT(select_tick_sheets,
          .sql = "SELECT {columns} FROM selection.tick_sheet WHERE street = :street"
                 " AND (:programme_id = '' OR programme_id = nullif(:programme_id, '')::uuid)"
                 " AND (:unit_id = '' OR unit_id = nullif(:unit_id, '')::uuid)"
                 " AND (:status = '' OR status = :status)"
                 " AND (:reach_street OR unit_id = ANY(:reach_units::uuid[]))"
                 " AND sheet_id > :after_key ORDER BY sheet_id LIMIT :page_limit",
          .object = &tick_sheet_object);

const struct method selection_list_tick_sheets = {
    .may = MAY_READ_SHEET,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(programme_id), RULE_UUID_IF_SET(unit_id),
                   RULE_ENUM_IF_SET(status), RULES_PAGE),
    .query = &select_tick_sheets,
    .into = "sheets",
    .page = PAGE_BY_ID(sheet_id),
};
