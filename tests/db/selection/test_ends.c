/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ends.c - what becomes of selection's objects where a unit or community ends, or pauses
 *
 * Each scene has an object for every row of the end's table, see ends_walk.h.
 */
#include <string.h>

#include "bed_selection.h"
#include "ends_walk.h"
#include "registry_community.pb-c.h"
#include "registry_events.pb-c.h"
#include "registry_unit.pb-c.h"

#define DAYS "'wantedFromOn': '2026-07-01', 'wantedToOn': '2099-12-31'"

/* ---- what others tell ---- */

static Google__Protobuf__Timestamp now = {
    PROTOBUF_C_MESSAGE_INIT(&google__protobuf__timestamp__descriptor), 1782700000, 0};

static void unit_becomes(struct bed *bed, const char *id, Registry__UnitStatus status)
{
    Registry__Unit unit = REGISTRY__UNIT__INIT;
    Registry__UnitChanged event = REGISTRY__UNIT_CHANGED__INIT;
    const ProtobufCMessage *const events[] = {&event.base, NULL};

    unit.unit_id = (char *)id;
    unit.name = (char *)"银行";
    unit.kind = REGISTRY__UNIT_KIND__UNIT_KIND_BANK;
    unit.status = status;
    unit.create_time = unit.update_time = &now;
    unit.revision = 7;
    event.unit = &unit;
    event.reason = (char *)"迁往别处";
    assert_int_equal(bed_follow(bed, "registry", events), STATUS_OK);
}

static void community_is_dissolved(struct bed *bed, const char *id)
{
    Registry__Community community = REGISTRY__COMMUNITY__INIT;
    Registry__CommunityChanged event = REGISTRY__COMMUNITY_CHANGED__INIT;
    const ProtobufCMessage *const events[] = {&event.base, NULL};

    community.community_id = (char *)id;
    community.name = (char *)"七格社区";
    community.status = REGISTRY__COMMUNITY_STATUS__COMMUNITY_STATUS_DISSOLVED;
    community.create_time = community.update_time = &now;
    community.revision = 7;
    event.community = &community;
    event.reason = (char *)"撤并";
    assert_int_equal(bed_follow(bed, "registry", events), STATUS_OK);
}

/* ---- what there is ---- */

static char *sheet_of(struct bed *bed, const char *unit)
{
    char *programme = bed_make(
        bed, "CreateProgramme",
        bed_json(bed, "{'programme': {'year': 2026, 'name': '13355', 'catalogue': {'projects':"
                      " [{'kind': 'MANDATORY', 'title': '上党课'}]},"
                      " 'tickFromOn': '2020-01-01', 'tickUntilOn': '2099-12-31'}}"));

    bed_ok(bed, "ChangeProgramme",
           bed_json(bed, "{'programmeId': '%s', 'action': 'PUBLISH', 'revision': 1}", programme));
    return bed_make(bed, "OpenTickSheet",
                    bed_json(bed, "{'programmeId': '%s', 'unitId': '%s'}", programme, unit));
}

static char *resource_of(struct bed *bed, const char *owner, const char *name)
{
    return bed_make(bed, "OfferResource",
                    bed_json(bed,
                             "{'resource': {%s, 'name': '%s', 'category': 'VENUE',"
                             " 'conditions': {'everyone': true}}}",
                             owner, name));
}

static char *need_of(struct bed *bed, const char *owner)
{
    return bed_make(bed, "RaiseNeed",
                    bed_json(bed,
                             "{'need': {%s 'title': '停车位', 'category': 'VENUE', 'quantity': 1,"
                             " 'priority': 'HIGH', " DAYS "}}",
                             owner));
}

static char *claim(struct bed *bed, const char *need, const char *lead, const char *more)
{
    return bed_make(
        bed, "ClaimNeed",
        bed_json(bed, "{'claim': {'needId': '%s', 'leadUnitId': '%s'%s}}", need, lead, more));
}

