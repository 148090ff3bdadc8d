/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_projects.c - what is special about projects: where they grow from, and what
 * becomes of it
 */
#include "bed_selection.h"

#include "life_cycle_walk.h"
#include "services/selection/project/project.h"

#define NOBODYS "019336a0-0000-7000-8000-0000000000ff"

static char *raised(struct bed *bed, const char *title)
{
    return bed_make(bed, "RaiseNeed",
                    bed_json(bed,
                             "{'need': {'title': '%s', 'category': 'VENUE', 'quantity': 1,"
                             " 'wantedFromOn': '2026-07-01', 'wantedToOn': '2099-12-31',"
                             " 'priority': 'HIGH'}}",
                             title));
}

/* more is "", or ", 'grewFrom': …". */
static char *starting(struct bed *bed, const char *unit, const char *more)
{
    return bed_json(bed, "{'project': {'title': '共享停车场', 'unitIds': ['%s']%s}}", unit, more);
}

static char *step(struct bed *bed, const char *project, const char *action, unsigned revision)
{
    return bed_json(bed,
                    "{'projectId': '%s', 'action': '%s', 'reason': '另有安排', 'revision': %u}",
                    project, action, revision);
}

static char *outcome(struct bed *bed, const char *project, unsigned revision, const char *text)
{
    return bed_json(bed,
                    "{'project': {'projectId': '%s', 'outcome': '%s', 'revision': %u},"
                    " 'updateMask': 'outcome'}",
                    project, text, revision);
}

/* The parking of a community and of a company. */
static void makes_one_project_of_two_needs(void **state)
{
    struct bed *bed = *state;
    const char *residents = raised(bed, "居民停车位"), *staff = raised(bed, "员工停车区域");
    const char *unit = bed_unit(bed, "中策橡胶集团"), *community = bed_community(bed, "七格社区");
    const char *project = bed_make(
        bed, "StartProject",
        bed_json(bed,
                 "{'project': {'title': '共享停车场', 'unitIds': ['%s'], 'leadUnitId': '%s',"
                 " 'communityId': '%s', 'communityIds': ['%s'], 'grewFrom':"
                 " {'needIds': ['%s', '%s'], 'resolution': '错时共享'}, 'milestones':"
                 " {'milestones': [{'title': '划线', 'dueOn': '2026-08-01'}]}}}",
                 unit, unit, community, community, residents, staff));

    bed_assert_column(bed, "need", residents, "status", "IN_PROGRESS");
    bed_assert_column(bed, "need", staff, "project_id", project);
    assert_int_equal(bed_events(bed, "NeedChanged"), 2);
    bed_refused(bed, "ClaimNeed",
                bed_json(bed, "{'claim': {'needId': '%s', 'leadUnitId': '%s'}}", staff, unit),
                STATUS_FAILED_PRECONDITION, "claim.need_id", "open");
    bed_ok(bed, "ChangeProject", step(bed, project, "BEGIN", 1));
    bed_refused(bed, "ChangeProject", step(bed, project, "COMPLETE", 2), STATUS_FAILED_PRECONDITION,
                "action", "outcome");
    bed_ok(bed, "UpdateProject", outcome(bed, project, 2, "120 个车位"));
    bed_ok(bed, "ChangeProject", step(bed, project, "COMPLETE", 3));
    bed_assert_column(bed, "need", residents, "status", "DONE");
    bed_ok(bed, "ChangeNeed",
           bed_json(bed, "{'needId': '%s', 'action': 'ACCEPT', 'revision': 3}", residents));
    bed_assert_column(bed, "need", residents, "status", "ACCEPTED");
    bed_refused(bed, "UpdateProject", outcome(bed, project, 4, "另写"), STATUS_FAILED_PRECONDITION,
                "project.status", "final");
    bed_assert_journal(bed, 2 + 1 + 2 + 1 + 1 + 1 + 2 + 1);
}

