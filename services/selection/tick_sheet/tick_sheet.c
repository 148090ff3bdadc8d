/* SPDX-License-Identifier: Apache-2.0 */
/* tick_sheet.c - the tables of tick_sheet.h, and what is ticked */
#include "services/selection/tick_sheet/tick_sheet.h"

#include <string.h>

#include "libcommon/base/mem.h"
#include "selection_programme.pb-c.h"

#define STATUS(name) SELECTION__TICK_SHEET_STATUS__TICK_SHEET_STATUS_##name
#define ACTION(name) SELECTION__TICK_SHEET_ACTION__TICK_SHEET_ACTION_##name

const struct rule tick_sheet_rules[] = {
    RULE_UUID_SET(project_ids, 0, 50),
    RULES_END,
};

static const struct transition transitions[] = {
    {STATUS(DRAFT), ACTION(SUBMIT), STATUS(SUBMITTED), MAY_TICK, false,
     "within the programme's days and with enough electives"},
    {STATUS(RETURNED), ACTION(SUBMIT), STATUS(SUBMITTED), MAY_TICK, false,
     "mended; as long as the programme is published"},
    {STATUS(SUBMITTED), ACTION(CONFIRM), STATUS(CONFIRMED), MAY_REVIEW_SHEET, false,
     "final; the unit owes what is ticked"},
    {STATUS(SUBMITTED), ACTION(RETURN), STATUS(RETURNED), MAY_REVIEW_SHEET, true,
     "the street wants it mended"},
    {STATUS(DRAFT), ACTION(DROP), STATUS(DROPPED), MAY_REVIEW_SHEET, true,
     "final; its unit withdrew or its programme was closed, or the street gives it up"},
    {STATUS(SUBMITTED), ACTION(DROP), STATUS(DROPPED), MAY_REVIEW_SHEET, true,
     "final; its unit withdrew, or the street gives it up"},
    {STATUS(RETURNED), ACTION(DROP), STATUS(DROPPED), MAY_REVIEW_SHEET, true,
     "final; its unit withdrew or its programme was closed, or the street gives it up"},
    {0},
};

const struct life_cycle tick_sheet_life_cycle = {
    .table = transitions,
    .statuses = &selection__tick_sheet_status__descriptor,
    .actions = &selection__tick_sheet_action__descriptor,
};

static const struct db_violation violations[] = {
    {"tick_sheet_unit_key", STATUS_ALREADY_EXISTS, "unit_id", "unique_in_programme",
     "the unit has a sheet of this programme"},
    {"tick_sheet_programme", STATUS_NOT_FOUND, "programme_id", "exists",
     "no such programme in this street"},
    {0},
};

static const struct column columns[] = {
    COLUMN(sheet_id),   COLUMN(programme_id),
    COLUMN(unit_id),    COLUMN(project_ids),
    COLUMN(status),     COLUMN(reason),
    FIXED(create_time), COLUMN(update_time),
    COLUMN(revision),   {0},
};

OBJECT(tick_sheet, selection__tick_sheet__descriptor, .noun = "sheet", .id = "sheet_id",
       .table = "selection.tick_sheet", .columns = columns, .violations = violations,
       .life_cycle = &tick_sheet_life_cycle);

/* Place of the id among those; count if it is none of them. */
static size_t find(const char *id, char *const *ids, size_t count)
{
    size_t i = 0;

    while (i < count && strcmp(ids[i], id) != 0)
        i++;
    return i;
}

static bool is_elective(const Selection__CatalogueProject *project)
{
    return project->kind == SELECTION__CATALOGUE_PROJECT_KIND__CATALOGUE_PROJECT_KIND_ELECTIVE;
}

enum status tick_sheet_tick(struct call *call, const Selection__Programme *programme,
                            char *const *ids, size_t count, Selection__TickSheet *sheet)
{
    const Selection__Catalogue *catalogue = programme->catalogue;
    char **ticked = mem_array(call, char *, catalogue->n_projects);
    bool *known = mem_array(call, bool, count + 1);
    size_t n = 0;

    for (size_t i = 0; i < catalogue->n_projects; i++) {
        char *id = catalogue->projects[i]->project_id;
        size_t at = find(id, ids, count);
        known[at] = true;
        if (at < count || !is_elective(catalogue->projects[i]))
            ticked[n++] = id;
    }
    for (size_t i = 0; i < count; i++)
        if (!known[i])
            return call_fail(call, STATUS_INVALID_ARGUMENT,
                             mem_printf(call, "sheet.project_ids[%zu]", i), "exists",
                             "the programme's catalogue has no such project");
    sheet->project_ids = ticked;
    sheet->n_project_ids = n;
    return STATUS_OK;
}

size_t tick_sheet_electives(const Selection__Programme *programme,
                            const Selection__TickSheet *sheet)
{
    const Selection__Catalogue *catalogue = programme->catalogue;
    size_t electives = 0;

    for (size_t i = 0; i < catalogue->n_projects; i++)
        if (is_elective(catalogue->projects[i]) &&
            find(catalogue->projects[i]->project_id, sheet->project_ids, sheet->n_project_ids) <
                sheet->n_project_ids)
            electives++;
    return electives;
}

SHARED_STATEMENT(place_of_sheet,
                 .sql = "SELECT unit_id FROM selection.tick_sheet WHERE street = :street"
                        " AND sheet_id = :sheet_id");