static char *project(struct bed *bed, const char *fields)
{
    return bed_make(bed, "StartProject",
                    bed_json(bed, "{'project': {'title': '共享车位', %s}}", fields));
}

static char *step(struct bed *bed, const char *id, const char *object, const char *action,
                  unsigned revision)
{
    return bed_json(bed, "{'%s': '%s', 'action': '%s', 'reason': '因故', 'revision': %u}", id,
                    object, action, revision);
}

static void approve(struct bed *bed, const char *object)
{
    bed_ok(bed, "ReviewClaim", step(bed, "claimId", object, "APPROVE", 1));
}

/* ---- a unit withdraws ---- */

static void ends_what_a_unit_had_open_and_returns_what_others_held(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "银行"), *other = bed_unit(bed, "学校");
    const char *own = bed_json(bed, "'unitId': '%s',", unit);
    char *sheet = sheet_of(bed, unit);
    char *resource = resource_of(bed, bed_json(bed, "'unitId': '%s'", unit), "篮球场");
    char *open = need_of(bed, own), *claimed = need_of(bed, own), *begun = need_of(bed, own);
    char *asked = need_of(bed, ""), *joined = need_of(bed, "");
    char *refused = claim(bed, claimed, other, "");
    char *revoked = claim(bed, begun, other, "");
    char *left = claim(bed, asked, unit, bed_json(bed, ", 'resourceId': '%s'", resource));
    char *partner = claim(bed, joined, other, bed_json(bed, ", 'partnerUnitIds': ['%s']", unit));
    char *shared = project(
        bed, bed_json(bed, "'unitIds': ['%s', '%s'], 'leadUnitId': '%s'", unit, other, unit));
    char *alone = project(bed, bed_json(bed, "'unitIds': ['%s']", unit));

    approve(bed, revoked);
    ends_assert_open(bed, "unit_withdrawn", unit);
    unit_becomes(bed, unit, REGISTRY__UNIT_STATUS__UNIT_STATUS_WITHDRAWN);
    ends_assert_closed(bed, "unit_withdrawn", unit);

    const struct {
        const char *table, *id, *column, *text;
    } cases[] = {
        {"tick_sheet", sheet, "status", "DROPPED"},
        {"tick_sheet", sheet, "reason", "迁往别处"},
        {"resource", resource, "status", "WITHDRAWN"},
        {"need", open, "status", "CALLED_OFF"},
        {"need", claimed, "status", "CALLED_OFF"},
        {"claim", refused, "status", "REFUSED"},
        {"claim", refused, "reason", "迁往别处"},
        {"need", begun, "status", "CALLED_OFF"},
        {"claim", revoked, "status", "REVOKED"},
        {"claim", left, "status", "LEFT"},
        {"need", asked, "status", "OPEN"},
        {"need", asked, "claim_id", ""},
        {"claim", partner, "status", "SUBMITTED"},
        {"claim", partner, "partner_unit_ids", "{}"},
        {"claim", partner, "resource_id", ""},
        {"project", shared, "unit_ids", bed_json(bed, "{%s}", other)},
        {"project", shared, "lead_unit_id", ""},
        {"project", shared, "status", "PLANNED"},
        {"project", alone, "status", "CANCELLED"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        bed_assert_column(bed, cases[i].table, cases[i].id, cases[i].column, cases[i].text);
    assert_int_equal(bed_events(bed, "ClaimUpdated"), 2); /* a partner, and a resource */
    /* what was asked of others is open to others */
    claim(bed, asked, other, "");
}

static void leaves_what_is_final_as_it_is(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "银行"), *other = bed_unit(bed, "学校");
    char *done = need_of(bed, bed_json(bed, "'unitId': '%s',", unit));
    char *finished = claim(bed, done, other, "");

    approve(bed, finished);
    bed_ok(bed, "ChangeClaim", step(bed, "claimId", finished, "FINISH", 2));
    unit_becomes(bed, unit, REGISTRY__UNIT_STATUS__UNIT_STATUS_WITHDRAWN);
    bed_assert_column(bed, "need", done, "status", "DONE");
    /* whose work is done is not left hanging: the street accepts it */
    bed_ok(bed, "ReviewClaim", step(bed, "claimId", finished, "ACCEPT", 3));
}

