/* SPDX-License-Identifier: Apache-2.0 */
/* list_tick_sheets.c - ListTickSheets: by programme, unit and status, in the order of opening */
#include "selection_methods.h"
#include "services/selection/tick_sheet/tick_sheet.h"

/* A sheet has neither community nor person: $8 and $10 are only given a type. */
static const struct db_stmt select_tick_sheets = {
    .name = "select_tick_sheets",
    .sql = "SELECT " TICK_SHEET_COLUMNS " FROM selection.tick_sheet WHERE street = $1"
           " AND ($2 = '' OR programme_id = nullif($2, '')::uuid)"
           " AND ($3 = '' OR unit_id = nullif($3, '')::uuid) AND ($4 = '' OR status = $4)"
           " AND ($7 OR unit_id = ANY($9::uuid[]) OR ($8::uuid[], $10::text) IS NULL)"
           " AND sheet_id > $5 ORDER BY sheet_id LIMIT $6",
    .bind = "programme_id, unit_id, status",
};

const struct method selection_list_tick_sheets = {
    .may = MAY_READ_SHEET,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(programme_id), RULE_UUID_IF_SET(unit_id),
                   RULE_ENUM_IF_SET(status), RULES_PAGE),
    .query = &select_tick_sheets,
    .into = "sheets",
    .page = PAGE_BY_ID(sheet_id),
    .with_reach = true,
};
