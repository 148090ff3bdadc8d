/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change_tick_sheet.c - ChangeTickSheet: one step along tick_sheet_life_cycle
 *
 * The unit submits, the street confirms, returns or drops. A step to SUBMITTED waits for the
 * programme, which says on which days and with how many electives; what the street returned comes
 * back on any day.
 */
#include "selection_methods.h"
#include "services/selection/parties.h"
#include "services/selection/programme/programme.h"
#include "services/selection/tick_sheet/tick_sheet.h"

#include <string.h>

#define STATUS(name) SELECTION__TICK_SHEET_STATUS__TICK_SHEET_STATUS_##name

/* update_time is now; the street's zone says which day that is. */
STATEMENT(programme_of_submitted_sheet,
          .sql = "SELECT {columns}, to_char(:update_time::timestamptz AT TIME ZONE s.time_zone,"
                 " 'YYYY-MM-DD') AS today FROM selection.programme p"
                 " JOIN selection.stream s USING (street) WHERE p.street = :street"
                 " AND p.programme_id = :programme_id",
          .object = &programme_object, .of = &selection__tick_sheet__descriptor,
          .one_row = {STATUS_NOT_FOUND, "sheet_id", "exists", "the sheet's programme is gone"});
STATEMENT(unit_of_changed_sheet,
          STILL_TAKES_PART(tick_sheet, UNIT_STILL(unit_id), "action", "unit_status",
                           "the unit is suspended or withdrawn"));

static enum status check_published(struct call *call, const Selection__Programme *programme)
{
    if (programme->status == SELECTION__PROGRAMME_STATUS__PROGRAMME_STATUS_PUBLISHED)
        return STATUS_OK;
    return call_fail(call, STATUS_FAILED_PRECONDITION, "action", "published",
                     "the programme is not open for ticking");
}

static enum status check_window(struct call *call, const Selection__Programme *programme,
                                const char *today)
{
    const char *from = programme->tick_from_on, *until = programme->tick_until_on;

    if (strcmp(today, from) >= 0 && strcmp(today, until) <= 0)
        return STATUS_OK;
    (void)!call_fail(call, STATUS_FAILED_PRECONDITION, "action", "window",
                     "sheets are submitted from %s to %s", from, until);
    (void)!call_add_param(call, (struct violation_param){"from", .text = from});
    return call_add_param(call, (struct violation_param){"until", .text = until});
}

static enum status check_electives(struct call *call, const Selection__Programme *programme,
                                   const Selection__TickSheet *sheet)
{
    size_t ticked = tick_sheet_electives(programme, sheet);

    if (ticked >= programme->electives_min)
        return STATUS_OK;
    (void)!call_fail(call, STATUS_FAILED_PRECONDITION, "project_ids", "electives_min",
                     "%zu electives are ticked, at least %u have to be", ticked,
                     programme->electives_min);
    (void)!call_add_param(call, (struct violation_param){"min", programme->electives_min});
    return call_add_param(call, (struct violation_param){"ticked", (int64_t)ticked});
}

/* Only what was returned has a reason; the street wants it back. */
static bool was_returned(const Selection__TickSheet *sheet)
{
    return sheet->reason[0] != '\0';
}

/* What the programme says to SUBMIT and RETURN. */
static enum status check_programme(struct call *call, const Selection__TickSheet *sheet)
{
    const PGresult *rows;
    Selection__Programme *programme = wire_new(call, &selection__programme__descriptor);

    enum status status = db_query(call, &programme_of_submitted_sheet, &sheet->base, &rows);
    if (status != STATUS_OK)
        return status;
    db_row(call, &programme_of_submitted_sheet, rows, 0, &programme->base);
    status = check_published(call, programme);
    if (status != STATUS_OK || sheet->status == STATUS(RETURNED))
        return status;
    if (!was_returned(sheet))
        status = check_window(call, programme, PQgetvalue(rows, 0, PQfnumber(rows, "today")));
    return status == STATUS_OK ? check_electives(call, programme, sheet) : status;
}

static enum status change_tick_sheet(struct call *call)
{
    const Selection__ChangeTickSheetRequest *request = call->request;
    Selection__ChangeTickSheetResponse *response = call->response;
    Selection__TickSheetChanged event = SELECTION__TICK_SHEET_CHANGED__INIT;
    Selection__TickSheet *sheet = wire_new(call, &selection__tick_sheet__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    sheet->sheet_id = request->sheet_id;
    enum status status = object_stage_change(call, &tick_sheet_object, &change, &sheet->base);
    if (status == STATUS_OK &&
        (sheet->status == STATUS(SUBMITTED) || sheet->status == STATUS(RETURNED)))
        status = check_programme(call, sheet);
    if (status != STATUS_OK)
        return status;
    if (sheet->status == STATUS(SUBMITTED) || sheet->status == STATUS(CONFIRMED))
        db_do(call, &unit_of_changed_sheet, &sheet->base);
    if (sheet->status == STATUS(RETURNED) || sheet->status == STATUS(DROPPED))
        sheet->reason = request->reason;
    object_store(call, &tick_sheet_object, &sheet->base);
    response->sheet = event.sheet = sheet;
    event.action = request->action;
    event.reason = request->reason;
    return journal_append(call, sheet->sheet_id, &event.base);
}

const struct method selection_change_tick_sheet = {
    .may = MAY_TICK,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_sheet),
    .rules = RULES(RULE_UUID(sheet_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_tick_sheet,
};
