/* SPDX-License-Identifier: Apache-2.0 */
/* test_agreements.c - agreements, their terms, and what they do to units */
#include "bed_registry.h"
#include "registry_agreement.pb-c.h"

#include <string.h>

#include "libcommon/base/mem.h"
#include "services/registry/contract.h"
#include "services/registry/registry.h"

#define NOBODY_ID "019336a0-0000-7000-8000-000000000000"
#define TODAY "(now() AT TIME ZONE 'Asia/Shanghai')::date"

static char *draft(struct bed *bed, const char *unit, const char *signed_on,
                   const char *valid_to_on, const char *renews)
{
    return bed_json(bed,
                    "{\"agreement\": {\"unitId\": \"%s\", \"signedOn\": \"%s\","
                    " \"validToOn\": \"%s\", \"commitments\": \"开放操场\","
                    " \"renewsAgreementId\": \"%s\"}}",
                    unit, signed_on, valid_to_on, renews);
}

static char *drafted(struct bed *bed, const char *unit, const char *renews)
{
    return bed_make(bed, "DraftAgreement", draft(bed, unit, "2020-06-20", "2099-06-19", renews));
}

static char *change(struct bed *bed, const char *agreement, const char *action, int revision)
{
    return bed_json(bed,
                    "{\"agreementId\": \"%s\", \"action\": \"%s\", \"reason\": \"因故\","
                    " \"revision\": %d}",
                    agreement, action, revision);
}

static char *change_unit(struct bed *bed, const char *unit, const char *action, int revision)
{
    return bed_json(bed,
                    "{\"unitId\": \"%s\", \"action\": \"%s\", \"reason\": \"因故\","
                    " \"revision\": %d}",
                    unit, action, revision);
}

static char *in_force(struct bed *bed, const char *unit, const char *renews)
{
    char *id = drafted(bed, unit, renews);

    bed_ok(bed, "ChangeAgreement", change(bed, id, "SIGN", 1));
    return id;
}

static void assert_status(struct bed *bed, const char *table, const char *id, const char *status)
{
    assert_int_equal(
        bed_number(bed, "SELECT count(*) FROM registry.%s WHERE %s_id = '%s' AND status = '%s'",
                   table, table, id, status),
        1);
}

static long timers(struct bed *bed, const char *agreement)
{
    return bed_number(bed,
                      "SELECT count(*) FROM registry.timer WHERE street = '%s' AND subject = '%s'",
                      bed->street, agreement);
}

static long events(struct bed *bed, const char *type)
{
    return bed_number(bed,
                      "SELECT count(*) FROM registry.journal WHERE street = '%s'"
                      " AND type = 'jusha.registry.v1.%s'",
                      bed->street, type);
}

/* Makes the time come: the agreement ended yesterday, and its timers are due. */
static void let_time_pass(struct bed *bed, const char *agreement)
{
    bed_sql(bed,
            "UPDATE registry.agreement SET valid_to_on = " TODAY " - 1 WHERE agreement_id = '%s'",
            agreement);
    bed_sql(bed, "UPDATE registry.timer SET due = now() - interval '1 s' WHERE subject = '%s'",
            agreement);
    bed_fire_timers(bed);
}

/* The last day, and the thirtieth before it, are those of the zone that is the street's own now. */
static void keeps_its_days_where_the_street_has_another_zone(void **state)
{
    static const struct {
        const char *timer;
        int days;
    } timers_of[] = {{"agreement_warning", -30}, {"agreement_lapse", 1}};
    struct bed *bed = *state;
    const char *id = in_force(bed, bed_unit(bed, "a"), "");

    bed_ok(bed, "UpdateStreet",
           "{\"street\": {\"timeZone\": \"America/New_York\", \"revision\": 1},"
           " \"updateMask\": \"timeZone\"}");
    for (size_t i = 0; i < sizeof timers_of / sizeof *timers_of; i++)
        assert_int_equal(bed_number(bed,
                                    "SELECT count(*) FROM registry.timer WHERE subject = '%s'"
                                    " AND name = '%s' AND due = (date '2099-06-19' + (%d))"
                                    "::timestamp AT TIME ZONE 'America/New_York'",
                                    id, timers_of[i].timer, timers_of[i].days),
                         1);
}

/* ---- drafts ---- */

