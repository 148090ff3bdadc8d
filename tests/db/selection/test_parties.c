/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_parties.c - who is named a partner or a party gives away nothing by that, and nobody answers
 * for the other side
 */
#include "bed_selection.h"

#include "services/selection/contract.h"

/* Two units with their contacts, two communities with their staff; the office claims for none. */
struct cast {
    const char *unit, *their_unit, *community, *their_community;
};

static struct cast cast_of(struct bed *bed)
{
    struct cast cast = {
        .unit = bed_unit(bed, "杭州联合银行"),
        .their_unit = bed_unit(bed, "金沙湖实验学校"),
        .community = bed_community(bed, "七格社区"),
        .their_community = bed_community(bed, "头格社区"),
    };

    bed_grant(bed, "contact", "UNIT_CONTACT", NULL, cast.unit);
    bed_grant(bed, "their_contact", "UNIT_CONTACT", NULL, cast.their_unit);
    bed_grant(bed, "staff", "COMMUNITY_STAFF", cast.community, NULL);
    bed_grant(bed, "their_staff", "COMMUNITY_STAFF", cast.their_community, NULL);
    bed_grant(bed, "office", "STREET_STAFF", NULL, NULL);
    return cast;
}

#define UNIT "unitId"
#define COMMUNITY "communityId"

static char *need_of(struct bed *bed, const char *owner, const char *id)
{
    return bed_make(bed, "RaiseNeed",
                    bed_json(bed,
                             "{'need': {'%s': '%s', 'title': '车位', 'category': 'VENUE',"
                             " 'quantity': 1, 'wantedFromOn': '2026-07-01',"
                             " 'wantedToOn': '2099-12-31', 'priority': 'HIGH'}}",
                             owner, id));
}

static char *resource_of(struct bed *bed, const char *unit)
{
    return bed_make(bed, "OfferResource",
                    bed_json(bed,
                             "{'resource': {'unitId': '%s', 'name': '球场', 'category': 'VENUE',"
                             " 'conditions': {'unitIds': ['%s']}}}",
                             unit, unit));
}

static char *claiming(struct bed *bed, const char *need, const char *lead, const char *partners,
                      const char *resource)
{
    return bed_json(bed,
                    "{'claim': {'needId': '%s', 'leadUnitId': '%s', 'partnerUnitIds': [%s],"
                    " 'resourceId': '%s'}}",
                    need, lead, partners, resource);
}

static char *step(struct bed *bed, const char *claim, const char *action, unsigned revision,
                  const char *reason)
{
    return bed_json(bed, "{'claimId': '%s', 'action': '%s', 'reason': '%s', 'revision': %u}", claim,
                    action, reason, revision);
}

/* ---- claims ---- */

static void promises_nothing_of_a_partners(void **state)
{
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);
    const char *need = need_of(bed, COMMUNITY, cast.community);
    const char *theirs = resource_of(bed, cast.their_unit), *own = resource_of(bed, cast.unit);
    const char *partner = bed_json(bed, "'%s'", cast.their_unit);

    bed_outcome_for(bed, "contact", "ClaimNeed", claiming(bed, need, cast.unit, partner, theirs),
                    STATUS_FAILED_PRECONDITION, "claim.resource_id", "owner");
    bed_outcome_for(bed, "contact", "ClaimNeed", claiming(bed, need, cast.unit, partner, own),
                    STATUS_OK, "", "");
}

static void offers_no_resource_that_is_paused_or_withdrawn(void **state)
{
    static const char *const actions[] = {"PAUSE", "WITHDRAW"};
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);
    const char *need = need_of(bed, COMMUNITY, cast.community);
    const char *resource = resource_of(bed, cast.unit);

    for (int i = 0; i < 2; i++) {
        bed_ok(bed, "ChangeResource",
               bed_json(bed, "{'resourceId': '%s', 'action': '%s', 'reason': '-', 'revision': %d}",
                        resource, actions[i], i + 1));
        bed_outcome_for(bed, "contact", "ClaimNeed", claiming(bed, need, cast.unit, "", resource),
                        STATUS_FAILED_PRECONDITION, "claim.resource_id", "resource_status");
    }
}

