/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_follow.c - following another journal: streets, role grants and copies of the registry's
 * objects in selection
 *
 * The events are applied as the steward applies a page of JournalService/Read; what the steward
 * itself does is tested with real processes.
 */
#include "bed.h"

#include <stdio.h>
#include <string.h>

#include "journal_service.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/call/endpoint.h"
#include "libcommon/service/following/follower.h"
#include "libcommon/service/method/envelope.h"
#include "registry_events.pb-c.h"
#include "registry_pairing.pb-c.h"
#include "registry_role_grant.pb-c.h"
#include "registry_street.pb-c.h"
#include "registry_unit.pb-c.h"
#include "services/selection/contract.h"
#include "services/selection/selection.h"

#define UNIT "019336a0-0000-7000-8000-000000000001"
#define OTHER_UNIT "019336a0-0000-7000-8000-000000000002"
#define GRANT "019336a0-0000-7000-8000-000000000003"

static const char own_need[] =
    "{\"need\": {\"unitId\": \"" UNIT "\", \"title\": \"停车位\", \"category\": \"VENUE\","
    " \"quantity\": 1, \"priority\": \"HIGH\", \"wantedFromOn\": \"2030-01-01\","
    " \"wantedToOn\": \"2030-02-01\"}}";

static Google__Protobuf__Timestamp now = {
    PROTOBUF_C_MESSAGE_INIT(&google__protobuf__timestamp__descriptor), 1782700000, 0};

static Registry__Unit unit_at(const char *id, const char *name, uint32_t revision)
{
    Registry__Unit unit = REGISTRY__UNIT__INIT;

    unit.unit_id = (char *)id;
    unit.name = (char *)name;
    unit.kind = REGISTRY__UNIT_KIND__UNIT_KIND_BANK;
    unit.status = REGISTRY__UNIT_STATUS__UNIT_STATUS_SIGNED;
    unit.create_time = unit.update_time = &now;
    unit.revision = revision;
    return unit;
}

/* Applies UnitUpdated events of these states, in this order. */
static enum status follow_units(struct bed *bed, Registry__Unit *units, size_t count)
{
    Registry__UnitUpdated events[8];
    const ProtobufCMessage *list[9] = {0};

    for (size_t i = 0; i < count; i++) {
        registry__unit_updated__init(&events[i]);
        events[i].unit = &units[i];
        list[i] = &events[i].base;
    }
    return bed_follow(bed, "registry", list);
}

static long position(struct bed *bed, const char *column)
{
    return bed_number(bed, "SELECT %s FROM selection.follower WHERE street = '%s'", column,
                      bed->street);
}

static long units_called(struct bed *bed, const char *name)
{
    return bed_number(bed,
                      "SELECT count(*) FROM selection.unit WHERE street = '%s' AND name = '%s'",
                      bed->street, name);
}

static void makes_a_street_known(void **state)
{
    struct bed *bed = *state;
    Registry__Street street = REGISTRY__STREET__INIT;
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
    updated.street = &street;
    assert_int_equal(bed_follow(bed, "registry", (const ProtobufCMessage *[]){&updated.base, NULL}),
                     STATUS_OK);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM selection.stream WHERE street = '%s'"
                                " AND time_zone = 'Asia/Shanghai'",
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

static struct call *rebuild_call(struct bed *bed, const char *service)
{
    const struct bed_caller operator= {BUS__ROLE__ROLE_OPERATOR, "operator", ""};
    char json[100];

    snprintf(json, sizeof json, "{\"service\": \"%s\"}", service);
    return bed_call_by(bed, operator, bed->street, "Rebuild", NULL, json);
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
                STATUS_UNAVAILABLE, "", "");
    assert_int_equal(position(bed, "seq"), 0);
    assert_int_equal(follow_units(bed, units, 2), STATUS_OK);
    assert_int_equal(position(bed, "seq"), 2);
    assert_int_equal(units_called(bed, "一") + units_called(bed, "二"), 2);
    bed_refused(bed, "ChangeNeed",
                "{\"needId\": \"" UNIT
                "\", \"action\": \"CALL_OFF\", \"reason\": \"x\", \"revision\": 1}",
                STATUS_NOT_FOUND, "need_id", "exists");
}

/* Its reader's own write is not in half a copy, whatever this process believes of positions. */
static void answers_no_query_behind_a_position_that_is_made_anew(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1)};
    Bus__Position registry = BUS__POSITION__INIT, *after[] = {&registry};

    registry.service = (char *)"registry";
    assert_int_equal(follow_units(bed, units, 2), STATUS_OK);
    bed_free(bed_run(bed, rebuild_call(bed, "registry")));
    for (int64_t applied = 0; applied <= 2; applied++) {
        for (registry.seq = 1; registry.seq <= 2; registry.seq++) {
            struct call *call = bed_call(bed, "ListNeeds", "{}");
            Bus__RequestHeader *header = (Bus__RequestHeader *)call->header;

            header->after = after;
            header->n_after = 1;
            if (registry.seq <= applied)
                bed_assert_outcome(bed_run(bed, call), STATUS_OK, "", "");
            else
                bed_assert_outcome(bed_run(bed, call), STATUS_UNAVAILABLE, "after", "behind");
            bed_free(call);
        }
        if (applied < 2)
            assert_int_equal(follow_units(bed, &units[applied], 1), STATUS_OK);
    }
}

