/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_needs.c - what is special about needs and their claims: who moves what, and who
 * was first
 */
#include "bed_selection.h"

#include <string.h>

#include "libcommon/base/types.h"
#include "life_cycle_walk.h"
#include "services/selection/claim/claim.h"
#include "services/selection/need/need.h"

#define NOBODYS "019336a0-0000-7000-8000-0000000000ff"

static char *asked_by(struct bed *bed, const char *owner)
{
    return bed_json(bed,
                    "{'need': {%s'title': '居民停车位', 'category': 'VENUE', 'quantity': 120,"
                    " 'wantedFromOn': '2098-07-01', 'wantedToOn': '2099-12-31',"
                    " 'priority': 'HIGH'}}",
                    owner);
}

static char *raised(struct bed *bed)
{
    return bed_make(bed, "RaiseNeed", asked_by(bed, ""));
}

static char *claiming(struct bed *bed, const char *need, const char *unit)
{
    return bed_json(bed, "{'claim': {'needId': '%s', 'leadUnitId': '%s', 'note': '可以'}}", need,
                    unit);
}

static char *step(struct bed *bed, const char *claim, const char *action, unsigned revision)
{
    return bed_json(bed, "{'claimId': '%s', 'action': '%s', 'reason': '场地改建', 'revision': %u}",
                    claim, action, revision);
}

static char *need_step(struct bed *bed, const char *need, const char *action, unsigned revision)
{
    return bed_json(bed, "{'needId': '%s', 'action': '%s', 'reason': '已解决', 'revision': %u}",
                    need, action, revision);
}

static void is_asked_for_by_one_who_takes_part(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "中策橡胶集团"), *community = bed_community(bed, "七格社区");

    bed_ok(bed, "RaiseNeed", asked_by(bed, bed_json(bed, "'unitId': '%s', ", unit)));
    bed_ok(bed, "RaiseNeed", asked_by(bed, bed_json(bed, "'communityId': '%s', ", community)));
    bed_refused(bed, "RaiseNeed", asked_by(bed, bed_json(bed, "'communityId': '" NOBODYS "', ")),
                STATUS_NOT_FOUND, "need.community_id", "exists");
    bed_refused(bed, "RaiseNeed", asked_by(bed, bed_json(bed, "'unitId': '" NOBODYS "', ")),
                STATUS_NOT_FOUND, "need.unit_id", "exists");
    bed_refused(
        bed, "RaiseNeed",
        asked_by(bed, bed_json(bed, "'communityId': '%s', 'unitId': '%s', ", community, unit)),
        STATUS_INVALID_ARGUMENT, "need.unit_id", "one_owner");
    bed_assert_journal(bed, 2);
}

static void changes_a_need_only_while_it_is_open(void **state)
{
    static const char update[] = "{'need': {'needId': '%s', '%s': '%s', 'revision': %d},"
                                 " 'updateMask': '%s'}";
    struct bed *bed = *state;
    const char *need = raised(bed), *unit = bed_unit(bed, "银行");

    bed_ok(bed, "UpdateNeed", bed_json(bed, update, need, "title", "车位", 1, "title"));
    bed_refused(bed, "UpdateNeed",
                bed_json(bed, update, need, "wantedToOn", "2097-06-30", 2, "wantedToOn"),
                STATUS_INVALID_ARGUMENT, "need.wanted_to_on", "order");
    bed_ok(bed, "UpdateNeed",
           bed_json(bed, update, need, "deadlineOn", "2099-06-30", 2, "deadlineOn"));
    bed_make(bed, "ClaimNeed", claiming(bed, need, unit));
    bed_refused(bed, "UpdateNeed", bed_json(bed, update, need, "title", "a", 4, "title"),
                STATUS_FAILED_PRECONDITION, "need.status", "final");
    bed_assert_column(bed, "need", need, "title", "车位");
    bed_assert_column(bed, "need", need, "deadline_on", "2099-06-30");
}