/* What was done for them and does not do is nobody's any more. */
static void opens_no_need_again_of_who_ended(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "银行"), *other = bed_unit(bed, "学校");
    const char *community = bed_community(bed, "七格社区");
    const char *own = bed_json(bed, "'communityId': '%s'", community);
    char *done = need_of(bed, bed_json(bed, "'unitId': '%s',", unit));
    char *grown = need_of(bed, bed_json(bed, "%s,", own)), *finished = claim(bed, done, other, "");
    char *run = project(bed, bed_json(bed,
                                      "%s, 'unitIds': ['%s'], 'outcome': '通车', 'grewFrom':"
                                      " {'needIds': ['%s']}",
                                      own, other, grown));

    approve(bed, finished);
    bed_ok(bed, "ChangeClaim", step(bed, "claimId", finished, "FINISH", 2));
    bed_ok(bed, "ChangeProject", step(bed, "projectId", run, "BEGIN", 1));
    bed_ok(bed, "ChangeProject", step(bed, "projectId", run, "COMPLETE", 2));
    unit_becomes(bed, unit, REGISTRY__UNIT_STATUS__UNIT_STATUS_WITHDRAWN);
    community_is_dissolved(bed, community);
    bed_assert_column(bed, "need", done, "status", "DONE");
    bed_assert_column(bed, "need", grown, "status", "DONE");
    bed_ok(bed, "ReviewClaim", step(bed, "claimId", finished, "REVOKE", 3));
    bed_ok(bed, "ChangeNeed", step(bed, "needId", grown, "REOPEN", 3));
    bed_assert_column(bed, "claim", finished, "status", "REVOKED");
    bed_assert_column(bed, "need", done, "status", "CALLED_OFF");
    bed_assert_column(bed, "need", grown, "status", "CALLED_OFF");
    ends_assert_closed(bed, "unit_withdrawn", unit);
    ends_assert_closed(bed, "community_dissolved", community);
}

static void ends_many_things_in_pieces(void **state)
{
    enum { NEEDS = 650 };
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "银行");
    char *need = need_of(bed, bed_json(bed, "'unitId': '%s',", unit));

    bed_sql(bed,
            "INSERT INTO selection.need SELECT street, gen_random_uuid(), community_id, unit_id,"
            " title, description, category, quantity, wanted_from_on, wanted_to_on, priority,"
            " deadline_on, status, claim_id, project_id, create_time, update_time, revision"
            " FROM selection.need, generate_series(2, %d) WHERE need_id = '%s'",
            NEEDS, need);
    unit_becomes(bed, unit, REGISTRY__UNIT_STATUS__UNIT_STATUS_WITHDRAWN);
    assert_int_equal(bed_events(bed, "NeedChanged"), 100);
    while (bed_number(bed, "SELECT count(*) FROM selection.timer WHERE street = '%s'",
                      bed->street) > 0)
        bed_fire_timers(bed);
    assert_int_equal(bed_events(bed, "NeedChanged"), NEEDS);
}

/* ---- a community is dissolved ---- */

