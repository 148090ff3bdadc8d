/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_follow.c - following another journal: streets, role grants and copies of the registry's
 * objects in selection
 *
 * The events are applied as the steward applies a page of JournalService/Read; what the steward
 * itself does is tested with real processes.
 */
#include "follow_units.h"

#include <stdio.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/following/follower.h"
#include "libcommon/service/method/envelope.h"
#include "registry_calendar.pb-c.h"
#include "registry_events.pb-c.h"
#include "registry_pairing.pb-c.h"
#include "registry_role_grant.pb-c.h"
#include "registry_street.pb-c.h"
#include "registry_unit.pb-c.h"
#include "services/selection/contract.h"
#include "services/selection/selection.h"

#define GRANT "019336a0-0000-7000-8000-000000000003"

static void makes_a_street_known(void **state)
{
    struct bed *bed = *state;
    Registry__Street street = REGISTRY__STREET__INIT;
    Registry__CalendarYear year = REGISTRY__CALENDAR_YEAR__INIT;
    Registry__Calendar calendar = REGISTRY__CALENDAR__INIT;
    Registry__StreetCreated created = REGISTRY__STREET_CREATED__INIT;
    Registry__StreetUpdated updated = REGISTRY__STREET_UPDATED__INIT;
    Registry__UnitUpdated unit_updated = REGISTRY__UNIT_UPDATED__INIT;
    Registry__Unit unit = unit_at(UNIT, "银行", 1);

    bed_sql(bed, "DELETE FROM selection.stream WHERE street = '%s'", bed->street);
    unit_updated.unit = &unit;
    assert_int_equal(
        bed_follow(bed, "registry", (const ProtobufCMessage *[]){&unit_updated.base, NULL}),
        STATUS_NOT_FOUND);
    street.time_zone = (char *)"Asia/Urumqi";
    created.street = &street;
    assert_int_equal(
        bed_follow(bed, "registry",
                   (const ProtobufCMessage *[]){&created.base, &unit_updated.base, NULL}),
        STATUS_OK);
    assert_int_equal(units_called(bed, "银行"), 1);
    street.time_zone = (char *)"Asia/Shanghai";
    year.source = (char *)"本街道";
    calendar.n_years = 1;
    calendar.years = (Registry__CalendarYear *[]){&year};
    street.calendar = &calendar;
    updated.street = &street;
    assert_int_equal(bed_follow(bed, "registry", (const ProtobufCMessage *[]){&updated.base, NULL}),
                     STATUS_OK);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM selection.stream WHERE street = '%s'"
                                " AND time_zone = 'Asia/Shanghai'"
                                " AND calendar->'years'->0->>'source' = '本街道'",
                                bed->street),
                     1);
}

static void keeps_the_newest_state_of_a_copy(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1),
                              unit_at(UNIT, "三", 3), unit_at(UNIT, "旧", 2)};

    assert_int_equal(follow_units(bed, units, 4), STATUS_OK);
    assert_int_equal(units_called(bed, "三"), 1);
    assert_int_equal(units_called(bed, "二"), 1);
    assert_int_equal(units_called(bed, "旧"), 0);
    assert_int_equal(position(bed, "seq"), 4);
    bed_assert_journal(bed, 0);
}

static void passes_over_what_it_does_not_need(void **state)
{
    struct bed *bed = *state;
    Registry__Pairing pairing = REGISTRY__PAIRING__INIT;
    Registry__UnitPaired paired = REGISTRY__UNIT_PAIRED__INIT;
    const ProtobufCMessage *events[151] = {0};

    paired.pairing = &pairing;
    for (int i = 0; i < 150; i++)
        events[i] = &paired.base;
    assert_int_equal(bed_follow(bed, "registry", events), STATUS_OK);
    assert_int_equal(position(bed, "seq"), 150);
    bed_assert_journal(bed, 0);
}

static Registry__RoleGrant grant_until(const char *until_on, uint32_t revision)
{
    Registry__RoleGrant grant = REGISTRY__ROLE_GRANT__INIT;

    grant.grant_id = (char *)GRANT;
    grant.holder = (char *)"somebody";
    grant.role = BUS__ROLE__ROLE_UNIT_CONTACT;
    grant.unit_id = (char *)UNIT;
    grant.from_on = (char *)"2020-01-01";
    grant.until_on = (char *)until_on;
    grant.status = REGISTRY__ROLE_GRANT_STATUS__ROLE_GRANT_STATUS_IN_FORCE;
    grant.create_time = grant.update_time = &now;
    grant.revision = revision;
    return grant;
}

