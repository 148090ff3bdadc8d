/* SPDX-License-Identifier: Apache-2.0 */
/* programme.c - step 2: the year's programme, and a tick sheet that is refused once */
#include <stdio.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "ops/cli/json_path.h"
#include "ops/demo/steps.h"

static const char bank[] = "杭州联合银行", school[] = "金沙湖实验学校", zhongce[] = "中策橡胶集团",
                  babao[] = "中交二航局八堡船闸项目部";

static json_t *projects_of(json_t *programme)
{
    return json_path_get(programme, "catalogue.projects");
}

static size_t mandatory_count(json_t *programme)
{
    return story_count(projects_of(programme), "kind", "CATALOGUE_PROJECT_KIND_MANDATORY");
}

static json_t *publish(struct story *story)
{
    json_t *programmes =
        story_list(story, story->street, "ListProgrammes", "programmes", json_object());
    json_t *programme = story_loaded(story, programmes, "name", "13355");
    char year[16];

    snprintf(year, sizeof year, "%" JSON_INTEGER_FORMAT,
             json_integer_value(json_path_get(programme, "year")));
    if (strcmp(json_path_text(programme, "status"), "PROGRAMME_STATUS_DRAFT") == 0) {
        programme = json_path_get(
            story_ask(story, story->cast.office, "ChangeProgramme",
                      story_action(programme, "programme_id", "PROGRAMME_ACTION_PUBLISH", "")),
            "programme");
        story_say(story, PROGRAMME_PUBLISHED, year, json_path_text(programme, "name"));
    } else {
        story_say(story, PROGRAMME_THERE, year, json_path_text(programme, "name"));
    }
    return programme;
}

static void check_programme(struct story *story, const json_t *programme)
{
    json_t *read = json_path_get(
        story_ask(story, story->cast.bank_contact, "GetProgramme",
                  json_pack("{s:O}", "programmeId", json_path_get(programme, "programme_id"))),
        "programme");
    size_t mandatory = mandatory_count(read),
           elective = story_count(projects_of(read), "kind", "CATALOGUE_PROJECT_KIND_ELECTIVE");
    size_t least = (size_t)json_integer_value(json_path_get(read, "electives_min"));

    story_check(story,
                strcmp(json_path_text(read, "status"), "PROGRAMME_STATUS_PUBLISHED") == 0 &&
                    mandatory == 5 && elective == 5 && least == 2,
                PROGRAMME_CHECKED, story_number(story, mandatory), story_number(story, elective),
                story_number(story, least));
}

/* The unit's sheet, opened if it has none yet. */
static json_t *sheet_of(struct story *story, struct actor as, const char *programme_id,
                        const char *unit_id)
{
    json_t *sheets =
        story_list(story, as, "ListTickSheets", "sheets",
                   json_pack("{s:s, s:s}", "programmeId", programme_id, "unitId", unit_id));

    if (json_array_size(sheets) > 0)
        return json_array_get(sheets, 0);
    return json_path_get(
        story_ask(story, as, "OpenTickSheet",
                  json_pack("{s:s, s:s}", "programmeId", programme_id, "unitId", unit_id)),
        "sheet");
}

/* Ticks the first so many electives; the server adds the mandatory projects. */
static json_t *tick(struct story *story, const json_t *sheet, json_t *programme, size_t electives)
{
    json_t *ids = json_array(), *project;
    size_t i;

    json_array_foreach(projects_of(programme), i, project)
    {
        if (strcmp(json_path_text(project, "kind"), "CATALOGUE_PROJECT_KIND_ELECTIVE") == 0 &&
            json_array_size(ids) < electives)
            json_array_append(ids, json_path_get(project, "project_id"));
    }
    return json_path_get(story_ask(story, story->cast.bank_contact, "UpdateTickSheet",
                                   json_pack("{s:{s:O*, s:O*, s:o}, s:s}", "sheet", "sheetId",
                                             json_path_get(sheet, "sheet_id"), "revision",
                                             json_path_get(sheet, "revision"), "projectIds", ids,
                                             "updateMask", "projectIds")),
                         "sheet");
}