static void ends_what_a_community_had_open(void **state)
{
    struct bed *bed = *state;
    const char *community = bed_community(bed, "七格社区"), *unit = bed_unit(bed, "银行");
    const char *own = bed_json(bed, "'communityId': '%s'", community);
    char *resource = resource_of(bed, own, "篮球场");
    char *need = need_of(bed, bed_json(bed, "%s,", own));
    char *grown = need_of(bed, bed_json(bed, "%s,", own)), *street = need_of(bed, "");
    char *run = project(bed, bed_json(bed,
                                      "%s, 'unitIds': ['%s'], 'grewFrom': {'needIds':"
                                      " ['%s', '%s']}",
                                      own, unit, grown, street));
    char *joined =
        project(bed, bed_json(bed, "'communityIds': ['%s'], 'unitIds': ['%s']", community, unit));

    ends_assert_open(bed, "community_dissolved", community);
    community_is_dissolved(bed, community);
    ends_assert_closed(bed, "community_dissolved", community);
    bed_assert_column(bed, "resource", resource, "status", "WITHDRAWN");
    bed_assert_column(bed, "need", need, "status", "CALLED_OFF");
    bed_assert_column(bed, "need", grown, "status", "CALLED_OFF");
    bed_assert_column(bed, "need", street, "status", "OPEN");
    bed_assert_column(bed, "project", run, "status", "CANCELLED");
    bed_assert_column(bed, "project", joined, "community_ids", "{}");
    bed_assert_column(bed, "project", joined, "status", "PLANNED");
}