static void keeps_a_draft_until_it_is_signed(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a"), *id = drafted(bed, unit, "");
    static const char update[] = "{\"agreement\": {\"agreementId\": \"%s\", \"document\": \"%s\","
                                 " \"communityId\": \"%s\", \"revision\": %d},"
                                 " \"updateMask\": \"document,communityId\"}";

    bed_ok(bed, "UpdateAgreement",
           bed_json(bed, update, id, "卷宗 12", bed_community(bed, "b"), 1));
    bed_refused(bed, "UpdateAgreement", bed_json(bed, update, id, "", NOBODY_ID, 2),
                STATUS_NOT_FOUND, "agreement.community_id", "exists");
    assert_status(bed, "unit", unit, "PROSPECT");
    bed_ok(bed, "ChangeAgreement", change(bed, id, "SIGN", 2));
    bed_refused(bed, "UpdateAgreement", bed_json(bed, update, id, "卷宗 13", "", 3),
                STATUS_FAILED_PRECONDITION, "agreement.status", "final");
    bed_refused(bed, "UpdateAgreement", bed_json(bed, update, id, "卷宗 13", "", 2), STATUS_ABORTED,
                "agreement.revision", "stale");
}

static void refuses_drafts_that_cannot_be(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a"), *other = drafted(bed, bed_unit(bed, "b"), "");
    const struct {
        const char *json;
        enum status status;
        const char *field, *rule;
    } cases[] = {
        {draft(bed, NOBODY_ID, "", "2099-06-19", ""), STATUS_NOT_FOUND, "agreement.unit_id",
         "exists"},
        {draft(bed, unit, "2020-06-20", "2020-06-19", ""), STATUS_INVALID_ARGUMENT,
         "agreement.valid_to_on", "order"},
        {draft(bed, unit, "20 June", "2020-06-19", ""), STATUS_INVALID_ARGUMENT,
         "agreement.signed_on", "date"},
        {draft(bed, unit, "", "", ""), STATUS_INVALID_ARGUMENT, "agreement.valid_to_on",
         "required"},
        {draft(bed, unit, "", "2099-06-19", NOBODY_ID), STATUS_NOT_FOUND,
         "agreement.renews_agreement_id", "exists"},
        {draft(bed, unit, "", "2099-06-19", other), STATUS_NOT_FOUND,
         "agreement.renews_agreement_id", "exists"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        bed_refused(bed, "DraftAgreement", cases[i].json, cases[i].status, cases[i].field,
                    cases[i].rule);
    bed_refused(bed, "UpdateAgreement",
                bed_json(bed,
                         "{\"agreement\": {\"agreementId\": \"%s\", \"renewsAgreementId\": \"%s\","
                         " \"revision\": 1}, \"updateMask\": \"renewsAgreementId\"}",
                         other, other),
                STATUS_INVALID_ARGUMENT, "agreement.renews_agreement_id", "self");
}

static void signs_only_within_the_term(void **state)
{
    static const char *const terms[][2] = {
        {"", "2099-06-19"}, {"2099-01-01", "2099-06-19"}, {"2019-06-20", "2020-06-19"}};
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a");

    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        const char *id =
            bed_make(bed, "DraftAgreement", draft(bed, unit, terms[i][0], terms[i][1], ""));
        struct call *call =
            bed_run(bed, bed_call(bed, "ChangeAgreement", change(bed, id, "SIGN", 1)));
        bed_assert_outcome(call, STATUS_FAILED_PRECONDITION, "action", "term");
        if (terms[i][0][0]) {
            bed_assert_param(call, "from", terms[i][0]);
            bed_assert_param(call, "until", terms[i][1]);
        }
        bed_free(call);
        assert_status(bed, "agreement", id, "DRAFT");
        assert_int_equal(timers(bed, id), 0);
    }
    assert_status(bed, "unit", unit, "PROSPECT");
}

/* ---- what they do to units ---- */

static void signs_a_unit_by_its_first_agreement_and_frees_it_with_the_last(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a");
    const char *first = in_force(bed, unit, "");

    assert_status(bed, "unit", unit, "SIGNED");
    assert_int_equal(events(bed, "UnitChanged"), 1);
    const char *second = in_force(bed, unit, "");
    assert_int_equal(events(bed, "UnitChanged"), 1);
    bed_ok(bed, "ChangeAgreement", change(bed, first, "TERMINATE", 2));
    assert_status(bed, "unit", unit, "SIGNED");
    assert_int_equal(timers(bed, first), 0);
    bed_ok(bed, "ChangeAgreement", change(bed, second, "TERMINATE", 2));
    assert_status(bed, "unit", unit, "PROSPECT");
    assert_int_equal(events(bed, "UnitChanged"), 2);
    assert_int_equal(events(bed, "AgreementChanged"), 4);
    bed_refused(bed, "ChangeAgreement", change(bed, second, "SIGN", 3), STATUS_FAILED_PRECONDITION,
                "action", "life_cycle");
}

static void renews_one_agreement_by_another(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a");
    const char *old = in_force(bed, unit, "");
    const char *new = in_force(bed, unit, old);

    assert_status(bed, "agreement", old, "RENEWED");
    assert_status(bed, "agreement", new, "IN_FORCE");
    assert_status(bed, "unit", unit, "SIGNED");
    assert_int_equal(timers(bed, old), 0);
    assert_int_equal(timers(bed, new), 2);
    assert_int_equal(events(bed, "UnitChanged"), 1);
    assert_int_equal(events(bed, "AgreementChanged"), 3);
    const char *third = in_force(bed, unit, old); /* what ended before is not renewed again */
    assert_status(bed, "agreement", third, "IN_FORCE");
    assert_int_equal(events(bed, "AgreementChanged"), 4);
}

static void terminates_the_agreements_of_a_unit_that_withdraws(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a");
    const char *id = in_force(bed, unit, ""), *waiting = drafted(bed, unit, "");

    bed_ok(bed, "ChangeUnit", change_unit(bed, unit, "WITHDRAW", 2));
    assert_status(bed, "agreement", id, "TERMINATED");
    assert_status(bed, "agreement", waiting, "TERMINATED");
    assert_status(bed, "unit", unit, "WITHDRAWN");
    assert_int_equal(timers(bed, id), 0);
    assert_int_equal(events(bed, "AgreementChanged"), 3);
    bed_refused(bed, "DraftAgreement", draft(bed, unit, "", "2099-06-19", ""), STATUS_NOT_FOUND,
                "agreement.unit_id", "exists");
}

static void reinstates_a_suspended_unit_only_under_an_agreement(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a"), *id = in_force(bed, unit, "");

    bed_ok(bed, "ChangeUnit", change_unit(bed, unit, "SUSPEND", 2));
    bed_ok(bed, "ChangeUnit", change_unit(bed, unit, "REINSTATE", 3));
    assert_status(bed, "unit", unit, "SIGNED");
    bed_ok(bed, "ChangeUnit", change_unit(bed, unit, "SUSPEND", 4));
    bed_ok(bed, "ChangeAgreement", change(bed, id, "TERMINATE", 2));
    assert_status(bed, "unit", unit, "SUSPENDED");
    bed_refused(bed, "ChangeUnit", change_unit(bed, unit, "REINSTATE", 5),
                STATUS_FAILED_PRECONDITION, "action", "agreement");
    in_force(bed, unit, "");
    assert_status(bed, "unit", unit, "SUSPENDED"); /* signing does not settle the cause */
    bed_ok(bed, "ChangeUnit", change_unit(bed, unit, "REINSTATE", 5));
}

/* ---- timers ---- */

static void sets_its_timers_by_the_streets_days(void **state)
{
    struct bed *bed = *state;
    const char *id = in_force(bed, bed_unit(bed, "a"), "");

    assert_int_equal(timers(bed, id), 2);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.timer WHERE subject = '%s' AND due ="
                                " CASE name WHEN 'agreement_lapse' THEN '2099-06-20T00:00:00+08:00'"
                                " ELSE '2099-05-20T00:00:00+08:00' END::timestamptz",
                                id),
                     2);
}