static json_t *move_sheet(struct story *story, struct actor as, const json_t *sheet,
                          const char *action)
{
    return json_path_get(
        story_ask(story, as, "ChangeTickSheet", story_action(sheet, "sheet_id", action, "")),
        "sheet");
}

/* A sheet with one elective is refused, with two it is submitted. */
static json_t *fill_in(struct story *story, json_t *sheet, json_t *programme)
{
    const struct actor contact = story->cast.bank_contact;

    story_say(story, SHEET_OPENED, bank);
    sheet = tick(story, sheet, programme, 1);
    story_refused(story, contact, "ChangeTickSheet",
                  story_action(sheet, "sheet_id", "TICK_SHEET_ACTION_SUBMIT", ""), "electives_min",
                  NULL, SHEET_REFUSED);
    sheet = tick(story, sheet, programme, 2);
    return move_sheet(story, contact, sheet, "TICK_SHEET_ACTION_SUBMIT");
}

static void confirm(struct story *story, json_t *sheet, json_t *programme)
{
    const char *status = json_path_text(sheet, "status");

    if (strcmp(status, "TICK_SHEET_STATUS_CONFIRMED") == 0) {
        story_say(story, SHEET_THERE, bank);
        return;
    }
    if (strcmp(status, "TICK_SHEET_STATUS_SUBMITTED") != 0)
        sheet = fill_in(story, sheet, programme);
    move_sheet(story, story->cast.office, sheet, "TICK_SHEET_ACTION_CONFIRM");
    story_say(story, SHEET_SUBMITTED);
}

static void check_sheet(struct story *story, const char *sheet_id, json_t *programme)
{
    json_t *sheet = json_path_get(story_ask(story, story->cast.bank_contact, "GetTickSheet",
                                            json_pack("{s:s}", "sheetId", sheet_id)),
                                  "sheet"),
           *ticked = json_path_get(sheet, "project_ids"), *id;
    size_t i, mandatory = 0;

    json_array_foreach(ticked, i, id)
    {
        json_t *project = story_find(projects_of(programme), "project_id", json_string_value(id));

        mandatory +=
            strcmp(json_path_text(project, "kind"), "CATALOGUE_PROJECT_KIND_MANDATORY") == 0;
    }
    story_check(story,
                strcmp(json_path_text(sheet, "status"), "TICK_SHEET_STATUS_CONFIRMED") == 0 &&
                    mandatory == mandatory_count(programme) &&
                    json_array_size(ticked) == mandatory + 2,
                SHEET_CHECKED, story_number(story, json_array_size(ticked)));
}

/* Another unit's sheet is there, and the bank's contact neither writes nor sees it. */
static void try_the_sibling(struct story *story, const char *programme_id)
{
    const struct cast *cast = &story->cast;

    sheet_of(story, cast->office, programme_id, cast->school);
    story_refused(story, cast->bank_contact, "OpenTickSheet",
                  json_pack("{s:s, s:s}", "programmeId", programme_id, "unitId", cast->school),
                  "PERMISSION_DENIED", NULL, SIBLING_REFUSED, school);
    json_t *seen = story_list(story, cast->bank_contact, "ListTickSheets", "sheets",
                              json_pack("{s:s}", "programmeId", programme_id));
    story_check(story, json_array_size(seen) == 1 && story_count(seen, "unit_id", cast->bank) == 1,
                SIBLING_HIDDEN);
}

void story_of_programme(struct story *story)
{
    const struct cast *cast = &story->cast;
    json_t *programme = publish(story);
    const char *programme_id = story_text(story, programme, "programme_id");

    check_programme(story, programme);
    json_t *sheet = sheet_of(story, cast->bank_contact, programme_id, cast->bank);
    const char *sheet_id = story_text(story, sheet, "sheet_id");
    confirm(story, sheet, programme);
    check_sheet(story, sheet_id, programme);
    try_the_sibling(story, programme_id);
    story_expect(story, bank, cast->bank_contact, "programme_published", programme_id);
    story_expect(story, zhongce, cast->zhongce_contact, "programme_published", programme_id);
    story_expect(story, babao, cast->babao_contact, "programme_published", programme_id);
    story_expect(story, bank, cast->bank_contact, "sheet_confirmed", sheet_id);
    story_expect(story, "街道工作人员甲", cast->office, "sheet_submitted", sheet_id);
}
