/* SPDX-License-Identifier: Apache-2.0 */
/* test_programmes.c - what is special about programmes and tick sheets */
#include "bed_selection.h"

#include <stdio.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "life_cycle_walk.h"
#include "services/selection/programme/programme.h"
#include "services/selection/tick_sheet/tick_sheet.h"

#define MANDATORY "019336a0-0000-7000-8000-00000000000a"
#define ELECTIVE "019336a0-0000-7000-8000-00000000000b"
#define OTHER_ELECTIVE "019336a0-0000-7000-8000-00000000000c"
#define NOBODYS "019336a0-0000-7000-8000-0000000000ff"

/* '%s' stands for what differs. */
#define CATALOGUE                                                                                  \
    "{'projects': [{'projectId': '" MANDATORY "', 'kind': 'MANDATORY', 'title': '上党课'},"     \
    " {'projectId': '" ELECTIVE "', 'kind': 'ELECTIVE', 'title': '健康小屋'},"                 \
    " {'projectId': '" OTHER_ELECTIVE "', 'kind': 'ELECTIVE', 'title': '图书捐赠'}]}"
#define PROGRAMME                                                                                  \
    "{'programme': {'year': 2026, 'name': '%s', 'catalogue': " CATALOGUE ", 'electivesMin': 2,"    \
    " 'tickFromOn': '2020-01-01', 'tickUntilOn': '2099-12-31'}}"

static char *draft(struct bed *bed, const char *name)
{
    return bed_make(bed, "CreateProgramme", bed_json(bed, PROGRAMME, name));
}

static char *published(struct bed *bed, const char *name)
{
    char *id = draft(bed, name);

    bed_ok(bed, "ChangeProgramme",
           bed_json(bed, "{'programmeId': '%s', 'action': 'PUBLISH', 'revision': 1}", id));
    return id;
}

static char *open_sheet(struct bed *bed, const char *programme, const char *unit)
{
    return bed_make(bed, "OpenTickSheet",
                    bed_json(bed, "{'programmeId': '%s', 'unitId': '%s'}", programme, unit));
}

static char *ticks(struct bed *bed, const char *sheet, unsigned revision, const char *ids)
{
    return bed_json(bed,
                    "{'sheet': {'sheetId': '%s', 'projectIds': [%s], 'revision': %u},"
                    " 'updateMask': 'projectIds'}",
                    sheet, ids, revision);
}

static char *step(struct bed *bed, const char *sheet, const char *action, unsigned revision)
{
    return bed_json(bed, "{'sheetId': '%s', 'action': '%s', 'reason': '请补选', 'revision': %u}",
                    sheet, action, revision);
}

static void gives_each_project_of_a_catalogue_an_id(void **state)
{
    struct bed *bed = *state;
    struct call *call =
        bed_run(bed, bed_call(bed, "CreateProgramme",
                              bed_json(bed, "{'programme': {'year': 2026, 'name': '13355',"
                                            " 'catalogue': {'projects': ["
                                            " {'kind': 'ELECTIVE', 'title': '理发'},"
                                            " {'kind': 'ELECTIVE', 'title': '义诊'}]},"
                                            " 'tickFromOn': '2026-01-01',"
                                            " 'tickUntilOn': '2026-01-01'}}")));
    const Selection__CreateProgrammeResponse *response = call->response;

    bed_assert_outcome(call, STATUS_OK, "", "");
    const Selection__Catalogue *catalogue = response->programme->catalogue;
    assert_int_equal(strlen(catalogue->projects[0]->project_id), ID_CHARS);
    assert_string_not_equal(catalogue->projects[0]->project_id, catalogue->projects[1]->project_id);
    bed_free(call);
    bed_assert_journal(bed, 1);
}

