/* SPDX-License-Identifier: Apache-2.0 */
/* programme.c - the tables of programme.h */
#include "services/selection/programme/programme.h"

#include <string.h>

#include "libcommon/base/mem.h"

#define STATUS(name) SELECTION__PROGRAMME_STATUS__PROGRAMME_STATUS_##name
#define ACTION(name) SELECTION__PROGRAMME_ACTION__PROGRAMME_ACTION_##name

static const struct rule catalogue_project_rules[] = {
    RULE_UUID_IF_SET(project_id),
    RULE_ENUM(kind),
    RULE_TEXT(title, 1, 120),
    RULES_END,
};

static const struct rule catalogue_rules[] = {
    RULE_MESSAGES(projects, 1, 50, catalogue_project_rules),
    RULES_END,
};

const struct rule programme_rules[] = {
    RULE_INT(year, 2000, 2100),
    RULE_TEXT(name, 1, 60),
    RULE_MESSAGE(catalogue, catalogue_rules),
    RULE_INT(electives_min, 0, 50),
    RULE_DATE(tick_from_on),
    RULE_DATE(tick_until_on),
    RULES_END,
};

static const struct db_violation violations[] = {
    {"programme_name_key", STATUS_ALREADY_EXISTS, "programme.name", "unique_in_year",
     "another programme of this year has this name"},
    {"programme_name_key_key", STATUS_ALREADY_EXISTS, "programme.name", "unique_in_year",
     "another programme of this year has this name, but for case, width or what is invisible"},
    {"programme_window", STATUS_INVALID_ARGUMENT, "programme.tick_until_on", "order",
     "the last day of ticking is before the first one"},
    {"programme_electives", STATUS_INVALID_ARGUMENT, "programme.electives_min", "electives",
     "the catalogue has fewer electives than a unit must tick"},
    {0},
};

static const struct transition transitions[] = {
    {STATUS(DRAFT), ACTION(PUBLISH), STATUS(PUBLISHED), MAY_WRITE_PROGRAMME, false,
     "units open their sheets"},
    {STATUS(PUBLISHED), ACTION(CLOSE), STATUS(CLOSED), MAY_WRITE_PROGRAMME, false,
     "final; sheets that were not submitted are dropped"},
    {STATUS(DRAFT), ACTION(DROP), STATUS(DROPPED), MAY_WRITE_PROGRAMME, true,
     "given up before it was published; final; its name becomes free"},
    {0},
};

const struct life_cycle programme_life_cycle = {
    .table = transitions,
    .statuses = &selection__programme_status__descriptor,
    .actions = &selection__programme_action__descriptor,
};

static const struct column columns[] = {
    COLUMN(programme_id),  COLUMN(year),         KEYED(name),           COLUMN(catalogue),
    COLUMN(electives_min), COLUMN(tick_from_on), COLUMN(tick_until_on), COLUMN(status),
    FIXED(create_time),    COLUMN(update_time),  COLUMN(revision),      {0},
};

OBJECT(programme, selection__programme__descriptor, .noun = "programme", .id = "programme_id",
       .table = "selection.programme", .columns = columns, .violations = violations,
       .life_cycle = &programme_life_cycle);

static bool has_id_of_another(const Selection__Catalogue *catalogue, size_t project)
{
    for (size_t i = 0; i < project; i++)
        if (strcmp(catalogue->projects[i]->project_id, catalogue->projects[project]->project_id) ==
            0)
            return true;
    return false;
}

enum status programme_check_ids(struct call *call, const Selection__Catalogue *catalogue)
{
    for (size_t i = 0; catalogue && i < catalogue->n_projects; i++)
        if (catalogue->projects[i]->project_id[0] && has_id_of_another(catalogue, i))
            return call_fail(call, STATUS_INVALID_ARGUMENT,
                             mem_printf(call, "programme.catalogue.projects[%zu].project_id", i),
                             "duplicate", "two projects of the catalogue have this id");
    return STATUS_OK;
}

void programme_give_ids(struct call *call, Selection__Catalogue *catalogue)
{
    for (size_t i = 0; catalogue && i < catalogue->n_projects; i++)
        if (!catalogue->projects[i]->project_id[0])
            catalogue->projects[i]->project_id = call_new_id(call);
}