/* ---- a batch that takes long ---- */

static int ran, ran_careful;

static enum status note_run(struct call *call)
{
    ran++;
    ran_careful += call->careful;
    return STATUS_OK;
}

static enum status fail_without_a_trace(struct call *call)
{
    return call_fail(call, STATUS_UNAVAILABLE, "", "", "not now");
}

static struct call *own_call(struct bed *bed, enum status (*command)(struct call *call))
{
    static const struct event_source source = {.service = "registry"};
    struct method *row = mem_new(bed->slot.parent, struct method);
    struct endpoint *endpoint = mem_new(bed->slot.parent, struct endpoint);

    row->command = command;
    endpoint->row = row;
    endpoint->name = "test";
    endpoint->service = bed_service;
    struct call *call = envelope_own(endpoint, bed->street, ORIGIN_EVENT);
    call->source.event = &source;
    return call;
}

/* Over a slow database the last events of a batch begin late; left out, they would be lost behind a
 * position that has moved past them, or come again for ever. */
static void applies_an_event_however_late_its_turn_comes(void **state)
{
    struct bed *bed = *state;
    struct call *call = own_call(bed, note_run);

    ran = 0;
    call->deadline = clock_monotonic_ms() - 1;
    batch_run(&bed->slot, &call, 1);
    assert_int_equal(call->status, STATUS_OK);
    assert_int_equal(ran, 1);
    bed_free(call);
}

/* The last call moves the position for all: so none before it may be missing. */
static void moves_past_no_event_that_was_not_applied(void **state)
{
    struct bed *bed = *state;
    struct call *calls[] = {own_call(bed, fail_without_a_trace), own_call(bed, note_run)};

    ran = ran_careful = 0;
    batch_run(&bed->slot, calls, 2);
    assert_int_equal(ran, 1); /* not in the pass that trusts the last one */
    assert_int_equal(ran_careful, 1);
    for (int i = 0; i < 2; i++)
        bed_free(calls[i]);
}

/* ---- other versions ---- */

/* Passed over it would be missing from the copy for good, though the next version reads it. */
static void waits_for_a_version_that_knows_the_value(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1)};

    units[1].kind = (Registry__UnitKind)99;
    assert_int_equal(follow_units(bed, units, 2), STATUS_UNAVAILABLE);
    assert_int_equal(position(bed, "seq"), 1);
    assert_int_equal(follow_units(bed, &units[1], 1), STATUS_UNAVAILABLE);
    assert_int_equal(position(bed, "seq"), 1);
    bed_assert_journal(bed, 0);                          /* nothing was refused */
    units[1].kind = REGISTRY__UNIT_KIND__UNIT_KIND_BANK; /* as that version sees it */
    assert_int_equal(follow_units(bed, &units[1], 1), STATUS_OK);
    assert_int_equal(units_called(bed, "二"), 1);
}

/* ---- a journal that was restored ---- */

static void makes_its_copies_anew_of_another_history(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1),
                              unit_at(UNIT, "三", 2)};

    assert_int_equal(follow_units(bed, units, 3), STATUS_OK);
    assert_int_equal(position(bed, "reacted"), 3);
    struct follower_position at = bed_follower_position(bed, "registry");
    struct follower_position stale = at;
    stale.event_id[0] ^= 1;
    assert_int_equal(follower_start_over(&bed->slot, bed->street, 0, 2, 1, &stale), STATUS_ABORTED);
    assert_int_equal(units_called(bed, "三"), 1);
    assert_int_equal(follower_start_over(&bed->slot, bed->street, 0, 2, 1, &at), STATUS_OK);
    assert_int_equal(units_called(bed, "三") + units_called(bed, "二"), 0);
    assert_int_equal(position(bed, "seq"), 0);
    assert_int_equal(position(bed, "reached"), 2);
    assert_int_equal(position(bed, "reacted"), 1); /* what came behind it is new */
    bed_refused(bed, "RaiseNeed", own_need, STATUS_UNAVAILABLE, "", "");
    assert_int_equal(follow_units(bed, units, 2), STATUS_OK);
    bed_ok(bed, "RaiseNeed", own_need);
}