static void lets_one_of_two_units_claim_a_need_and_names_it_to_the_other(void **state)
{
    struct bed *bed = *state;
    const char *need = raised(bed), *first = bed_unit(bed, "杭州联合银行");
    const char *second = bed_unit(bed, "金沙湖实验学校");
    const char *claim = bed_make(bed, "ClaimNeed", claiming(bed, need, first));

    struct call *call = bed_run(bed, bed_call(bed, "ClaimNeed", claiming(bed, need, second)));
    bed_assert_outcome(call, STATUS_FAILED_PRECONDITION, "claim.need_id", "claimed");
    assert_non_null(strstr(call->message, "杭州联合银行"));
    bed_assert_param(call, "rival", first);
    bed_free(call);
    bed_assert_column(bed, "need", need, "claim_id", claim);
    assert_int_equal(bed_events(bed, "NeedClaimed"), 1);

    bed_ok(bed, "ReviewClaim", step(bed, claim, "REFUSE", 1));
    bed_assert_column(bed, "claim", claim, "reason", "场地改建");
    bed_assert_column(bed, "need", need, "claim_id", "");
    bed_ok(bed, "ClaimNeed", claiming(bed, need, second));
}

/* What the index says when the need does not. */
static void has_one_live_claim_a_need_whatever_the_need_says(void **state)
{
    struct bed *bed = *state;
    const char *need = raised(bed), *unit = bed_unit(bed, "银行");

    bed_make(bed, "ClaimNeed", claiming(bed, need, unit));
    bed_sql(bed, "UPDATE selection.need SET status = 'OPEN', claim_id = NULL WHERE need_id = '%s'",
            need);
    bed_refused(bed, "ClaimNeed", claiming(bed, need, unit), STATUS_FAILED_PRECONDITION,
                "claim.need_id", "claimed");
    bed_assert_column(bed, "need", need, "status", "OPEN");
}

static void refuses_claims_of_what_is_not_there(void **state)
{
    struct bed *bed = *state;
    const char *need = raised(bed), *unit = bed_unit(bed, "银行"), *off = raised(bed);
    const char *suspended = bed_unit(bed, "停");
    const struct {
        const char *need, *unit, *more;
        enum status status;
        const char *field, *rule;
    } cases[] = {
        {NOBODYS, unit, "", STATUS_NOT_FOUND, "claim.need_id", "exists"},
        {off, unit, "", STATUS_FAILED_PRECONDITION, "claim.need_id", "open"},
        {need, NOBODYS, "", STATUS_NOT_FOUND, "claim.lead_unit_id", "exists"},
        {need, suspended, "", STATUS_FAILED_PRECONDITION, "claim.lead_unit_id", "unit_status"},
        {need, unit, ", 'resourceId': '" NOBODYS "'", STATUS_NOT_FOUND, "claim.resource_id",
         "exists"},
        {need, unit, ", 'partnerUnitIds': ['" NOBODYS "']", STATUS_NOT_FOUND,
         "claim.partner_unit_ids", "exists"},
        {need, unit, bed_json(bed, ", 'partnerUnitIds': ['%s']", unit), STATUS_INVALID_ARGUMENT,
         "claim.partner_unit_ids", "duplicate"},
    };

    bed_sql(bed, "UPDATE selection.unit SET status = 'SUSPENDED' WHERE unit_id = '%s'", suspended);
    bed_ok(bed, "ChangeNeed", need_step(bed, off, "CALL_OFF", 1));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        bed_refused(bed, "ClaimNeed",
                    bed_json(bed, "{'claim': {'needId': '%s', 'leadUnitId': '%s'%s}}",
                             cases[i].need, cases[i].unit, cases[i].more),
                    cases[i].status, cases[i].field, cases[i].rule);
    assert_int_equal(bed_events(bed, "NeedClaimed"), 0);
}