static void refuses_programmes_that_contradict_themselves(void **state)
{
    static const struct {
        const char *json;
        const char *field, *rule;
    } cases[] = {
        {"{'programme': {'year': 2026, 'name': 'a', 'catalogue': " CATALOGUE ", 'electivesMin': 3,"
         " 'tickFromOn': '2026-01-01', 'tickUntilOn': '2026-02-01'}}",
         "programme.electives_min", "electives"},
        {"{'programme': {'year': 2026, 'name': 'a', 'catalogue': " CATALOGUE ","
         " 'tickFromOn': '2026-02-02', 'tickUntilOn': '2026-02-01'}}",
         "programme.tick_until_on", "order"},
        {"{'programme': {'year': 2026, 'name': 'a', 'catalogue': " CATALOGUE ","
         " 'tickFromOn': '2026-02-30', 'tickUntilOn': '2026-03-01'}}",
         "programme.tick_from_on", "date"},
        {"{'programme': {'year': 2026, 'name': 'a', 'catalogue': {'projects': ["
         " {'projectId': '" MANDATORY "', 'kind': 'ELECTIVE', 'title': 'a'},"
         " {'projectId': '" MANDATORY "', 'kind': 'ELECTIVE', 'title': 'b'}]},"
         " 'tickFromOn': '2026-01-01', 'tickUntilOn': '2026-02-01'}}",
         "programme.catalogue.projects[1].project_id", "duplicate"},
        {"{'programme': {'year': 2026, 'name': 'a', 'catalogue': {'projects': ["
         " {'kind': 'ELECTIVE', 'title': 'a'}, {'kind': 'ELECTIVE', 'title': ''}]},"
         " 'tickFromOn': '2026-01-01', 'tickUntilOn': '2026-02-01'}}",
         "programme.catalogue.projects[1].title", "length"},
    };
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        bed_refused(bed, "CreateProgramme", bed_json(bed, "%s", cases[i].json),
                    STATUS_INVALID_ARGUMENT, cases[i].field, cases[i].rule);
    draft(bed, "13355");
    bed_refused(bed, "CreateProgramme", bed_json(bed, PROGRAMME, "13355"), STATUS_ALREADY_EXISTS,
                "programme.name", "unique_in_year");
    bed_refused(bed, "CreateProgramme", bed_json(bed, PROGRAMME, "１３３５５"),
                STATUS_ALREADY_EXISTS, "programme.name", "unique_in_year");
    bed_assert_journal(bed, 1);
}

static void changes_little_of_a_programme_that_is_published(void **state)
{
    struct bed *bed = *state;
    const char *id = draft(bed, "13355");
    static const char update[] =
        "{'programme': {'programmeId': '%s', 'electivesMin': %d, 'revision': %d},"
        " 'updateMask': 'electivesMin'}";

    bed_ok(bed, "UpdateProgramme", bed_json(bed, update, id, 1, 1));
    bed_refused(bed, "UpdateProgramme", bed_json(bed, update, id, 3, 2), STATUS_INVALID_ARGUMENT,
                "programme.electives_min", "electives");
    bed_ok(bed, "ChangeProgramme",
           bed_json(bed, "{'programmeId': '%s', 'action': 'PUBLISH', 'revision': 2}", id));
    bed_refused(bed, "UpdateProgramme", bed_json(bed, update, id, 2, 3), STATUS_FAILED_PRECONDITION,
                "programme.electives_min", "published");
    bed_assert_column(bed, "programme", id, "electives_min", "1");
}

static void opens_one_sheet_a_unit_and_programme(void **state)
{
    struct bed *bed = *state;
    const char *programme = published(bed, "13355"), *other = draft(bed, "其他");
    const char *unit = bed_unit(bed, "杭州联合银行"), *suspended = bed_unit(bed, "停");
    const char *sheet = open_sheet(bed, programme, unit);
    const struct {
        const char *programme, *unit;
        enum status status;
        const char *field, *rule;
    } cases[] = {
        {programme, unit, STATUS_ALREADY_EXISTS, "unit_id", "unique_in_programme"},
        {programme, NOBODYS, STATUS_NOT_FOUND, "unit_id", "exists"},
        {programme, suspended, STATUS_FAILED_PRECONDITION, "unit_id", "unit_status"},
        {other, unit, STATUS_FAILED_PRECONDITION, "programme_id", "published"},
        {NOBODYS, unit, STATUS_NOT_FOUND, "programme_id", "exists"},
    };

    bed_assert_column(bed, "tick_sheet", sheet, "project_ids", "{" MANDATORY "}");
    bed_sql(bed, "UPDATE selection.unit SET status = 'SUSPENDED' WHERE unit_id = '%s'", suspended);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        bed_refused(bed, "OpenTickSheet",
                    bed_json(bed, "{'programmeId': '%s', 'unitId': '%s'}", cases[i].programme,
                             cases[i].unit),
                    cases[i].status, cases[i].field, cases[i].rule);
    assert_int_equal(bed_events(bed, "TickSheetOpened"), 1);
}