static void lets_no_unit_claim_its_own_need(void **state)
{
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);
    const char *need = need_of(bed, UNIT, cast.unit);

    bed_outcome_for(bed, "contact", "ClaimNeed", claiming(bed, need, cast.unit, "", ""),
                    STATUS_FAILED_PRECONDITION, "claim.lead_unit_id", "own_need");
    bed_outcome_for(bed, "office", "ClaimNeed", claiming(bed, need, cast.unit, "", ""),
                    STATUS_FAILED_PRECONDITION, "claim.lead_unit_id", "own_need");
    bed_outcome_for(bed, "their_contact", "ClaimNeed",
                    claiming(bed, need, cast.their_unit, bed_json(bed, "'%s'", cast.unit), ""),
                    STATUS_FAILED_PRECONDITION, "claim.partner_unit_ids", "own_need");
    bed_outcome_for(bed, "their_contact", "ClaimNeed", claiming(bed, need, cast.their_unit, "", ""),
                    STATUS_OK, "", "");
}

/* The id of the claim that the actor made. */
static char *claimed_by(struct bed *bed, const char *actor, const char *need, const char *unit)
{
    bed_outcome_for(bed, actor, "ClaimNeed", claiming(bed, need, unit, "", ""), STATUS_OK, "", "");
    return bed_text(bed, "SELECT claim_id FROM selection.need WHERE need_id = '%s'", need);
}

static void lets_nobody_answer_for_the_other_side(void **state)
{
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);

    bed_grant(bed, "contact", "COMMUNITY_STAFF", cast.community, NULL);
    const char *claim =
        claimed_by(bed, "contact", need_of(bed, COMMUNITY, cast.community), cast.unit);
    bed_outcome_for(bed, "contact", "ReviewClaim", step(bed, claim, "APPROVE", 1, "-"),
                    STATUS_PERMISSION_DENIED, "action", "both_sides");
    bed_outcome_for(bed, "staff", "ReviewClaim", step(bed, claim, "APPROVE", 1, ""), STATUS_OK, "",
                    "");
    bed_grant(bed, "staff", "UNIT_CONTACT", NULL, cast.unit);
    bed_outcome_for(bed, "staff", "ChangeClaim", step(bed, claim, "FINISH", 2, ""), STATUS_OK, "",
                    "");
    bed_outcome_for(bed, "contact", "ReviewClaim", step(bed, claim, "ACCEPT", 3, "-"),
                    STATUS_PERMISSION_DENIED, "action", "both_sides");
    bed_outcome_for(bed, "staff", "ReviewClaim", step(bed, claim, "ACCEPT", 3, "-"),
                    STATUS_PERMISSION_DENIED, "action", "both_sides");
    bed_assert_column(bed, "claim", claim, "claimed_by", "contact");
    bed_assert_column(bed, "claim", claim, "finished_by", "staff");
    bed_outcome_for(bed, "staff", "ReviewClaim", step(bed, claim, "REVOKE", 3, "-"), STATUS_OK, "",
                    "");
}

static void lets_the_office_act_for_both_with_a_reason(void **state)
{
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);
    const char *claim =
        claimed_by(bed, "office", need_of(bed, COMMUNITY, cast.community), cast.unit);

    bed_outcome_for(bed, "office", "ReviewClaim", step(bed, claim, "APPROVE", 1, ""),
                    STATUS_INVALID_ARGUMENT, "reason", "required");
    bed_outcome_for(bed, "office", "ReviewClaim", step(bed, claim, "APPROVE", 1, "电话确认"),
                    STATUS_OK, "", "");
}

