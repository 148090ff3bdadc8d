/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dead_ends.c - whatever is open in selection, somebody can get on with it, before, in and
 * after each of its days
 */
#include <string.h>

#include "bed_selection.h"

static char *step(struct bed *bed, const char *id, const char *object, const char *action,
                  unsigned revision)
{
    return bed_json(bed, "{'%s': '%s', 'action': '%s', 'reason': '因故', 'revision': %u}", id,
                    object, action, revision);
}

/* ---- programmes ---- */

static char *draft(struct bed *bed)
{
    return bed_make(bed, "CreateProgramme",
                    bed_json(bed, "{'programme': {'year': 2026, 'name': '13355', 'catalogue':"
                                  " {'projects': [{'kind': 'MANDATORY', 'title': '上党课'}]},"
                                  " 'tickFromOn': '2020-01-01', 'tickUntilOn': '2099-12-31'}}"));
}

static void publish(struct bed *bed, const char *programme)
{
    bed_ok(bed, "ChangeProgramme", step(bed, "programmeId", programme, "PUBLISH", 1));
}

/* Its days of ticking, from today. */
static void set_window(struct bed *bed, const char *programme, int from, int until)
{
    bed_sql(bed,
            "UPDATE selection.programme SET tick_from_on = current_date + %d,"
            " tick_until_on = current_date + %d WHERE programme_id = '%s'",
            from, until, programme);
}

static char *day(struct bed *bed, int days)
{
    return bed_text(bed, "SELECT (current_date + %d)::text", days);
}

static char *until(struct bed *bed, const char *programme, const char *day, unsigned revision)
{
    return bed_json(bed,
                    "{'programme': {'programmeId': '%s', 'tickUntilOn': '%s', 'revision': %u},"
                    " 'updateMask': 'tickUntilOn'}",
                    programme, day, revision);
}

static char *sheet_of(struct bed *bed, const char *programme, const char *unit)
{
    return bed_make(bed, "OpenTickSheet",
                    bed_json(bed, "{'programmeId': '%s', 'unitId': '%s'}", programme, unit));
}

static void publishes_no_programme_whose_days_are_past(void **state)
{
    struct bed *bed = *state;
    char *programme = draft(bed);

    set_window(bed, programme, -9, -3);
    bed_refused(bed, "ChangeProgramme", step(bed, "programmeId", programme, "PUBLISH", 1),
                STATUS_FAILED_PRECONDITION, "action", "past");
    bed_ok(bed, "UpdateProgramme", until(bed, programme, day(bed, 3), 1));
    bed_ok(bed, "ChangeProgramme", step(bed, "programmeId", programme, "PUBLISH", 2));
}

static void puts_off_the_last_day_of_a_programme_whenever_it_is(void **state)
{
    static const int windows[][2] = {{3, 9}, {-3, 3}, {-9, -3}};
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        char *programme = draft(bed);
        publish(bed, programme);
        set_window(bed, programme, windows[i][0], windows[i][1]);
        bed_refused(bed, "UpdateProgramme", until(bed, programme, day(bed, -2), 2),
                    STATUS_FAILED_PRECONDITION, "programme.tick_until_on", "past");
        bed_ok(bed, "UpdateProgramme", until(bed, programme, day(bed, 30), 2));
        bed_ok(bed, "ChangeProgramme", step(bed, "programmeId", programme, "CLOSE", 3));
        bed_refused(bed, "UpdateProgramme", until(bed, programme, day(bed, 40), 4),
                    STATUS_FAILED_PRECONDITION, "programme.status", "final");
        bed_sql(bed,
                "UPDATE selection.programme SET name = programme_id::text, name_key = ''"
                " WHERE programme_id = '%s'",
                programme);
    }
}

/* A first day that was set too late by mistake is no reason to close the programme. */
static void begins_sooner_though_it_is_published(void **state)
{
    struct bed *bed = *state;
    char *programme = draft(bed), *unit = bed_unit(bed, "银行");

    publish(bed, programme);
    set_window(bed, programme, 300, 330);
    char *sheet = sheet_of(bed, programme, unit);
    bed_refused(bed, "ChangeTickSheet", step(bed, "sheetId", sheet, "SUBMIT", 1),
                STATUS_FAILED_PRECONDITION, "action", "window");
    bed_ok(bed, "UpdateProgramme",
           bed_json(bed,
                    "{'programme': {'programmeId': '%s', 'tickFromOn': '%s', 'revision': 2},"
                    " 'updateMask': 'tickFromOn'}",
                    programme, day(bed, -1)));
    bed_ok(bed, "ChangeTickSheet", step(bed, "sheetId", sheet, "SUBMIT", 1));
}

static void drops_a_draft_whose_name_is_free_again(void **state)
{
    struct bed *bed = *state;
    char *programme = draft(bed);

    bed_ok(bed, "ChangeProgramme", step(bed, "programmeId", programme, "DROP", 1));
    bed_refused(bed, "UpdateProgramme", until(bed, programme, day(bed, 3), 2),
                STATUS_FAILED_PRECONDITION, "programme.status", "final");
    publish(bed, draft(bed));
}

/* ---- sheets ---- */