static void warns_before_an_agreement_lapses(void **state)
{
    struct bed *bed = *state;
    const char *id = in_force(bed, bed_unit(bed, "a"), "");

    bed_fire_timers(bed);
    assert_int_equal(events(bed, "AgreementLapsing"), 0);
    bed_sql(bed,
            "UPDATE registry.timer SET due = now() WHERE subject = '%s'"
            " AND name = 'agreement_warning'",
            id);
    bed_fire_timers(bed);
    bed_fire_timers(bed);
    assert_int_equal(events(bed, "AgreementLapsing"), 1);
    assert_status(bed, "agreement", id, "IN_FORCE");
    assert_int_equal(timers(bed, id), 1);
}

/* What a timer does follows from the request that set it. */
static void says_which_request_its_end_follows_from(void **state)
{
    struct bed *bed = *state;
    const char *id = in_force(bed, bed_unit(bed, "a"), "");

    let_time_pass(bed, id);
    assert_int_equal(bed_number(bed,
                                "SELECT count(DISTINCT causation) FROM registry.journal"
                                " WHERE street = '%s' AND type LIKE '%%.AgreementChanged'",
                                bed->street),
                     1);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.journal j JOIN registry.request r"
                                " USING (street) WHERE j.street = '%s' AND j.type LIKE"
                                " '%%.AgreementChanged' AND j.causation = r.request_id::text",
                                bed->street),
                     2);
}