/* It was being made anew when the journal was restored, and is shorter now. */
static void is_whole_where_the_restored_journal_ends(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1)};

    assert_int_equal(follow_units(bed, units, 2), STATUS_OK);
    bed_free(bed_run(bed, rebuild_call(bed, "registry")));
    assert_int_equal(follow_units(bed, units, 1), STATUS_OK);
    bed_refused(bed, "RaiseNeed", own_need, STATUS_UNAVAILABLE, "", "");
    struct follower_position at = bed_follower_position(bed, "registry");
    assert_int_equal(follower_end_here(&bed->slot, bed->street, 0, &at), STATUS_OK);
    assert_int_equal(position(bed, "reached"), 1);
    assert_int_equal(position(bed, "reacted"), 1);
    bed_ok(bed, "RaiseNeed", own_need);
}

/* A steward that stood still meanwhile: the position is again where its page begins, yet all before
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
    bed_assert_outcome(calls[2], STATUS_UNAVAILABLE, "", "");
    for (int i = 0; i < 3; i++)
        bed_free(calls[i]);
}

static void rebuilds_only_what_it_follows_and_for_operators_only(void **state)
{
    struct bed *bed = *state;
    struct call *call = bed_run(bed, rebuild_call(bed, "scheduling"));

    bed_assert_outcome(call, STATUS_NOT_FOUND, "service", "exists");
    bed_free(call);
    bed_refused(bed, "Rebuild", "{\"service\": \"registry\"}", STATUS_PERMISSION_DENIED, "", "");
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
    bed_assert_outcome(call, STATUS_PERMISSION_DENIED, "", "");
    bed_free(call);

    assert_int_equal(follow_grant(bed, grant_until("2099-12-31", 1)), STATUS_OK);
    call = bed_run(bed, bed_call_for(bed, "somebody", "RaiseNeed", own_need));
    bed_assert_outcome(call, STATUS_OK, "", "");
    bed_free(call);
    call = bed_run(bed, bed_call_for(bed, "somebody", "RaiseNeed", sibling));
    bed_assert_outcome(call, STATUS_PERMISSION_DENIED, "need.unit_id", "reach");
    bed_free(call);
    call = bed_run(bed, bed_call_for(bed, "somebody else", "RaiseNeed", own_need));
    bed_assert_outcome(call, STATUS_PERMISSION_DENIED, "", "");
    bed_free(call);

    assert_int_equal(follow_grant(bed, grant_until("2020-12-31", 2)), STATUS_OK); /* it ended */
    call = bed_run(bed, bed_call_for(bed, "somebody", "RaiseNeed", own_need));
    bed_assert_outcome(call, STATUS_PERMISSION_DENIED, "", "");
    bed_free(call);
}

static void assert_query_for_somebody(struct bed *bed, enum status expected)
{
    struct call *call = bed_run(bed, bed_call_for(bed, "somebody", "ListNeeds", "{}"));

    bed_assert_outcome(call, expected, "", "");
    bed_free(call);
}

/* A grant may stand there whose revocation is still to come. */
static void trusts_no_grants_while_they_are_made_anew(void **state)
{
    struct bed *bed = *state;
    Registry__Unit unit = unit_at(UNIT, "一", 1);

    assert_int_equal(follow_grant(bed, grant_until("2099-12-31", 1)), STATUS_OK);
    assert_int_equal(follow_units(bed, &unit, 1), STATUS_OK);
    assert_query_for_somebody(bed, STATUS_OK);

    struct call *call = bed_run(bed, rebuild_call(bed, "registry"));
    bed_assert_outcome(call, STATUS_OK, "", "");
    bed_free(call);
    assert_int_equal(follow_grant(bed, grant_until("2099-12-31", 1)), STATUS_OK);
    assert_query_for_somebody(bed, STATUS_PERMISSION_DENIED);
    bed_ok(bed, "ListNeeds", "{}"); /* whose certificate says it needs no grant */
    assert_int_equal(follow_units(bed, &unit, 1), STATUS_OK);
    assert_query_for_somebody(bed, STATUS_OK);
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
        TEST(answers_no_query_behind_a_position_that_is_made_anew),
        TEST(applies_an_event_however_late_its_turn_comes),
        TEST(moves_past_no_event_that_was_not_applied),
        TEST(waits_for_a_version_that_knows_the_value),
        TEST(makes_its_copies_anew_of_another_history),
        TEST(is_whole_where_the_restored_journal_ends),
        TEST(applies_no_page_of_a_time_before_the_rebuild),
        TEST(decides_nothing_behind_a_rebuild_in_the_same_batch),
        TEST(rebuilds_only_what_it_follows_and_for_operators_only),
        TEST(leaves_the_position_of_a_journal_that_it_follows_no_more),
        TEST(lists_how_far_it_is),
        TEST(lets_people_act_by_their_grants),
        TEST(trusts_no_grants_while_they_are_made_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