static void moves_the_need_with_its_claim_until_it_is_accepted(void **state)
{
    static const struct {
        const char *method, *action, *claim, *need;
    } steps[] = {
        {"ReviewClaim", "APPROVE", "APPROVED", "IN_PROGRESS"},
        {"ChangeClaim", "FINISH", "DONE", "DONE"},
        {"ReviewClaim", "ACCEPT", "ACCEPTED", "ACCEPTED"},
    };
    struct bed *bed = *state;
    const char *need = raised(bed);
    const char *claim = bed_make(bed, "ClaimNeed", claiming(bed, need, bed_unit(bed, "银行")));

    bed_assert_column(bed, "need", need, "status", "CLAIMED");
    for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (strcmp(steps[i].action, "ACCEPT") == 0)
            bed_refused(bed, "ChangeNeed", need_step(bed, need, "ACCEPT", 4),
                        STATUS_FAILED_PRECONDITION, "action", "claim");
        bed_ok(bed, steps[i].method, step(bed, claim, steps[i].action, i + 1));
        bed_assert_column(bed, "claim", claim, "status", steps[i].claim);
        bed_assert_column(bed, "need", need, "status", steps[i].need);
        bed_assert_column(bed, "need", need, "claim_id", claim);
    }
    assert_int_equal(bed_events(bed, "ClaimChanged"), 3);
    assert_int_equal(bed_events(bed, "NeedChanged"), 4);
    bed_assert_journal(bed, 1 + 2 + 3 * 2);
}

static void keeps_claimers_and_askers_apart(void **state)
{
    struct bed *bed = *state;
    const char *community = bed_community(bed, "七格社区"), *other = bed_community(bed, "别的");
    const char *unit = bed_unit(bed, "银行");
    const char *need = bed_make(bed, "RaiseNeed",
                                asked_by(bed, bed_json(bed, "'communityId': '%s', ", community)));

    bed_grant(bed, "contact", "UNIT_CONTACT", NULL, unit);
    bed_grant(bed, "asker", "COMMUNITY_STAFF", community, NULL);
    bed_grant(bed, "neighbour", "COMMUNITY_STAFF", other, NULL);
    bed_outcome_for(bed, "asker", "ClaimNeed", claiming(bed, need, unit), STATUS_PERMISSION_DENIED,
                    "method", "role");
    bed_outcome_for(bed, "contact", "ClaimNeed", claiming(bed, need, bed_unit(bed, "别家")),
                    STATUS_PERMISSION_DENIED, "claim.lead_unit_id", "reach");
    const char *claim = bed_make(bed, "ClaimNeed", claiming(bed, need, unit));
    bed_outcome_for(bed, "contact", "ReviewClaim", step(bed, claim, "APPROVE", 1), STATUS_NOT_FOUND,
                    "claim_id", "exists");
    bed_outcome_for(bed, "contact", "ChangeClaim", step(bed, claim, "APPROVE", 1),
                    STATUS_INVALID_ARGUMENT, "action", "one_of");
    bed_outcome_for(bed, "neighbour", "ReviewClaim", step(bed, claim, "APPROVE", 1),
                    STATUS_NOT_FOUND, "claim_id", "exists");
    bed_outcome_for(bed, "asker", "ReviewClaim", step(bed, claim, "FINISH", 1),
                    STATUS_INVALID_ARGUMENT, "action", "one_of");
    bed_outcome_for(bed, "asker", "ReviewClaim", step(bed, claim, "APPROVE", 1), STATUS_OK, "", "");
    bed_outcome_for(bed, "contact", "ChangeClaim", step(bed, claim, "LEAVE", 2), STATUS_OK, "", "");
    bed_outcome_for(bed, "neighbour", "UpdateNeed",
                    bed_json(bed,
                             "{'need': {'needId': '%s', 'title': 'a', 'revision': 4},"
                             " 'updateMask': 'title'}",
                             need),
                    STATUS_NOT_FOUND, "need.need_id", "exists");
    bed_outcome_for(bed, "neighbour", "ChangeNeed", need_step(bed, need, "CALL_OFF", 4),
                    STATUS_NOT_FOUND, "need_id", "exists");
    bed_outcome_for(bed, "asker", "ChangeNeed", need_step(bed, need, "CALL_OFF", 4), STATUS_OK, "",
                    "");
}