static void lets_a_partner_decline(void **state)
{
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);
    static const char decline[] =
        "{'claimId': '%s', 'unitId': '%s', 'reason': '%s', 'revision': %d}";
    const char *need = need_of(bed, COMMUNITY, cast.community);

    bed_outcome_for(bed, "contact", "ClaimNeed",
                    claiming(bed, need, cast.unit, bed_json(bed, "'%s'", cast.their_unit), ""),
                    STATUS_OK, "", "");
    const char *claim =
        bed_text(bed, "SELECT claim_id FROM selection.need WHERE need_id = '%s'", need);
    bed_outcome_for(bed, "contact", "DeclineClaim",
                    bed_json(bed, decline, claim, cast.their_unit, "-", 1),
                    STATUS_PERMISSION_DENIED, "unit_id", "reach");
    bed_outcome_for(bed, "contact", "DeclineClaim",
                    bed_json(bed, decline, claim, cast.unit, "-", 1), STATUS_NOT_FOUND, "unit_id",
                    "partner");
    bed_outcome_for(bed, "their_contact", "DeclineClaim",
                    bed_json(bed, decline, claim, cast.their_unit, "", 1), STATUS_INVALID_ARGUMENT,
                    "reason", "length");
    bed_outcome_for(bed, "their_contact", "DeclineClaim",
                    bed_json(bed, decline, claim, cast.their_unit, "-", 2), STATUS_ABORTED,
                    "revision", "stale");
    bed_outcome_for(bed, "their_contact", "DeclineClaim",
                    bed_json(bed, decline, claim, cast.their_unit, "未曾同意", 1), STATUS_OK, "",
                    "");
    bed_assert_column(bed, "claim", claim, "partner_unit_ids", "{}");
    bed_assert_column(bed, "claim", claim, "status", "SUBMITTED");
    assert_int_equal(bed_events(bed, "ClaimDeclined"), 1);
    bed_ok(bed, "ReviewClaim", step(bed, claim, "REFUSE", 2, "-"));
    bed_outcome_for(bed, "their_contact", "DeclineClaim",
                    bed_json(bed, decline, claim, cast.their_unit, "-", 3),
                    STATUS_FAILED_PRECONDITION, "status", "final");
}

/* ---- projects ---- */

static char *starting(struct bed *bed, const struct cast *cast, const char *needs)
{
    return bed_json(bed,
                    "{'project': {'title': '共享停车场', 'communityId': '%s', 'communityIds':"
                    " ['%s'], 'unitIds': ['%s'], 'leadUnitId': '%s',"
                    " 'grewFrom': {'needIds': [%s]}}}",
                    cast->community, cast->their_community, cast->unit, cast->unit, needs);
}

static void takes_on_no_need_by_listing_who_raised_it(void **state)
{
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);
    const struct {
        const char *owner, *id;
        enum status status;
    } cases[] = {
        {COMMUNITY, cast.their_community, STATUS_PERMISSION_DENIED},
        {UNIT, cast.unit, STATUS_PERMISSION_DENIED},
        {COMMUNITY, cast.community, STATUS_OK},
        {COMMUNITY, "", STATUS_OK}, /* the street's own is for everybody */
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *need = need_of(bed, cases[i].owner, cases[i].id);
        const bool well = cases[i].status == STATUS_OK;
        bed_outcome_for(bed, "staff", "StartProject",
                        starting(bed, &cast, bed_json(bed, "'%s'", need)), cases[i].status,
                        well ? "" : "project.grew_from.need_ids[0]", well ? "" : "reach");
        bed_assert_column(bed, "need", need, "status", well ? "IN_PROGRESS" : "OPEN");
    }
}