static void gives_its_needs_back_when_it_is_cancelled(void **state)
{
    struct bed *bed = *state;
    const char *open = raised(bed, "开放的"), *claimed = raised(bed, "已领的");
    const char *unit = bed_unit(bed, "银行");

    bed_make(bed, "ClaimNeed",
             bed_json(bed, "{'claim': {'needId': '%s', 'leadUnitId': '%s'}}", claimed, unit));
    const char *project =
        bed_make(bed, "StartProject",
                 starting(bed, unit,
                          bed_json(bed, ", 'grewFrom': {'needIds': ['%s', '%s']}", open, claimed)));
    bed_assert_column(bed, "need", open, "status", "IN_PROGRESS");
    bed_ok(bed, "ChangeProject", step(bed, project, "CANCEL", 1));
    bed_assert_column(bed, "need", open, "status", "OPEN");
    bed_assert_column(bed, "need", open, "project_id", "");
    bed_assert_column(bed, "need", claimed, "status", "CLAIMED"); /* it never was the project's */
}

static void refuses_parties_and_sources_that_are_not_there(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "银行");
    const char *programme =
        bed_make(bed, "CreateProgramme",
                 bed_json(bed, "{'programme': {'year': 2026, 'name': '13355', 'catalogue':"
                               " {'projects': [{'kind': 'ELECTIVE', 'title': '理发'}]},"
                               " 'tickFromOn': '2026-01-01', 'tickUntilOn': '2026-12-31'}}"));
    const struct {
        const char *unit, *more;
        enum status status;
        const char *field, *rule;
    } cases[] = {
        {NOBODYS, "", STATUS_NOT_FOUND, "project.unit_ids", "exists"},
        {NOBODYS, bed_json(bed, ", 'grewFrom': {'needIds': ['%s']}", raised(bed, "开放的")),
         STATUS_NOT_FOUND, "project.unit_ids", "exists"},
        {unit, ", 'communityId': '" NOBODYS "'", STATUS_NOT_FOUND, "project.community_id",
         "exists"},
        {unit, ", 'communityIds': ['" NOBODYS "']", STATUS_NOT_FOUND, "project.community_ids",
         "exists"},
        {unit, ", 'leadUnitId': '" NOBODYS "'", STATUS_INVALID_ARGUMENT, "project.lead_unit_id",
         "one_of"},
        {unit, ", 'grewFrom': {'needIds': ['" NOBODYS "']}", STATUS_NOT_FOUND,
         "project.grew_from.need_ids[0]", "exists"},
        {unit, ", 'grewFrom': {'claimId': '" NOBODYS "'}", STATUS_NOT_FOUND,
         "project.grew_from.claim_id", "exists"},
        {unit, bed_json(bed, ", 'grewFrom': {'programmeId': '%s'}", programme),
         STATUS_INVALID_ARGUMENT, "project.grew_from.catalogue_project_id", "required"},
        {unit,
         bed_json(bed, ", 'grewFrom': {'programmeId': '%s', 'catalogueProjectId': '" NOBODYS "'}",
                  programme),
         STATUS_NOT_FOUND, "project.grew_from.catalogue_project_id", "exists"},
        {unit, ", 'milestones': {'milestones': [{'title': 'a', 'dueOn': 'soon'}]}",
         STATUS_INVALID_ARGUMENT, "project.milestones.milestones[0].due_on", "date"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        bed_refused(bed, "StartProject", starting(bed, cases[i].unit, cases[i].more),
                    cases[i].status, cases[i].field, cases[i].rule);
    assert_int_equal(bed_events(bed, "ProjectStarted"), 0);
}

static void grows_from_a_project_of_the_catalogue(void **state)
{
    struct bed *bed = *state;
    const char *elective = "019336a0-0000-7000-8000-00000000000b";
    const char *programme =
        bed_make(bed, "CreateProgramme",
                 bed_json(bed,
                          "{'programme': {'year': 2026, 'name': '13355', 'catalogue': {'projects':"
                          " [{'projectId': '%s', 'kind': 'ELECTIVE', 'title': '理发'}]},"
                          " 'tickFromOn': '2026-01-01', 'tickUntilOn': '2026-12-31'}}",
                          elective));

    bed_ok(bed, "StartProject",
           starting(bed, bed_unit(bed, "银行"),
                    bed_json(bed, ", 'grewFrom': {'programmeId': '%s', 'catalogueProjectId': '%s'}",
                             programme, elective)));
}

static void checks_new_parties_but_not_those_that_stay(void **state)
{
    static const char update[] =
        "{'project': {'projectId': '%s', 'title': '新名', 'unitIds': ['%s',"
        " '%s'], 'revision': 1}, 'updateMask': '%s'}";
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "银行");
    const char *project = bed_make(bed, "StartProject", starting(bed, unit, ""));

    bed_sql(bed, "UPDATE selection.unit SET status = 'WITHDRAWN' WHERE unit_id = '%s'", unit);
    bed_refused(bed, "UpdateProject", bed_json(bed, update, project, unit, NOBODYS, "unitIds"),
                STATUS_NOT_FOUND, "project.unit_ids", "exists");
    bed_ok(bed, "UpdateProject", bed_json(bed, update, project, unit, NOBODYS, "title"));
}