static void lists_the_claims_that_a_unit_leads_or_joins(void **state)
{
    struct bed *bed = *state;
    const char *lead = bed_unit(bed, "一"), *partner = bed_unit(bed, "二");
    const char *need = raised(bed);

    bed_make(bed, "ClaimNeed",
             bed_json(bed,
                      "{'claim': {'needId': '%s', 'leadUnitId': '%s', 'partnerUnitIds': ['%s']}}",
                      need, lead, partner));
    bed_make(bed, "ClaimNeed", claiming(bed, raised(bed), lead));
    struct call *call =
        bed_run(bed, bed_call(bed, "ListClaims", bed_json(bed, "{'unitId': '%s'}", partner)));
    const Selection__ListClaimsResponse *response = call->response;
    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_int_equal(response->n_claims, 1);
    assert_string_equal(response->claims[0]->need_id, need);
    assert_string_equal(response->claims[0]->partner_unit_ids[0], partner);
    bed_free(call);
}

static void walks_every_cell_of_the_needs_life_cycle(void **state)
{
    static const struct changing needs = {&need_life_cycle, "need", "ChangeNeed", "need_id"};

    walk_life_cycle(*state, &needs, raised(*state));
}

/* ---- claims: two methods walk one life cycle, and a need goes along ---- */

static const struct transition *cell(int from, int action)
{
    for (const struct transition *row = claim_life_cycle.table; row->action; row++)
        if (row->from == from && row->action == action)
            return row;
    return NULL;
}

/* The need's status beside each of a live claim's. */
static void force(struct bed *bed, const char *claim, const char *need, const char *status)
{
    static const char *const pairs[][2] = {
        {"SUBMITTED", "CLAIMED"}, {"APPROVED", "IN_PROGRESS"}, {"DONE", "DONE"}};
    const char *beside = "OPEN";

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        beside = strcmp(pairs[i][0], status) == 0 ? pairs[i][1] : beside;
    bed_sql(bed, "UPDATE selection.claim SET status = '%s', revision = 1 WHERE claim_id = '%s'",
            status, claim);
    bed_sql(bed, "UPDATE selection.need SET status = '%s' WHERE need_id = '%s'", beside, need);
}

static void walks_every_cell_of_the_claims_life_cycle(void **state)
{
    struct bed *bed = *state;
    const char *need = raised(bed);
    const char *claim = bed_make(bed, "ClaimNeed", claiming(bed, need, bed_unit(bed, "银行")));
    const ProtobufCEnumDescriptor *statuses = claim_life_cycle.statuses;
    const ProtobufCEnumDescriptor *actions = claim_life_cycle.actions;

    for (unsigned s = 1; s < statuses->n_values; s++)
        for (unsigned a = 1; a < actions->n_values; a++) {
            const struct transition *row =
                cell(statuses->values[s].value, actions->values[a].value);
            const char *status = types_enum_name(statuses, statuses->values[s].value);
            const char *action = types_enum_name(actions, actions->values[a].value);
            bool lead = strcmp(action, "FINISH") == 0 || strcmp(action, "LEAVE") == 0;
            const char *method = lead ? "ChangeClaim" : "ReviewClaim";
            force(bed, claim, need, status);
            if (row && row->reason_required)
                bed_refused(bed, method,
                            bed_json(bed, "{'claimId': '%s', 'action': '%s', 'revision': 1}", claim,
                                     action),
                            STATUS_INVALID_ARGUMENT, "reason", "required");
            if (row)
                bed_ok(bed, method, step(bed, claim, action, 1));
            else
                bed_refused(bed, method, step(bed, claim, action, 1), STATUS_FAILED_PRECONDITION,
                            "action", "life_cycle");
            bed_assert_column(bed, "claim", claim, "status",
                              row ? types_enum_name(statuses, row->to) : status);
        }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(is_asked_for_by_one_who_takes_part),
        TEST(changes_a_need_only_while_it_is_open),
        TEST(lets_one_of_two_units_claim_a_need_and_names_it_to_the_other),
        TEST(has_one_live_claim_a_need_whatever_the_need_says),
        TEST(refuses_claims_of_what_is_not_there),
        TEST(moves_the_need_with_its_claim_until_it_is_accepted),
        TEST(keeps_claimers_and_askers_apart),
        TEST(lists_the_claims_that_a_unit_leads_or_joins),
        TEST(walks_every_cell_of_the_needs_life_cycle),
        TEST(walks_every_cell_of_the_claims_life_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