static void takes_back_what_was_returned_after_the_last_day(void **state)
{
    struct bed *bed = *state;
    char *programme = draft(bed), *late;
    const char *unit = bed_unit(bed, "银行");

    publish(bed, programme);
    char *sheet = sheet_of(bed, programme, unit);
    late = sheet_of(bed, programme, bed_unit(bed, "学校"));
    bed_ok(bed, "ChangeTickSheet", step(bed, "sheetId", sheet, "SUBMIT", 1));
    set_window(bed, programme, -9, -3);
    bed_ok(bed, "ChangeTickSheet", step(bed, "sheetId", sheet, "RETURN", 2));
    bed_ok(bed, "ChangeTickSheet", step(bed, "sheetId", sheet, "SUBMIT", 3));
    bed_ok(bed, "ChangeTickSheet", step(bed, "sheetId", sheet, "CONFIRM", 4));
    /* a draft missed its days: the street puts them off, or drops it */
    bed_refused(bed, "ChangeTickSheet", step(bed, "sheetId", late, "SUBMIT", 1),
                STATUS_FAILED_PRECONDITION, "action", "window");
    bed_ok(bed, "UpdateProgramme", until(bed, programme, day(bed, 3), 2));
    bed_ok(bed, "ChangeTickSheet", step(bed, "sheetId", late, "SUBMIT", 1));
}

static void lets_a_unit_open_another_sheet_for_one_that_was_dropped(void **state)
{
    struct bed *bed = *state;
    char *programme = draft(bed);
    const char *unit = bed_unit(bed, "银行");

    publish(bed, programme);
    char *sheet = sheet_of(bed, programme, unit);
    bed_ok(bed, "ChangeTickSheet", step(bed, "sheetId", sheet, "DROP", 1));
    bed_assert_column(bed, "tick_sheet", sheet, "reason", "因故");
    sheet_of(bed, programme, unit);
}

/* ---- needs ---- */

static char *need(struct bed *bed)
{
    return bed_make(bed, "RaiseNeed",
                    bed_json(bed, "{'need': {'title': '停车位', 'category': 'VENUE', 'quantity': 1,"
                                  " 'priority': 'HIGH', 'wantedFromOn': '2026-07-01',"
                                  " 'wantedToOn': '2099-12-31', 'deadlineOn': '2099-01-01'}}"));
}

static void opens_a_need_again_that_a_project_did_not_meet(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "银行");
    char *asked = need(bed);
    char *project = bed_make(bed, "StartProject",
                             bed_json(bed,
                                      "{'project': {'title': '共享车位', 'unitIds': ['%s'],"
                                      " 'grewFrom': {'needIds': ['%s']},"
                                      " 'outcome': '划了六个车位'}}",
                                      unit, asked));

    bed_ok(bed, "ChangeProject", step(bed, "projectId", project, "BEGIN", 1));
    bed_ok(bed, "ChangeProject", step(bed, "projectId", project, "COMPLETE", 2));
    bed_refused(bed, "ChangeNeed",
                bed_json(bed, "{'needId': '%s', 'action': 'REOPEN', 'revision': 3}", asked),
                STATUS_INVALID_ARGUMENT, "reason", "required");
    bed_ok(bed, "ChangeNeed", step(bed, "needId", asked, "REOPEN", 3));
    bed_assert_column(bed, "need", asked, "status", "OPEN");
    bed_assert_column(bed, "need", asked, "project_id", "");
    bed_make(bed, "ClaimNeed",
             bed_json(bed, "{'claim': {'needId': '%s', 'leadUnitId': '%s'}}", asked, unit));
}

static void leaves_the_answer_to_a_claim_to_its_review(void **state)
{
    struct bed *bed = *state;
    char *asked = need(bed);
    char *claim = bed_make(bed, "ClaimNeed",
                           bed_json(bed, "{'claim': {'needId': '%s', 'leadUnitId': '%s'}}", asked,
                                    bed_unit(bed, "银行")));

    bed_ok(bed, "ReviewClaim", step(bed, "claimId", claim, "APPROVE", 1));
    bed_ok(bed, "ChangeClaim", step(bed, "claimId", claim, "FINISH", 2));
    bed_refused(bed, "ChangeNeed", step(bed, "needId", asked, "REOPEN", 4),
                STATUS_FAILED_PRECONDITION, "action", "claim");
    bed_ok(bed, "ReviewClaim", step(bed, "claimId", claim, "REVOKE", 3));
    bed_assert_column(bed, "need", asked, "status", "OPEN");
}

static void puts_off_the_days_of_a_need_that_somebody_works_on(void **state)
{
    static const char put_off[] = "{'need': {'needId': '%s', 'deadlineOn': '2099-06-01',"
                                  " 'wantedToOn': '2100-01-31', 'revision': %d},"
                                  " 'updateMask': 'deadlineOn,wantedToOn'}";
    static const char *const statuses[] = {"OPEN", "CLAIMED", "IN_PROGRESS"};
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        char *asked = need(bed);
        bed_sql(bed, "UPDATE selection.need SET status = '%s' WHERE need_id = '%s'", statuses[i],
                asked);
        bed_ok(bed, "UpdateNeed", bed_json(bed, put_off, asked, 1));
    }
    char *done = need(bed);
    bed_sql(bed, "UPDATE selection.need SET status = 'DONE' WHERE need_id = '%s'", done);
    bed_refused(bed, "UpdateNeed", bed_json(bed, put_off, done, 1), STATUS_FAILED_PRECONDITION,
                "need.status", "final");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(publishes_no_programme_whose_days_are_past),
        TEST(puts_off_the_last_day_of_a_programme_whenever_it_is),
        TEST(begins_sooner_though_it_is_published),
        TEST(drops_a_draft_whose_name_is_free_again),
        TEST(takes_back_what_was_returned_after_the_last_day),
        TEST(lets_a_unit_open_another_sheet_for_one_that_was_dropped),
        TEST(opens_a_need_again_that_a_project_did_not_meet),
        TEST(leaves_the_answer_to_a_claim_to_its_review),
        TEST(puts_off_the_days_of_a_need_that_somebody_works_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