static void always_ticks_the_mandatory_projects(void **state)
{
    struct bed *bed = *state;
    const char *sheet = open_sheet(bed, published(bed, "13355"), bed_unit(bed, "银行"));

    bed_ok(bed, "UpdateTickSheet", ticks(bed, sheet, 1, "'" MANDATORY "'"));
    bed_assert_column(bed, "tick_sheet", sheet, "revision", "1"); /* nothing is new */
    bed_ok(bed, "UpdateTickSheet",
           ticks(bed, sheet, 1, "'" OTHER_ELECTIVE "', '019336A0-0000-7000-8000-00000000000B'"));
    bed_assert_column(bed, "tick_sheet", sheet, "project_ids",
                      "{" MANDATORY "," ELECTIVE "," OTHER_ELECTIVE "}");
    bed_ok(bed, "UpdateTickSheet", ticks(bed, sheet, 2, ""));
    bed_assert_column(bed, "tick_sheet", sheet, "project_ids", "{" MANDATORY "}");
    bed_refused(bed, "UpdateTickSheet", ticks(bed, sheet, 3, "'" ELECTIVE "', '" NOBODYS "'"),
                STATUS_INVALID_ARGUMENT, "sheet.project_ids[1]", "exists");
    bed_refused(bed, "UpdateTickSheet", ticks(bed, sheet, 3, "'" ELECTIVE "', '" ELECTIVE "'"),
                STATUS_INVALID_ARGUMENT, "sheet.project_ids[1]", "duplicate");
    bed_refused(bed, "UpdateTickSheet", ticks(bed, NOBODYS, 1, ""), STATUS_NOT_FOUND,
                "sheet.sheet_id", "exists");
}

static void changes_no_sheet_of_a_unit_that_takes_no_part(void **state)
{
    static const char *const away[] = {"SUSPENDED", "WITHDRAWN"};
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "银行");
    const char *sheet = open_sheet(bed, published(bed, "13355"), unit);
    const char *ticked = ticks(bed, sheet, 1, "'" ELECTIVE "'");

    for (size_t i = 0; i < sizeof away / sizeof *away; i++) {
        bed_sql(bed, "UPDATE selection.unit SET status = '%s' WHERE unit_id = '%s'", away[i], unit);
        bed_refused(bed, "UpdateTickSheet", ticked, STATUS_FAILED_PRECONDITION, "sheet.unit_id",
                    "unit_status");
    }
    bed_sql(bed, "UPDATE selection.unit SET status = 'SIGNED' WHERE unit_id = '%s'", unit);
    bed_ok(bed, "UpdateTickSheet", ticked);
}

static void refuses_a_sheet_with_too_few_electives(void **state)
{
    struct bed *bed = *state;
    const char *sheet = open_sheet(bed, published(bed, "13355"), bed_unit(bed, "银行"));

    bed_ok(bed, "UpdateTickSheet", ticks(bed, sheet, 1, "'" ELECTIVE "'"));
    struct call *call =
        bed_run(bed, bed_call(bed, "ChangeTickSheet", step(bed, sheet, "SUBMIT", 2)));
    bed_assert_outcome(call, STATUS_FAILED_PRECONDITION, "project_ids", "electives_min");
    bed_assert_param(call, "min", "2");
    bed_assert_param(call, "ticked", "1");
    bed_free(call);
    bed_assert_column(bed, "tick_sheet", sheet, "status", "DRAFT");

    bed_ok(bed, "UpdateTickSheet", ticks(bed, sheet, 2, "'" ELECTIVE "', '" OTHER_ELECTIVE "'"));
    bed_ok(bed, "ChangeTickSheet", step(bed, sheet, "SUBMIT", 3));
}