static enum status follow_grant(struct bed *bed, Registry__RoleGrant grant)
{
    Registry__RoleGranted granted = REGISTRY__ROLE_GRANTED__INIT;

    granted.role_grant = &grant;
    return bed_follow(bed, "registry", (const ProtobufCMessage *[]){&granted.base, NULL});
}

static void says_what_it_could_not_apply_and_goes_on(void **state)
{
    struct bed *bed = *state;
    Registry__RoleGrant wrong = grant_until("2019-01-01", 1); /* ends before it begins */
    Registry__RoleGranted granted = REGISTRY__ROLE_GRANTED__INIT;
    Registry__UnitUpdated before = REGISTRY__UNIT_UPDATED__INIT, after = before;
    Registry__Unit first = unit_at(UNIT, "前", 1), last = unit_at(OTHER_UNIT, "后", 1);

    granted.role_grant = &wrong;
    before.unit = &first;
    after.unit = &last;
    assert_int_equal(
        bed_follow(bed, "registry",
                   (const ProtobufCMessage *[]){&before.base, &granted.base, &after.base, NULL}),
        STATUS_OK);
    assert_int_equal(units_called(bed, "前") + units_called(bed, "后"), 2);
    assert_int_equal(position(bed, "seq"), 3);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM selection.journal WHERE street = '%s'"
                                " AND type = 'jusha.journal.v1.FollowRefused'",
                                bed->street),
                     1);
    bed_assert_journal(bed, 1);
}

/* Another process applied the page meanwhile: nothing is applied twice, and this one is told. */
static void applies_a_page_once_whoever_brings_it(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1)};
    struct follower_position stale = {0, 0};

    assert_int_equal(follow_units(bed, units, 2), STATUS_OK);
    Journal__CloudEvent *again[] = {bed_cloud_event(
        bed, 1,
        &(Registry__UnitUpdated){PROTOBUF_C_MESSAGE_INIT(&registry__unit_updated__descriptor),
                                 .unit = &units[0]}
             .base)};
    assert_int_equal(follower_apply(&bed->slot, bed->street, 0, again, 1, &stale), STATUS_ABORTED);
    assert_int_equal(position(bed, "seq"), 2);
}

static void makes_its_copies_anew_on_command(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1)};

    assert_int_equal(follow_units(bed, units, 2), STATUS_OK);
    bed_sql(bed, "UPDATE selection.unit SET name = '错', revision = 9 WHERE street = '%s'",
            bed->street);
    struct call *call = bed_run(bed, rebuild_call(bed, "registry"));
    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_int_equal(((const Journal__RebuildResponse *)call->response)->reached, 2);
    bed_free(call);
    assert_int_equal(units_called(bed, "错"), 0);

    /* Until it is done nobody decides by half a copy. */
    bed_refused(bed, "ChangeNeed",
                "{\"needId\": \"" UNIT
                "\", \"action\": \"CALL_OFF\", \"reason\": \"x\", \"revision\": 1}",
                STATUS_UNAVAILABLE, "street", "rebuilding");
    assert_int_equal(position(bed, "seq"), 0);
    assert_int_equal(follow_units(bed, units, 2), STATUS_OK);
    assert_int_equal(position(bed, "seq"), 2);
    assert_int_equal(units_called(bed, "一") + units_called(bed, "二"), 2);
    bed_refused(bed, "ChangeNeed",
                "{\"needId\": \"" UNIT
                "\", \"action\": \"CALL_OFF\", \"reason\": \"x\", \"revision\": 1}",
                STATUS_NOT_FOUND, "need_id", "exists");
}

/* A steward that stalled meanwhile: the position is again where its page begins, yet all before
 * it is not applied. */
static void applies_no_page_of_a_time_before_the_rebuild(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1),
                              unit_at(UNIT, "三", 3)};
    Registry__UnitUpdated last = REGISTRY__UNIT_UPDATED__INIT;
    struct follower_position stale = {2, 2};

    last.unit = &units[2];
    assert_int_equal(follow_units(bed, units, 3), STATUS_OK);
    struct call *call = bed_run(bed, rebuild_call(bed, "registry"));
    bed_assert_outcome(call, STATUS_OK, "", "");
    bed_free(call);
    assert_int_equal(follow_units(bed, units, 2), STATUS_OK);
    Journal__CloudEvent *page[] = {bed_cloud_event(bed, 3, &last.base)};
    assert_int_equal(follower_apply(&bed->slot, bed->street, 0, page, 1, &stale), STATUS_ABORTED);
    assert_int_equal(position(bed, "seq"), 2);
    assert_int_equal(position(bed, "reached"), 3);
    assert_int_equal(units_called(bed, "三"), 0);
}

