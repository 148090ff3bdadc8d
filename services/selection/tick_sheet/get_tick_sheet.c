/* SPDX-License-Identifier: Apache-2.0 */
/* get_tick_sheet.c - GetTickSheet: one sheet by id, of a unit that the caller may see */
#include "selection_methods.h"
#include "services/selection/tick_sheet/tick_sheet.h"

/* A sheet has neither community nor person: $4 and $6 are only given a type. */
static const struct db_stmt select_tick_sheet_in_reach = {
    .name = "select_tick_sheet_in_reach",
    .sql = "SELECT " TICK_SHEET_COLUMNS " FROM selection.tick_sheet"
           " WHERE street = $1 AND sheet_id = $2"
           " AND ($3 OR unit_id = ANY($5::uuid[]) OR ($4::uuid[], $6::text) IS NULL)",
    .bind = "sheet_id",
    .one_row = {STATUS_NOT_FOUND, "sheet_id", "exists", "no such sheet in this street"},
};

const struct method selection_get_tick_sheet = {
    .may = MAY_READ_SHEET,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(sheet_id)),
    .query = &select_tick_sheet_in_reach,
    .into = "sheet",
    .with_reach = true,
};