/* Kiritimati is 26 hours ahead of the date line's other side: it is never the same day in both. */
static void refuses_a_tick_outside_the_window(void **state)
{
    struct bed *bed = *state;
    const char *programme = published(bed, "13355");
    const char *sheet = open_sheet(bed, programme, bed_unit(bed, "银行"));

    bed_ok(bed, "UpdateTickSheet", ticks(bed, sheet, 1, "'" ELECTIVE "', '" OTHER_ELECTIVE "'"));
    bed_sql(bed,
            "UPDATE selection.programme SET tick_from_on = today, tick_until_on = today"
            " FROM (SELECT (now() AT TIME ZONE 'Pacific/Kiritimati')::date) AS day (today)"
            " WHERE programme_id = '%s'",
            programme);
    bed_sql(bed, "UPDATE selection.stream SET time_zone = 'Etc/GMT+12' WHERE street = '%s'",
            bed->street);
    struct call *call =
        bed_run(bed, bed_call(bed, "ChangeTickSheet", step(bed, sheet, "SUBMIT", 2)));
    bed_assert_outcome(call, STATUS_FAILED_PRECONDITION, "action", "window");
    const char *day = bed_text(
        bed, "SELECT tick_from_on FROM selection.programme WHERE programme_id = '%s'", programme);
    bed_assert_param(call, "from", day);
    bed_assert_param(call, "until", day);
    bed_free(call);
    bed_sql(bed, "UPDATE selection.stream SET time_zone = 'Pacific/Kiritimati' WHERE street = '%s'",
            bed->street);
    bed_ok(bed, "ChangeTickSheet", step(bed, sheet, "SUBMIT", 2));
}

static void returns_a_sheet_with_a_reason_and_lets_it_be_mended(void **state)
{
    struct bed *bed = *state;
    const char *programme = published(bed, "13355");
    const char *sheet = open_sheet(bed, programme, bed_unit(bed, "银行"));
    const char *both = "'" ELECTIVE "', '" OTHER_ELECTIVE "'";

    bed_ok(bed, "UpdateTickSheet", ticks(bed, sheet, 1, both));
    bed_ok(bed, "ChangeTickSheet", step(bed, sheet, "SUBMIT", 2));
    bed_refused(bed, "UpdateTickSheet", ticks(bed, sheet, 3, ""), STATUS_FAILED_PRECONDITION,
                "sheet.status", "final");
    bed_ok(bed, "ChangeTickSheet", step(bed, sheet, "RETURN", 3));
    bed_assert_column(bed, "tick_sheet", sheet, "reason", "请补选");
    bed_ok(bed, "UpdateTickSheet", ticks(bed, sheet, 4, ""));
    bed_ok(bed, "UpdateTickSheet", ticks(bed, sheet, 5, both));
    bed_ok(bed, "ChangeTickSheet", step(bed, sheet, "SUBMIT", 6));
    bed_ok(bed, "ChangeTickSheet", step(bed, sheet, "CONFIRM", 7));
    bed_assert_column(bed, "tick_sheet", sheet, "reason", "请补选");
    bed_refused(bed, "UpdateTickSheet", ticks(bed, sheet, 8, ""), STATUS_FAILED_PRECONDITION,
                "sheet.status", "final");
    bed_ok(bed, "ChangeProgramme",
           bed_json(bed, "{'programmeId': '%s', 'action': 'CLOSE', 'revision': 2}", programme));
}

static void answers_what_was_submitted_before_a_programme_was_closed(void **state)
{
    struct bed *bed = *state;
    const char *programme = published(bed, "13355");
    const char *sheet = open_sheet(bed, programme, bed_unit(bed, "银行"));
    const char *draft = open_sheet(bed, programme, bed_unit(bed, "学校"));

    bed_ok(bed, "UpdateTickSheet", ticks(bed, sheet, 1, "'" ELECTIVE "', '" OTHER_ELECTIVE "'"));
    bed_ok(bed, "ChangeTickSheet", step(bed, sheet, "SUBMIT", 2));
    bed_ok(bed, "ChangeProgramme",
           bed_json(bed, "{'programmeId': '%s', 'action': 'CLOSE', 'revision': 2}", programme));
    bed_assert_column(bed, "tick_sheet", draft, "status", "DROPPED");
    bed_refused(
        bed, "OpenTickSheet",
        bed_json(bed, "{'programmeId': '%s', 'unitId': '%s'}", programme, bed_unit(bed, "医院")),
        STATUS_FAILED_PRECONDITION, "programme_id", "published");
    /* nobody could submit it again */
    bed_refused(bed, "ChangeTickSheet", step(bed, sheet, "RETURN", 3), STATUS_FAILED_PRECONDITION,
                "action", "published");
    bed_ok(bed, "ChangeTickSheet", step(bed, sheet, "CONFIRM", 3));
}

static size_t count_sheets(struct bed *bed, const char *actor)
{
    struct call *call = bed_run(bed, bed_call_for(bed, actor, "ListTickSheets", "{}"));

    bed_assert_outcome(call, STATUS_OK, "", "");
    size_t count = ((Selection__ListTickSheetsResponse *)call->response)->n_sheets;
    bed_free(call);
    return count;
}