static void decides_nothing_behind_a_rebuild_in_the_same_batch(void **state)
{
    struct bed *bed = *state;
    Registry__Unit unit = unit_at(UNIT, "一", 1);

    assert_int_equal(follow_units(bed, &unit, 1), STATUS_OK);
    struct call *calls[] = {bed_call(bed, "RaiseNeed", own_need), rebuild_call(bed, "registry"),
                            bed_call(bed, "RaiseNeed", own_need)};
    batch_run(&bed->slot, calls, 3);
    bed_assert_outcome(calls[0], STATUS_OK, "", "");
    bed_assert_outcome(calls[1], STATUS_OK, "", "");
    bed_assert_outcome(calls[2], STATUS_UNAVAILABLE, "street", "rebuilding");
    for (int i = 0; i < 3; i++)
        bed_free(calls[i]);
}

static void rebuilds_only_what_it_follows_and_for_operators_only(void **state)
{
    struct bed *bed = *state;
    struct call *call = bed_run(bed, rebuild_call(bed, "scheduling"));

    bed_assert_outcome(call, STATUS_NOT_FOUND, "service", "exists");
    bed_free(call);
    bed_refused(bed, "Rebuild", "{\"service\": \"registry\"}", STATUS_PERMISSION_DENIED, "method",
                "role");
}

/* An earlier version followed it; nobody would ever bring the position back to where it was. */
static void leaves_the_position_of_a_journal_that_it_follows_no_more(void **state)
{
    struct bed *bed = *state;

    bed_sql(bed, "INSERT INTO selection.follower VALUES ('%s', 'scheduling', 7, 7)", bed->street);
    struct call *call = bed_run(bed, rebuild_call(bed, "scheduling"));
    bed_assert_outcome(call, STATUS_NOT_FOUND, "service", "exists");
    bed_free(call);
    assert_int_equal(position(bed, "seq"), 7);
}

static void lists_how_far_it_is(void **state)
{
    struct bed *bed = *state;
    Registry__Unit unit = unit_at(UNIT, "一", 1);
    const struct bed_caller operator= {BUS__ROLE__ROLE_OPERATOR, "operator", ""};
    char json[100];

    assert_int_equal(follow_units(bed, &unit, 1), STATUS_OK);
    snprintf(json, sizeof json, "{\"afterStreet\": \"s\"}");
    struct call *call = bed_run(bed, bed_call_by(bed, operator, "", "ListFollowers", NULL, json));
    bed_assert_outcome(call, STATUS_OK, "", "");
    const Journal__ListFollowersResponse *response = call->response;
    bool found = false;
    for (size_t i = 0; i < response->n_followers; i++) {
        const Journal__Follower *follower = response->followers[i];
        found = found || (strcmp(follower->street, bed->street) == 0 && follower->seq == 1 &&
                          strcmp(follower->service, "registry") == 0 && follower->reached == 1);
    }
    assert_true(found);
    bed_free(call);
}

/* As many journals as a service may follow, of more streets than an answer can hold. */
static void lists_many_streets_in_pages(void **state)
{
    enum { STREETS = 700, JOURNALS = 8 };
    struct bed *bed = *state;
    const struct bed_caller operator= {BUS__ROLE__ROLE_OPERATOR, "operator", ""};
    const char *after = "p";
    size_t found = 0, page;

    bed_sql(bed,
            "INSERT INTO selection.stream SELECT lpad(n::text, 32, 'page') FROM"
            " generate_series(1000, 999 + %d) n; INSERT INTO selection.follower"
            " SELECT street, 'a-service-' || j, 1000000000000, 1000000000000 FROM selection.stream,"
            " generate_series(1, %d) j WHERE street LIKE 'page%%'",
            STREETS, JOURNALS);
    do {
        struct call *call =
            bed_run(bed, bed_call_by(bed, operator, "", "ListFollowers", NULL,
                                     bed_json(bed, "{'afterStreet': '%s'}", after)));
        bed_assert_outcome(call, STATUS_OK, "", "");
        const Journal__ListFollowersResponse *response = call->response;
        page = response->n_followers;
        for (size_t i = 0; i < page; i++) {
            after = mem_text(bed->slot.parent, response->followers[i]->street);
            found += strncmp(after, "page", 4) == 0;
        }
        bed_free(call);
    } while (page > 0);
    assert_int_equal(found, STREETS * JOURNALS);
    bed_sql(bed, "DELETE FROM selection.follower WHERE street LIKE 'page%%';"
                 "DELETE FROM selection.stream WHERE street LIKE 'page%%'");
}