/* Before the reaction has come to an object, its own steps see it. */
static void lets_nobody_go_on_for_a_community_that_is_dissolved(void **state)
{
    struct bed *bed = *state;
    const char *community = bed_community(bed, "七格社区"), *unit = bed_unit(bed, "银行");
    const char *own = bed_json(bed, "'communityId': '%s'", community);
    char *open = need_of(bed, bed_json(bed, "%s,", own));
    char *asked = claim(bed, need_of(bed, bed_json(bed, "%s,", own)), unit, "");
    char *offered = resource_of(bed, own, "篮球场"), *paused = resource_of(bed, own, "食堂");
    char *run = project(bed, bed_json(bed, "%s, 'unitIds': ['%s']", own, unit));

    bed_ok(bed, "ChangeResource", step(bed, "resourceId", paused, "PAUSE", 1));
    bed_sql(bed, "UPDATE selection.community SET status = 'DISSOLVED' WHERE community_id = '%s'",
            community);
    const struct {
        const char *method, *json, *field, *rule;
    } refused[] = {
        {"ClaimNeed", bed_json(bed, "{'claim': {'needId': '%s', 'leadUnitId': '%s'}}", open, unit),
         "claim.need_id", "asker_status"},
        {"ReviewClaim", step(bed, "claimId", asked, "APPROVE", 1), "claim_id", "asker_status"},
        {"ChangeResource", step(bed, "resourceId", paused, "RESUME", 2), "action", "owner_status"},
        {"UpdateResource",
         bed_json(bed,
                  "{'resource': {'resourceId': '%s', 'name': '球场', 'revision': 1},"
                  " 'updateMask': 'name'}",
                  offered),
         "resource.status", "owner_status"},
        {"ChangeProject", step(bed, "projectId", run, "BEGIN", 1), "action", "party_status"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        bed_refused(bed, refused[i].method, refused[i].json, STATUS_FAILED_PRECONDITION,
                    refused[i].field, refused[i].rule);
    bed_ok(bed, "ReviewClaim", step(bed, "claimId", asked, "REFUSE", 1));
    bed_ok(bed, "ChangeResource", step(bed, "resourceId", offered, "WITHDRAW", 1));
}

/* ---- a unit pauses: every step that goes on is refused, every one that gets out is not ---- */

static void refuses_the_steps_of_a_unit_that_is_suspended(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "银行"), *other = bed_unit(bed, "学校");
    const char *own = bed_json(bed, "'unitId': '%s',", unit);
    char *sheet = sheet_of(bed, unit);
    char *resource = resource_of(bed, bed_json(bed, "'unitId': '%s'", unit), "篮球场");
    char *open = need_of(bed, own), *claimed = need_of(bed, own);
    char *led = claim(bed, need_of(bed, ""), unit, ""),
         *begun = claim(bed, need_of(bed, ""), unit, "");
    char *asked = claim(bed, claimed, other, "");
    char *joined =
        claim(bed, need_of(bed, ""), other, bed_json(bed, ", 'partnerUnitIds': ['%s']", unit));
    char *planned = project(bed, bed_json(bed, "'unitIds': ['%s', '%s']", unit, other));
    static const char claiming[] = "{'claim': {'needId': '%s', 'leadUnitId': '%s'}}";
    static const char named[] = "{'resource': {'resourceId': '%s', 'name': '球场', 'revision': 1},"
                                " 'updateMask': 'name'}";
    static const char titled[] = "{'need': {'needId': '%s', 'title': '车位', 'revision': 1},"
                                 " 'updateMask': 'title'}";

    approve(bed, begun);
    unit_becomes(bed, unit, REGISTRY__UNIT_STATUS__UNIT_STATUS_SUSPENDED);
    const struct {
        const char *method, *json, *field, *rule;
    } refused[] = {
        {"ChangeTickSheet", step(bed, "sheetId", sheet, "SUBMIT", 1), "action", "unit_status"},
        {"UpdateResource", bed_json(bed, named, resource), "resource.status", "owner_status"},
        {"UpdateNeed", bed_json(bed, titled, open), "need.unit_id", "unit_status"},
        {"ClaimNeed", bed_json(bed, claiming, open, other), "claim.need_id", "asker_status"},
        {"ReviewClaim", step(bed, "claimId", led, "APPROVE", 1), "claim_id", "unit_status"},
        {"ReviewClaim", step(bed, "claimId", joined, "APPROVE", 1), "claim_id", "unit_status"},
        {"ReviewClaim", step(bed, "claimId", asked, "APPROVE", 1), "claim_id", "asker_status"},
        {"ChangeClaim", step(bed, "claimId", begun, "FINISH", 2), "claim_id", "unit_status"},
        {"ChangeProject", step(bed, "projectId", planned, "BEGIN", 1), "action", "party_status"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        bed_refused(bed, refused[i].method, refused[i].json, STATUS_FAILED_PRECONDITION,
                    refused[i].field, refused[i].rule);
    const struct {
        const char *method, *json;
    } done[] = {
        {"ChangeResource", step(bed, "resourceId", resource, "PAUSE", 1)},
        {"ChangeNeed", step(bed, "needId", open, "CALL_OFF", 1)},
        {"ReviewClaim", step(bed, "claimId", asked, "REFUSE", 1)},
        {"ReviewClaim", step(bed, "claimId", joined, "REFUSE", 1)},
        {"ChangeClaim", step(bed, "claimId", led, "LEAVE", 1)},
        {"ChangeClaim", step(bed, "claimId", begun, "LEAVE", 2)},
        {"ChangeTickSheet", step(bed, "sheetId", sheet, "DROP", 1)},
        {"ChangeProject", step(bed, "projectId", planned, "CANCEL", 1)},
    };
    for (size_t i = 0; i < sizeof done / sizeof *done; i++)
        bed_ok(bed, done[i].method, done[i].json);
    bed_refused(bed, "ChangeResource", step(bed, "resourceId", resource, "RESUME", 2),
                STATUS_FAILED_PRECONDITION, "action", "owner_status");
    bed_ok(bed, "ChangeResource", step(bed, "resourceId", resource, "WITHDRAW", 2));
}

/* Whom a resource is for says nothing of when it is open. */
static void changes_a_resource_while_a_user_is_suspended(void **state)
{
    static const char update[] = "{'resource': {'resourceId': '%s', 'revision': %d, 'opening':"
                                 " {'windows': [{'rrule': 'FREQ=DAILY', 'from': '08:00', 'until':"
                                 " '20:00'}]}, 'conditions': {'unitIds': ['%s'],"
                                 " 'noticeMinutes': 60}}, 'updateMask': '%s'}";
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "银行");
    char *resource = bed_make(bed, "OfferResource",
                              bed_json(bed,
                                       "{'resource': {'name': '球场', 'category': 'VENUE',"
                                       " 'conditions': {'unitIds': ['%s']}}}",
                                       unit));

    unit_becomes(bed, unit, REGISTRY__UNIT_STATUS__UNIT_STATUS_SUSPENDED);
    bed_ok(bed, "UpdateResource", bed_json(bed, update, resource, 1, unit, "conditions"));
    bed_ok(bed, "UpdateResource", bed_json(bed, update, resource, 2, unit, "opening"));
}

static void confirms_no_sheet_of_a_unit_that_is_suspended(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "银行");
    char *sheet = sheet_of(bed, unit);

    bed_ok(bed, "ChangeTickSheet", step(bed, "sheetId", sheet, "SUBMIT", 1));
    unit_becomes(bed, unit, REGISTRY__UNIT_STATUS__UNIT_STATUS_SUSPENDED);
    bed_refused(bed, "ChangeTickSheet", step(bed, "sheetId", sheet, "CONFIRM", 2),
                STATUS_FAILED_PRECONDITION, "action", "unit_status");
    bed_ok(bed, "ChangeTickSheet", step(bed, "sheetId", sheet, "RETURN", 2));
    bed_refused(bed, "ChangeTickSheet", step(bed, "sheetId", sheet, "SUBMIT", 3),
                STATUS_FAILED_PRECONDITION, "action", "unit_status");
}

/* ---- selection's own ---- */

static void takes_a_resource_that_was_withdrawn_out_of_claims(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "银行");
    char *resource = resource_of(bed, bed_json(bed, "'unitId': '%s'", unit), "篮球场");
    const char *offer = bed_json(bed, ", 'resourceId': '%s'", resource);
    char *asked = claim(bed, need_of(bed, ""), unit, offer), *later = need_of(bed, "");

    ends_assert_open(bed, "resource_withdrawn", resource);
    bed_ok(bed, "ChangeResource", step(bed, "resourceId", resource, "WITHDRAW", 1));
    ends_assert_closed(bed, "resource_withdrawn", resource);
    bed_assert_column(bed, "claim", asked, "resource_id", "");
    bed_ok(bed, "ReviewClaim", step(bed, "claimId", asked, "APPROVE", 2));
    bed_refused(
        bed, "ClaimNeed",
        bed_json(bed, "{'claim': {'needId': '%s', 'leadUnitId': '%s'%s}}", later, unit, offer),
        STATUS_FAILED_PRECONDITION, "claim.resource_id", "resource_status");
}