static void lets_a_party_decline_and_take_its_need_along(void **state)
{
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);
    static const char decline[] =
        "{'projectId': '%s', '%s': '%s', 'reason': '未曾同意', 'revision': %d}";
    const char *of_unit = need_of(bed, UNIT, cast.unit);
    const char *of_community = need_of(bed, COMMUNITY, cast.their_community);
    const char *own = need_of(bed, COMMUNITY, cast.community);
    const char *project = bed_make(
        bed, "StartProject",
        starting(bed, &cast, bed_json(bed, "'%s', '%s', '%s'", of_unit, of_community, own)));

    bed_outcome_for(bed, "their_contact", "DeclineProject",
                    bed_json(bed, decline, project, UNIT, cast.their_unit, 1), STATUS_NOT_FOUND,
                    "unit_id", "party");
    bed_outcome_for(bed, "staff", "DeclineProject",
                    bed_json(bed, decline, project, COMMUNITY, cast.community, 1), STATUS_NOT_FOUND,
                    "community_id", "party");
    bed_refused(bed, "DeclineProject", bed_json(bed, decline, project, UNIT, "", 1),
                STATUS_INVALID_ARGUMENT, "unit_id", "one_owner");
    bed_outcome_for(bed, "contact", "DeclineProject",
                    bed_json(bed, decline, project, UNIT, cast.unit, 1), STATUS_OK, "", "");
    bed_assert_column(bed, "project", project, "lead_unit_id", "");
    bed_assert_column(bed, "project", project, "unit_ids", "{}");
    bed_assert_column(bed, "need", of_unit, "status", "OPEN");
    bed_assert_column(bed, "need", of_unit, "project_id", "");
    bed_assert_column(bed, "need", of_community, "status", "IN_PROGRESS");
    bed_outcome_for(bed, "their_staff", "DeclineProject",
                    bed_json(bed, decline, project, COMMUNITY, cast.their_community, 2), STATUS_OK,
                    "", "");
    bed_assert_column(bed, "need", of_community, "status", "OPEN");
    bed_assert_column(bed, "need", own, "status", "IN_PROGRESS");
    assert_int_equal(bed_events(bed, "ProjectDeclined"), 2);
}

/* Events ProjectUpdated that name this id. */
static int updates_with(struct bed *bed, const char *id)
{
    return (int)bed_number(bed,
                           "SELECT count(*) FROM selection.journal WHERE street = '%s' AND type"
                           " LIKE '%%.ProjectUpdated' AND position('%s'::bytea IN data) > 0",
                           bed->street, id);
}

/* Staff take it out: nobody else goes on working on its need. */
static void gives_a_party_that_staff_take_out_its_need_back(void **state)
{
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);
    const char *of_unit = need_of(bed, UNIT, cast.unit);
    const char *of_community = need_of(bed, COMMUNITY, cast.their_community);
    const char *streets = need_of(bed, UNIT, "");
    static const char update[] = "{'project': {'projectId': '%s', 'unitIds': ['%s'],"
                                 " 'communityIds': [%s], 'revision': %d},"
                                 " 'updateMask': 'unitIds,communityIds,leadUnitId'}";
    const char *project = bed_make(
        bed, "StartProject",
        starting(bed, &cast, bed_json(bed, "'%s', '%s', '%s'", of_unit, of_community, streets)));

    bed_ok(bed, "UpdateProject",
           bed_json(bed, update, project, cast.their_unit,
                    bed_json(bed, "'%s'", cast.their_community), 1));
    bed_assert_column(bed, "need", of_unit, "status", "OPEN");
    bed_assert_column(bed, "need", of_unit, "project_id", "");
    bed_assert_column(bed, "need", of_community, "status", "IN_PROGRESS");
    bed_ok(bed, "UpdateProject", bed_json(bed, update, project, cast.their_unit, "", 2));
    bed_assert_column(bed, "need", of_community, "status", "OPEN");
    bed_assert_column(bed, "need", streets, "status", "IN_PROGRESS");
    assert_int_equal(updates_with(bed, cast.unit), 1); /* as one that was removed */
    assert_int_equal(updates_with(bed, cast.their_community), 2);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM selection.journal WHERE street = '%s'"
                                " AND type LIKE '%%.NeedChanged'"
                                " AND position('party_left'::bytea IN data) > 0",
                                bed->street),
                     2);
}

/* ---- whom one named before ---- */

