/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update_tick_sheet.c - UpdateTickSheet: change what is ticked; no event when nothing is new
 *
 * The sheet's programme -> the mandatory projects are added to the request's -> object_update.
 */
#include "selection_methods.h"
#include "services/selection/parties.h"
#include "services/selection/programme/programme.h"
#include "services/selection/tick_sheet/tick_sheet.h"

STATEMENT(programme_of_updated_sheet,
          .sql = "SELECT {columns} FROM selection.programme WHERE street = :street"
                 " AND programme_id = (SELECT s.programme_id FROM selection.tick_sheet s"
                 " WHERE s.street = :street AND s.sheet_id = :sheet_id)",
          .object = &programme_object, .of = &selection__tick_sheet__descriptor,
          .one_row = {STATUS_NOT_FOUND, "sheet.sheet_id", "exists",
                      "no such sheet in this street"});

STATEMENT(unit_of_updated_sheet,
          STILL_TAKES_PART(tick_sheet, UNIT_STILL(unit_id), "sheet.unit_id", "unit_status",
                           "the unit is suspended or withdrawn"));

/* A copy of the request's sheet with all that is to be ticked. */
static enum status complete(struct call *call, const Selection__TickSheet *sheet,
                            Selection__TickSheet **ret)
{
    const PGresult *rows;
    Selection__Programme *programme = wire_new(call, &selection__programme__descriptor);
    Selection__TickSheet *from = wire_copy(call, &sheet->base);

    enum status status = db_query(call, &programme_of_updated_sheet, &sheet->base, &rows);
    if (status != STATUS_OK)
        return status;
    db_row(call, &programme_of_updated_sheet, rows, 0, &programme->base);
    status = tick_sheet_tick(call, programme, sheet->project_ids, sheet->n_project_ids, from);
    *ret = from;
    return status;
}

static enum status update_tick_sheet(struct call *call)
{
    const Selection__UpdateTickSheetRequest *request = call->request;
    Selection__UpdateTickSheetResponse *response = call->response;
    Selection__TickSheetUpdated event = SELECTION__TICK_SHEET_UPDATED__INIT;
    Selection__TickSheet *sheet = wire_new(call, &selection__tick_sheet__descriptor), *from;

    response->sheet = event.sheet = sheet;
    enum status status = complete(call, request->sheet, &from);
    if (status == STATUS_OK)
        status = object_stage_update(call, &tick_sheet_object, &from->base, request->update_mask,
                                     &sheet->base, &event.changed);
    if (status != STATUS_OK)
        return status;
    if (sheet->status == SELECTION__TICK_SHEET_STATUS__TICK_SHEET_STATUS_SUBMITTED)
        return call_fail(call, STATUS_FAILED_PRECONDITION, "sheet.status", "final",
                         "a submitted sheet changes only when it is returned");
    if (event.changed->n_paths == 0)
        return STATUS_OK;
    db_do(call, &unit_of_updated_sheet, &sheet->base);
    object_store(call, &tick_sheet_object, &sheet->base);
    return journal_append(call, sheet->sheet_id, &event.base);
}

const struct method selection_update_tick_sheet = {
    .may = MAY_TICK,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED_OF(sheet, &place_of_sheet),
    .rules = RULES(RULE_UPDATE(sheet, update_mask, "sheet_id", tick_sheet_rules)),
    .command = update_tick_sheet,
};