static void is_run_by_its_own_communitys_staff(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "银行"), *own = bed_community(bed, "七格社区");
    const char *streets = bed_make(bed, "StartProject", starting(bed, unit, ""));

    bed_grant(bed, "clerk", "COMMUNITY_STAFF", own, NULL);
    bed_grant(bed, "contact", "UNIT_CONTACT", NULL, unit);
    bed_outcome_for(bed, "clerk", "StartProject", starting(bed, unit, ""), STATUS_PERMISSION_DENIED,
                    "project.community_id", "reach");
    bed_outcome_for(bed, "clerk", "StartProject",
                    starting(bed, unit, bed_json(bed, ", 'communityId': '%s'", own)), STATUS_OK, "",
                    "");
    bed_outcome_for(bed, "clerk", "ChangeProject", step(bed, streets, "BEGIN", 1), STATUS_NOT_FOUND,
                    "project_id", "exists");
    bed_outcome_for(bed, "clerk", "UpdateProject", outcome(bed, streets, 1, "a"), STATUS_NOT_FOUND,
                    "project.project_id", "exists");
    bed_outcome_for(bed, "contact", "ChangeProject", step(bed, streets, "BEGIN", 1),
                    STATUS_PERMISSION_DENIED, "method", "role");
}

static size_t count_projects(struct bed *bed, const char *json)
{
    struct call *call = bed_run(bed, bed_call(bed, "ListProjects", json));

    bed_assert_outcome(call, STATUS_OK, "", "");
    size_t count = ((Selection__ListProjectsResponse *)call->response)->n_projects;
    bed_free(call);
    return count;
}

static void lists_projects_by_party(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "一"), *other = bed_unit(bed, "二");
    const char *runs = bed_community(bed, "三"), *joins = bed_community(bed, "四");

    bed_make(bed, "StartProject",
             starting(bed, unit,
                      bed_json(bed, ", 'communityId': '%s', 'communityIds': ['%s']", runs, joins)));
    bed_make(bed, "StartProject", starting(bed, other, ""));
    assert_int_equal(count_projects(bed, bed_json(bed, "{'status': 'PLANNED'}")), 2);
    assert_int_equal(count_projects(bed, bed_json(bed, "{'unitId': '%s'}", other)), 1);
    assert_int_equal(count_projects(bed, bed_json(bed, "{'communityId': '%s'}", runs)), 1);
    assert_int_equal(count_projects(bed, bed_json(bed, "{'communityId': '%s'}", joins)), 1);
    assert_int_equal(count_projects(bed, "{}"), 2);
}

static void walks_every_cell_of_the_projects_life_cycle(void **state)
{
    static const struct changing projects = {&project_life_cycle, "project", "ChangeProject",
                                             "project_id"};
    struct bed *bed = *state;
    const char *project = bed_make(bed, "StartProject", starting(bed, bed_unit(bed, "银行"), ""));

    bed_ok(bed, "UpdateProject", outcome(bed, project, 1, "完成"));
    walk_life_cycle(bed, &projects, project);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(makes_one_project_of_two_needs),
        TEST(gives_its_needs_back_when_it_is_cancelled),
        TEST(refuses_parties_and_sources_that_are_not_there),
        TEST(grows_from_a_project_of_the_catalogue),
        TEST(checks_new_parties_but_not_those_that_stay),
        TEST(is_run_by_its_own_communitys_staff),
        TEST(lists_projects_by_party),
        TEST(walks_every_cell_of_the_projects_life_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