/* ---- grants ---- */

static void lets_people_act_by_their_grants(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1)};
    static const char sibling[] =
        "{\"need\": {\"unitId\": \"" OTHER_UNIT "\", \"title\": \"停车位\","
        " \"category\": \"VENUE\", \"quantity\": 1, \"priority\": \"HIGH\","
        " \"wantedFromOn\": \"2030-01-01\", \"wantedToOn\": \"2030-02-01\"}}";

    assert_int_equal(follow_units(bed, units, 2), STATUS_OK);
    struct call *call = bed_run(bed, bed_call_for(bed, "somebody", "RaiseNeed", own_need));
    bed_assert_outcome(call, STATUS_PERMISSION_DENIED, "method", "role");
    bed_free(call);

    assert_int_equal(follow_grant(bed, grant_until("2099-12-31", 1)), STATUS_OK);
    call = bed_run(bed, bed_call_for(bed, "somebody", "RaiseNeed", own_need));
    bed_assert_outcome(call, STATUS_OK, "", "");
    bed_free(call);
    call = bed_run(bed, bed_call_for(bed, "somebody", "RaiseNeed", sibling));
    bed_assert_outcome(call, STATUS_PERMISSION_DENIED, "need.unit_id", "reach");
    bed_free(call);
    call = bed_run(bed, bed_call_for(bed, "somebody else", "RaiseNeed", own_need));
    bed_assert_outcome(call, STATUS_PERMISSION_DENIED, "method", "role");
    bed_free(call);

    assert_int_equal(follow_grant(bed, grant_until("2020-12-31", 2)), STATUS_OK); /* it ended */
    call = bed_run(bed, bed_call_for(bed, "somebody", "RaiseNeed", own_need));
    bed_assert_outcome(call, STATUS_PERMISSION_DENIED, "method", "role");
    bed_free(call);
}

static void assert_query_for_somebody(struct bed *bed, enum status expected, const char *rule)
{
    struct call *call = bed_run(bed, bed_call_for(bed, "somebody", "ListNeeds", "{}"));

    bed_assert_outcome(call, expected, rule[0] ? "street" : "", rule);
    bed_free(call);
}

/* A grant may stand there whose revocation is still to come. */
static void trusts_no_grants_while_they_are_made_anew(void **state)
{
    struct bed *bed = *state;
    Registry__Unit unit = unit_at(UNIT, "一", 1);

    assert_int_equal(follow_grant(bed, grant_until("2099-12-31", 1)), STATUS_OK);
    assert_int_equal(follow_units(bed, &unit, 1), STATUS_OK);
    assert_query_for_somebody(bed, STATUS_OK, "");

    struct call *call = bed_run(bed, rebuild_call(bed, "registry"));
    bed_assert_outcome(call, STATUS_OK, "", "");
    bed_free(call);
    assert_int_equal(follow_grant(bed, grant_until("2099-12-31", 1)), STATUS_OK);
    assert_query_for_somebody(bed, STATUS_UNAVAILABLE, "rebuilding");
    bed_ok(bed, "ListNeeds", "{}"); /* whose certificate says it needs no grant */
    assert_int_equal(follow_units(bed, &unit, 1), STATUS_OK);
    assert_query_for_somebody(bed, STATUS_OK, "");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(makes_a_street_known),
        TEST(keeps_the_newest_state_of_a_copy),
        TEST(passes_over_what_it_does_not_need),
        TEST(says_what_it_could_not_apply_and_goes_on),
        TEST(applies_a_page_once_whoever_brings_it),
        TEST(makes_its_copies_anew_on_command),
        TEST(applies_no_page_of_a_time_before_the_rebuild),
        TEST(decides_nothing_behind_a_rebuild_in_the_same_batch),
        TEST(rebuilds_only_what_it_follows_and_for_operators_only),
        TEST(leaves_the_position_of_a_journal_that_it_follows_no_more),
        TEST(lists_how_far_it_is),
        TEST(lists_many_streets_in_pages),
        TEST(lets_people_act_by_their_grants),
        TEST(trusts_no_grants_while_they_are_made_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