static void lapses_when_its_term_has_passed(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a"), *id = in_force(bed, unit, "");

    let_time_pass(bed, id);
    assert_status(bed, "agreement", id, "LAPSED");
    assert_status(bed, "unit", unit, "PROSPECT");
    assert_int_equal(timers(bed, id), 0);
    assert_int_equal(events(bed, "AgreementChanged"), 2);
    assert_int_equal(events(bed, "UnitChanged"), 2);
    assert_int_equal(events(bed, "AgreementLapsing"), 0); /* it is too late for that */
    assert_int_equal(events(bed, "TimerRefused"), 0);
}

static void leaves_a_suspended_unit_as_it_is_when_its_agreement_lapses(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a"), *id = in_force(bed, unit, "");

    bed_ok(bed, "ChangeUnit", change_unit(bed, unit, "SUSPEND", 2));
    let_time_pass(bed, id);
    assert_status(bed, "agreement", id, "LAPSED");
    assert_status(bed, "unit", unit, "SUSPENDED");
}

/* As after a change of the street's zone. */
static void waits_on_when_its_timer_fires_too_early(void **state)
{
    struct bed *bed = *state;
    const char *id = in_force(bed, bed_unit(bed, "a"), "");

    bed_sql(
        bed,
        "UPDATE registry.timer SET due = now() WHERE subject = '%s' AND name = 'agreement_lapse'",
        id);
    bed_fire_timers(bed);
    assert_status(bed, "agreement", id, "IN_FORCE");
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.timer WHERE subject = '%s' AND"
                                " name = 'agreement_lapse' AND due > now()",
                                id),
                     1);
}

static void has_nothing_to_do_when_an_agreement_ended_before(void **state)
{
    struct bed *bed = *state;
    const char *id = in_force(bed, bed_unit(bed, "a"), "");

    bed_ok(bed, "ChangeAgreement", change(bed, id, "TERMINATE", 2));
    bed_sql(bed,
            "INSERT INTO registry.timer VALUES ('%s', 'agreement_warning', '%s', now()),"
            " ('%s', 'agreement_lapse', '%s', now())",
            bed->street, id, bed->street, id);
    let_time_pass(bed, id);
    assert_status(bed, "agreement", id, "TERMINATED");
    assert_int_equal(timers(bed, id), 0);
    assert_int_equal(events(bed, "AgreementLapsing") + events(bed, "TimerRefused"), 0);
}

static void lists_agreements_by_unit_and_status(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a");
    const struct {
        const char *json;
        size_t count;
    } cases[] = {
        {"{}", 3},
        {bed_json(bed, "{\"unitId\": \"%s\"}", unit), 2},
        {bed_json(bed, "{\"unitId\": \"%s\", \"status\": \"DRAFT\"}", unit), 1},
        {"{\"status\": \"LAPSED\"}", 0},
    };

    in_force(bed, unit, "");
    drafted(bed, unit, "");
    drafted(bed, bed_unit(bed, "b"), "");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct call *call = bed_run(bed, bed_call(bed, "ListAgreements", cases[i].json));
        const Registry__ListAgreementsResponse *response = call->response;
        bed_assert_outcome(call, STATUS_OK, "", "");
        assert_int_equal(response->n_agreements, cases[i].count);
        bed_free(call);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(keeps_its_days_where_the_street_has_another_zone),
        TEST(keeps_a_draft_until_it_is_signed),
        TEST(refuses_drafts_that_cannot_be),
        TEST(signs_only_within_the_term),
        TEST(signs_a_unit_by_its_first_agreement_and_frees_it_with_the_last),
        TEST(renews_one_agreement_by_another),
        TEST(terminates_the_agreements_of_a_unit_that_withdraws),
        TEST(reinstates_a_suspended_unit_only_under_an_agreement),
        TEST(sets_its_timers_by_the_streets_days),
        TEST(warns_before_an_agreement_lapses),
        TEST(says_which_request_its_end_follows_from),
        TEST(lapses_when_its_term_has_passed),
        TEST(leaves_a_suspended_unit_as_it_is_when_its_agreement_lapses),
        TEST(waits_on_when_its_timer_fires_too_early),
        TEST(has_nothing_to_do_when_an_agreement_ended_before),
        TEST(lists_agreements_by_unit_and_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