static void lets_a_units_contact_tick_for_that_unit_only(void **state)
{
    struct bed *bed = *state;
    const char *programme = published(bed, "13355");
    const char *own = bed_unit(bed, "自己"), *foreign = bed_unit(bed, "别家");
    const char *foreign_sheet = open_sheet(bed, programme, foreign);
    static const char open[] = "{'programmeId': '%s', 'unitId': '%s'}";
    static const char get[] = "{'sheetId': '%s'}";

    bed_grant(bed, "contact", "UNIT_CONTACT", NULL, own);
    bed_grant(bed, "clerk", "STREET_STAFF", NULL, NULL);
    bed_outcome_for(bed, "contact", "OpenTickSheet", bed_json(bed, open, programme, foreign),
                    STATUS_PERMISSION_DENIED, "unit_id", "reach");
    const char *sheet = open_sheet(bed, programme, own);
    bed_outcome_for(bed, "contact", "UpdateTickSheet",
                    ticks(bed, sheet, 1, "'" ELECTIVE "', '" OTHER_ELECTIVE "'"), STATUS_OK, "",
                    "");
    bed_outcome_for(bed, "contact", "ChangeTickSheet", step(bed, sheet, "SUBMIT", 2), STATUS_OK, "",
                    "");
    bed_outcome_for(bed, "contact", "ChangeTickSheet", step(bed, sheet, "CONFIRM", 3),
                    STATUS_PERMISSION_DENIED, "action", "role");
    bed_outcome_for(bed, "contact", "UpdateTickSheet", ticks(bed, foreign_sheet, 1, ""),
                    STATUS_NOT_FOUND, "sheet.sheet_id", "exists");
    bed_outcome_for(bed, "contact", "ChangeTickSheet", step(bed, foreign_sheet, "SUBMIT", 1),
                    STATUS_NOT_FOUND, "sheet_id", "exists");
    bed_outcome_for(bed, "contact", "GetTickSheet", bed_json(bed, get, sheet), STATUS_OK, "", "");
    bed_outcome_for(bed, "contact", "GetTickSheet", bed_json(bed, get, foreign_sheet),
                    STATUS_NOT_FOUND, "sheet_id", "exists");
    bed_outcome_for(bed, "clerk", "ChangeTickSheet", step(bed, sheet, "CONFIRM", 3), STATUS_OK, "",
                    "");
    assert_int_equal(count_sheets(bed, "contact"), 1);
    assert_int_equal(count_sheets(bed, "clerk"), 2);
}

static void walks_every_cell_of_the_programmes_life_cycle(void **state)
{
    static const struct changing programmes = {&programme_life_cycle, "programme",
                                               "ChangeProgramme", "programme_id"};

    walk_life_cycle(*state, &programmes, draft(*state, "13355"));
}

static void walks_every_cell_of_the_tick_sheets_life_cycle(void **state)
{
    static const struct changing sheets = {&tick_sheet_life_cycle, "tick_sheet", "ChangeTickSheet",
                                           "sheet_id"};
    struct bed *bed = *state;
    const char *sheet = open_sheet(bed, published(bed, "13355"), bed_unit(bed, "银行"));

    bed_ok(bed, "UpdateTickSheet", ticks(bed, sheet, 1, "'" ELECTIVE "', '" OTHER_ELECTIVE "'"));
    walk_life_cycle(bed, &sheets, sheet);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(gives_each_project_of_a_catalogue_an_id),
        TEST(refuses_programmes_that_contradict_themselves),
        TEST(changes_little_of_a_programme_that_is_published),
        TEST(opens_one_sheet_a_unit_and_programme),
        TEST(always_ticks_the_mandatory_projects),
        TEST(changes_no_sheet_of_a_unit_that_takes_no_part),
        TEST(refuses_a_sheet_with_too_few_electives),
        TEST(refuses_a_tick_outside_the_window),
        TEST(returns_a_sheet_with_a_reason_and_lets_it_be_mended),
        TEST(answers_what_was_submitted_before_a_programme_was_closed),
        TEST(lets_a_units_contact_tick_for_that_unit_only),
        TEST(walks_every_cell_of_the_programmes_life_cycle),
        TEST(walks_every_cell_of_the_tick_sheets_life_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
