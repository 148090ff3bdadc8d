/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open_tick_sheet.c - OpenTickSheet: a unit's sheet of a programme, as a draft
 *
 * Programme, which must be published -> mandatory projects -> one row -> TickSheetOpened. Waits for
 * the programme.
 */
#include "selection_methods.h"
#include "services/selection/parties.h"
#include "services/selection/programme/programme.h"
#include "services/selection/tick_sheet/tick_sheet.h"

STATEMENT(ticking_unit, UNIT_EXISTS(tick_sheet, unit_id, "unit_id"));
STATEMENT(ticking_unit_status, UNIT_STATUS(tick_sheet, unit_id, "unit_id"));

/* The programme's mandatory projects are ticked from the start. */
static enum status tick_mandatory(struct call *call, Selection__TickSheet *sheet)
{
    Selection__Programme *programme = wire_new(call, &selection__programme__descriptor);

    programme->programme_id = sheet->programme_id;
    enum status status = object_load(call, &programme_object, "programme_id", &programme->base);
    if (status != STATUS_OK)
        return status;
    if (programme->status != SELECTION__PROGRAMME_STATUS__PROGRAMME_STATUS_PUBLISHED)
        return call_fail(call, STATUS_FAILED_PRECONDITION, "programme_id", "published",
                         "the programme is not open for ticking");
    return tick_sheet_tick(call, programme, NULL, 0, sheet);
}

static enum status open_tick_sheet(struct call *call)
{
    const Selection__OpenTickSheetRequest *request = call->request;
    Selection__OpenTickSheetResponse *response = call->response;
    Selection__TickSheetOpened event = SELECTION__TICK_SHEET_OPENED__INIT;
    Selection__TickSheet *sheet = wire_new(call, &selection__tick_sheet__descriptor);

    sheet->sheet_id = call_new_id(call);
    sheet->programme_id = request->programme_id;
    sheet->unit_id = request->unit_id;
    enum status status = tick_mandatory(call, sheet);
    if (status != STATUS_OK)
        return status;
    sheet->status = SELECTION__TICK_SHEET_STATUS__TICK_SHEET_STATUS_DRAFT;
    db_do(call, &ticking_unit, &sheet->base);
    db_do(call, &ticking_unit_status, &sheet->base);
    object_insert(call, &tick_sheet_object, &sheet->base);

    response->sheet = event.sheet = sheet;
    return journal_append(call, sheet->sheet_id, &event.base);
}

const struct method selection_open_tick_sheet = {
    .may = MAY_TICK,
    .scope = SCOPE_STREET,
    .place = PLACE_FIELDS(.unit_id = "unit_id"),
    .rules = RULES(RULE_UUID(programme_id), RULE_UUID(unit_id)),
    .command = open_tick_sheet,
};