/* A unit that is suspended or withdrew meanwhile keeps nobody from changing the rest. */
static void looks_only_at_whom_it_names_anew(void **state)
{
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);
    static const char update[] = "{'project': {'projectId': '%s', 'unitIds': ['%s', '%s'],"
                                 " 'revision': %d}, 'updateMask': 'unitIds'}";
    static const char offered[] =
        "{'resource': {%s 'name': '球场', 'category': 'VENUE', 'conditions': {'unitIds': ['%s'],"
        " 'communityIds': ['%s'], 'noticeMinutes': %d}%s}%s}";
    const char *project = bed_make(bed, "StartProject", starting(bed, &cast, ""));
    const char *third = bed_unit(bed, "下沙医院");
    const char *resource = bed_make(
        bed, "OfferResource", bed_json(bed, offered, "", cast.unit, cast.community, 0, "", ""));
    const char *id = bed_json(bed, "'resourceId': '%s',", resource);

    bed_sql(bed, "UPDATE selection.unit SET status = 'SUSPENDED' WHERE unit_id = '%s'", cast.unit);
    bed_sql(bed, "UPDATE selection.community SET status = 'DISSOLVED' WHERE community_id = '%s'",
            cast.community);
    bed_ok(bed, "UpdateProject", bed_json(bed, update, project, cast.unit, cast.their_unit, 1));
    bed_ok(bed, "UpdateResource",
           bed_json(bed, offered, id, cast.unit, cast.community, 60, ", 'revision': 1",
                    ", 'updateMask': 'conditions'"));
    bed_sql(bed, "UPDATE selection.unit SET status = 'SUSPENDED' WHERE unit_id = '%s'", third);
    bed_refused(bed, "UpdateProject", bed_json(bed, update, project, cast.unit, third, 2),
                STATUS_NOT_FOUND, "project.unit_ids", "exists");
    bed_refused(bed, "UpdateResource",
                bed_json(bed, offered, id, third, cast.community, 60, ", 'revision': 2",
                         ", 'updateMask': 'conditions'"),
                STATUS_NOT_FOUND, "resource.conditions.unit_ids", "exists");
}

/* ---- days ---- */

static void leaves_needs_alone_whose_days_are_past(void **state)
{
    static const char raise[] =
        "{'need': {'title': '车位', 'category': 'VENUE', 'quantity': 1, 'priority': 'HIGH',"
        " 'wantedFromOn': '2020-07-01', 'wantedToOn': '%s', 'deadlineOn': '%s'}}";
    static const char update[] =
        "{'need': {'needId': '%s', '%s': '2020-12-31', 'revision': 1}, 'updateMask': '%s'}";
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);
    const char *today = bed_text(bed, "SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date::text");

    bed_refused(bed, "RaiseNeed", bed_json(bed, raise, "2020-12-31", ""),
                STATUS_FAILED_PRECONDITION, "need.wanted_to_on", "past");
    bed_refused(bed, "RaiseNeed", bed_json(bed, raise, "2099-12-31", "2020-07-31"),
                STATUS_FAILED_PRECONDITION, "need.deadline_on", "past");
    bed_ok(bed, "RaiseNeed", bed_json(bed, raise, today, today));
    const char *need = bed_make(bed, "RaiseNeed", bed_json(bed, raise, "2099-12-31", ""));
    bed_refused(bed, "UpdateNeed", bed_json(bed, update, need, "wantedToOn", "wantedToOn"),
                STATUS_FAILED_PRECONDITION, "need.wanted_to_on", "past");
    bed_refused(bed, "UpdateNeed", bed_json(bed, update, need, "deadlineOn", "deadlineOn"),
                STATUS_FAILED_PRECONDITION, "need.deadline_on", "past");
    bed_sql(bed, "UPDATE selection.need SET wanted_to_on = '2020-12-31' WHERE need_id = '%s'",
            need);
    bed_refused(bed, "ClaimNeed", claiming(bed, need, cast.unit, "", ""),
                STATUS_FAILED_PRECONDITION, "claim.need_id", "past");
    bed_refused(bed, "StartProject", starting(bed, &cast, bed_json(bed, "'%s'", need)),
                STATUS_FAILED_PRECONDITION, "project.grew_from.need_ids[0]", "past");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(promises_nothing_of_a_partners),
        TEST(offers_no_resource_that_is_paused_or_withdrawn),
        TEST(lets_no_unit_claim_its_own_need),
        TEST(lets_nobody_answer_for_the_other_side),
        TEST(lets_the_office_act_for_both_with_a_reason),
        TEST(lets_a_partner_decline),
        TEST(takes_on_no_need_by_listing_who_raised_it),
        TEST(lets_a_party_decline_and_take_its_need_along),
        TEST(gives_a_party_that_staff_take_out_its_need_back),
        TEST(looks_only_at_whom_it_names_anew),
        TEST(leaves_needs_alone_whose_days_are_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