static void drops_the_open_sheets_of_a_programme_that_is_closed(void **state)
{
    struct bed *bed = *state;
    char *sheet = sheet_of(bed, bed_unit(bed, "银行"));
    const char *programme = bed_text(bed,
                                     "SELECT programme_id FROM selection.tick_sheet"
                                     " WHERE sheet_id = '%s'",
                                     sheet);

    ends_assert_open(bed, "programme_closed", programme);
    bed_ok(bed, "ChangeProgramme", step(bed, "programmeId", programme, "CLOSE", 2));
    ends_assert_closed(bed, "programme_closed", programme);
    bed_assert_column(bed, "tick_sheet", sheet, "status", "DROPPED");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(ends_what_a_unit_had_open_and_returns_what_others_held),
        TEST(leaves_what_is_final_as_it_is),
        TEST(opens_no_need_again_of_who_ended),
        TEST(ends_many_things_in_pieces),
        TEST(ends_what_a_community_had_open),
        TEST(lets_nobody_go_on_for_a_community_that_is_dissolved),
        TEST(refuses_the_steps_of_a_unit_that_is_suspended),
        TEST(changes_a_resource_while_a_user_is_suspended),
        TEST(confirms_no_sheet_of_a_unit_that_is_suspended),
        TEST(takes_a_resource_that_was_withdrawn_out_of_claims),
        TEST(drops_the_open_sheets_of_a_programme_that_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
