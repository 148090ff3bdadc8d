/* SPDX-License-Identifier: Apache-2.0 */
/* test_partnership.c - role grants, pairings and alliances */
#include "bed_registry.h"
#include "registry_alliance.pb-c.h"
#include "registry_role_grant.pb-c.h"

#include <string.h>

#include "services/registry/contract.h"
#include "services/registry/registry.h"

#define NOBODY_ID "019336a0-0000-7000-8000-000000000000"

static char *withdraw(struct bed *bed, const char *unit)
{
    return bed_json(bed,
                    "{\"unitId\": \"%s\", \"action\": \"WITHDRAW\", \"reason\": \"搬迁\","
                    " \"revision\": 1}",
                    unit);
}

static char *dissolve(struct bed *bed, const char *community)
{
    return bed_json(bed,
                    "{\"communityId\": \"%s\", \"action\": \"DISSOLVE\", \"reason\": \"撤并\","
                    " \"revision\": 1}",
                    community);
}

/* ---- role grants ---- */

static char *grant(struct bed *bed, const char *role, const char *more)
{
    return bed_json(bed,
                    "{\"roleGrant\": {\"holder\": \"li\", \"role\": \"ROLE_%s\", \"fromOn\":"
                    " \"2020-01-01\", \"untilOn\": \"2099-12-31\"%s}}",
                    role, more);
}

static void grants_each_role_for_what_it_is_held_for(void **state)
{
    struct bed *bed = *state;
    const char *at = bed_json(bed, ", \"communityId\": \"%s\"", bed_community(bed, "滟澜社区"));
    const char *of = bed_json(bed, ", \"unitId\": \"%s\"", bed_unit(bed, "一个单位"));
    const struct {
        const char *role, *place, *field, *rule;
    } cases[] = {
        {"STREET_STAFF", "", NULL, NULL},
        {"STREET_STAFF", at, "role_grant.community_id", "empty"},
        {"STREET_STAFF", of, "role_grant.unit_id", "empty"},
        {"COMMUNITY_STAFF", at, NULL, NULL},
        {"COMMUNITY_STAFF", "", "role_grant.community_id", "required"},
        {"COMMUNITY_STAFF", of, "role_grant.community_id", "required"},
        {"UNIT_CONTACT", of, NULL, NULL},
        {"UNIT_CONTACT", "", "role_grant.unit_id", "required"},
        {"UNIT_CONTACT", at, "role_grant.community_id", "empty"},
        {"SHOP", of, NULL, NULL},
        {"SHOP", "", "role_grant.unit_id", "required"},
        {"VOLUNTEER", "", NULL, NULL},
        {"VOLUNTEER", of, "role_grant.unit_id", "empty"},
        {"OPERATOR", "", "role_grant.role", "grantable"},
        {"SERVICE", "", "role_grant.role", "grantable"},
        {"GATEWAY", "", "role_grant.role", "grantable"},
        {"INTEGRATOR", "", "role_grant.role", "grantable"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *json = grant(bed, cases[i].role, cases[i].place);
        if (cases[i].field)
            bed_refused(bed, "GrantRole", json, STATUS_INVALID_ARGUMENT, cases[i].field,
                        cases[i].rule);
        else
            bed_ok(bed, "GrantRole", json);
    }
}

static void refuses_grants_to_nobody_for_no_time_and_nowhere(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a"), *community = bed_community(bed, "b");
    static const char named[] = "{\"roleGrant\": {\"holder\": \"%s\", \"role\": \"ROLE_VOLUNTEER\","
                                " \"fromOn\": \"%s\", \"untilOn\": \"2020-12-31\"}}";

    bed_refused(bed, "GrantRole", bed_json(bed, named, "Li Lei", "2020-01-01"),
                STATUS_INVALID_ARGUMENT, "role_grant.holder", "holder");
    bed_refused(bed, "GrantRole", bed_json(bed, named, "li", "2020-02-30"), STATUS_INVALID_ARGUMENT,
                "role_grant.from_on", "date");
    bed_refused(bed, "GrantRole", bed_json(bed, named, "li", "2021-01-01"), STATUS_INVALID_ARGUMENT,
                "role_grant.until_on", "order");
    bed_ok(bed, "GrantRole", bed_json(bed, named, "li", "2020-12-31"));
    bed_refused(bed, "GrantRole", bed_json(bed, named, NOBODY_ID, "2020-01-01"), STATUS_NOT_FOUND,
                "role_grant.holder", "exists");
    bed_ok(bed, "ChangeUnit", withdraw(bed, unit));
    bed_ok(bed, "ChangeCommunity", dissolve(bed, community));
    const char *const units[] = {unit, NOBODY_ID}, *const communities[] = {community, NOBODY_ID};
    for (size_t i = 0; i < 2; i++) {
        bed_refused(bed, "GrantRole",
                    grant(bed, "SHOP", bed_json(bed, ", \"unitId\": \"%s\"", units[i])),
                    STATUS_NOT_FOUND, "role_grant.unit_id", "exists");
        bed_refused(bed, "GrantRole",
                    grant(bed, "COMMUNITY_STAFF",
                          bed_json(bed, ", \"communityId\": \"%s\"", communities[i])),
                    STATUS_NOT_FOUND, "role_grant.community_id", "exists");
    }
}

static size_t count_grants(struct bed *bed, const char *actor, const char *json)
{
    struct call *call = bed_run(bed, actor ? bed_call_for(bed, actor, "ListRoleGrants", json)
                                           : bed_call(bed, "ListRoleGrants", json));
    const Registry__ListRoleGrantsResponse *response = call->response;

    bed_assert_outcome(call, STATUS_OK, "", "");
    size_t count = response->n_role_grants;
    bed_free(call);
    return count;
}

static void shows_grants_to_those_whom_they_concern(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a"), *community = bed_community(bed, "b");
    static const char make[] =
        "{\"roleGrant\": {\"holder\": \"%s\", \"role\": \"ROLE_%s\"%s, \"fromOn\":"
        " \"2020-01-01\", \"untilOn\": \"2099-12-31\"}}";

    bed_make(bed, "GrantRole",
             bed_json(bed, make, "clerk", "COMMUNITY_STAFF",
                      bed_json(bed, ", \"communityId\": \"%s\"", community)));
    bed_make(bed, "GrantRole",
             bed_json(bed, make, "liaison", "UNIT_CONTACT",
                      bed_json(bed, ", \"unitId\": \"%s\"", unit)));
    const char *id = bed_make(bed, "GrantRole", bed_json(bed, make, "volunteer", "VOLUNTEER", ""));
    assert_int_equal(count_grants(bed, NULL, "{}"), 3);
    assert_int_equal(count_grants(bed, NULL, "{\"holder\": \"clerk\"}"), 1);
    assert_int_equal(count_grants(bed, NULL, "{\"role\": \"ROLE_SHOP\"}"), 0);
    assert_int_equal(count_grants(bed, NULL, bed_json(bed, "{\"unitId\": \"%s\"}", unit)), 1);
    assert_int_equal(count_grants(bed, "clerk", "{}"), 1);
    assert_int_equal(count_grants(bed, "liaison", "{}"), 1);
    assert_int_equal(count_grants(bed, "volunteer", "{}"), 1);
    static const char *const actors[] = {"volunteer", "clerk"};
    for (size_t i = 0; i < 2; i++) {
        struct call *call = bed_run(bed, bed_call_for(bed, actors[i], "GetRoleGrant",
                                                      bed_json(bed, "{\"grantId\": \"%s\"}", id)));
        assert_int_equal(call->status, i == 0 ? STATUS_OK : STATUS_NOT_FOUND);
        bed_free(call);
    }
}

static void takes_a_role_away_at_once(void **state)
{
    struct bed *bed = *state;
    const char *community = bed_community(bed, "b");
    const char *id = bed_make(
        bed, "GrantRole",
        grant(bed, "COMMUNITY_STAFF", bed_json(bed, ", \"communityId\": \"%s\"", community)));

    assert_int_equal(count_grants(bed, "li", "{}"), 1);
    bed_ok(bed, "ChangeRoleGrant",
           bed_json(bed,
                    "{\"grantId\": \"%s\", \"action\": \"REVOKE\", \"reason\": \"调离\","
                    " \"revision\": 1}",
                    id));
    struct call *call = bed_run(bed, bed_call_for(bed, "li", "ListRoleGrants", "{}"));
    bed_assert_outcome(call, STATUS_PERMISSION_DENIED, "method", "role");
    bed_free(call);
    bed_assert_journal(bed, 4);
}

/* ---- pairings ---- */

static char *pair(struct bed *bed, const char *unit, const char *community, bool leads)
{
    return bed_json(bed,
                    "{\"pairing\": {\"unitId\": \"%s\", \"communityId\": \"%s\", \"leads\": %s,"
                    " \"sinceOn\": \"2020-06-20\"}}",
                    unit, community, leads ? "true" : "false");
}

static char *part(struct bed *bed, const char *pairing, int revision)
{
    return bed_json(bed,
                    "{\"pairingId\": \"%s\", \"action\": \"END\", \"reason\": \"期满\","
                    " \"revision\": %d}",
                    pairing, revision);
}

static void pairs_a_unit_and_a_community_once_at_a_time(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "一个单位"), *community = bed_community(bed, "滟澜社区");
    const char *id = bed_make(bed, "PairUnit", pair(bed, unit, community, false));

    bed_refused(bed, "PairUnit", pair(bed, unit, community, false), STATUS_ALREADY_EXISTS,
                "pairing.unit_id", "paired");
    bed_ok(bed, "PairUnit", pair(bed, unit, bed_community(bed, "七格社区"), false));
    bed_refused(bed, "PairUnit", pair(bed, NOBODY_ID, community, false), STATUS_NOT_FOUND,
                "pairing.unit_id", "exists");
    bed_refused(bed, "PairUnit", pair(bed, unit, NOBODY_ID, false), STATUS_NOT_FOUND,
                "pairing.community_id", "exists");
    bed_ok(bed, "ChangePairing", part(bed, id, 1));
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.pairing WHERE pairing_id = '%s' AND"
                                " ended_on = (update_time AT TIME ZONE 'Asia/Shanghai')::date",
                                id),
                     1);
    bed_ok(bed, "PairUnit", pair(bed, unit, community, false));
    bed_refused(bed, "UpdatePairing",
                bed_json(bed,
                         "{\"pairing\": {\"pairingId\": \"%s\", \"leads\": true, \"revision\": 2},"
                         " \"updateMask\": \"leads\"}",
                         id),
                STATUS_FAILED_PRECONDITION, "pairing.status", "final");
}

static void lets_one_unit_lead_in_a_community(void **state)
{
    struct bed *bed = *state;
    const char *community = bed_community(bed, "滟澜社区");
    const char *first = bed_make(bed, "PairUnit", pair(bed, bed_unit(bed, "a"), community, true));
    const char *second = bed_make(bed, "PairUnit", pair(bed, bed_unit(bed, "b"), community, false));
    static const char lead[] =
        "{\"pairing\": {\"pairingId\": \"%s\", \"leads\": %s, \"revision\": %d},"
        " \"updateMask\": \"leads\"}";

    bed_refused(bed, "PairUnit", pair(bed, bed_unit(bed, "c"), community, true),
                STATUS_ALREADY_EXISTS, "pairing.leads", "one_lead");
    bed_refused(bed, "UpdatePairing", bed_json(bed, lead, second, "true", 1), STATUS_ALREADY_EXISTS,
                "pairing.leads", "one_lead");
    bed_ok(bed, "UpdatePairing", bed_json(bed, lead, first, "false", 1));
    bed_ok(bed, "UpdatePairing", bed_json(bed, lead, second, "true", 1));
    bed_refused(bed, "UpdatePairing",
                bed_json(bed,
                         "{\"pairing\": {\"pairingId\": \"%s\", \"unitId\": \"%s\","
                         " \"revision\": 2}, \"updateMask\": \"unitId\"}",
                         second, NOBODY_ID),
                STATUS_INVALID_ARGUMENT, "update_mask.paths[0]", "not_updatable");
}

/* ---- alliances ---- */

static void keeps_alliances_and_who_is_in_them(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "一个单位"), *community = bed_community(bed, "滟澜社区");
    static const char make[] = "{\"alliance\": {\"name\": \"%s\", \"level\": \"%s\","
                               " \"communityId\": \"%s\"}}";
    static const char join[] = "{\"member\": {\"allianceId\": \"%s\", \"unitId\": \"%s\","
                               " \"joinedOn\": \"2020-06-20\"}}";

    const char *alliance =
        bed_make(bed, "CreateAlliance", bed_json(bed, make, "微益圈", "COMMUNITY", community));
    bed_refused(bed, "CreateAlliance", bed_json(bed, make, "微益圈", "STREET", ""),
                STATUS_ALREADY_EXISTS, "alliance.name", "unique_in_street");
    bed_refused(bed, "CreateAlliance", bed_json(bed, make, "b", "STREET", community),
                STATUS_INVALID_ARGUMENT, "alliance.community_id", "empty");
    bed_refused(bed, "CreateAlliance", bed_json(bed, make, "b", "COMMUNITY", ""),
                STATUS_INVALID_ARGUMENT, "alliance.community_id", "required");
    bed_refused(bed, "CreateAlliance", bed_json(bed, make, "b", "COMMUNITY", NOBODY_ID),
                STATUS_NOT_FOUND, "alliance.community_id", "exists");
    const char *member = bed_make(bed, "JoinAlliance", bed_json(bed, join, alliance, unit));
    bed_refused(bed, "JoinAlliance", bed_json(bed, join, alliance, unit), STATUS_ALREADY_EXISTS,
                "member.unit_id", "member");
    bed_refused(bed, "JoinAlliance", bed_json(bed, join, NOBODY_ID, unit), STATUS_NOT_FOUND,
                "member.alliance_id", "exists");
    bed_refused(bed, "JoinAlliance", bed_json(bed, join, alliance, NOBODY_ID), STATUS_NOT_FOUND,
                "member.unit_id", "exists");
    bed_ok(bed, "ChangeAllianceMember",
           bed_json(bed,
                    "{\"membershipId\": \"%s\", \"action\": \"LEAVE\", \"reason\": \"-\","
                    " \"revision\": 1}",
                    member));
    bed_ok(bed, "JoinAlliance", bed_json(bed, join, alliance, unit));
    struct call *call = bed_run(
        bed, bed_call(bed, "ListAllianceMembers", bed_json(bed, "{\"unitId\": \"%s\"}", unit)));
    const Registry__ListAllianceMembersResponse *response = call->response;
    assert_int_equal(response->n_members, 2);
    assert_string_not_equal(response->members[0]->left_on, "");
    assert_string_equal(response->members[1]->left_on, "");
    bed_free(call);
}

/* ---- what ends with a unit, with a community ---- */

static void ends_what_bound_a_unit_that_withdraws(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a"), *other = bed_unit(bed, "b");
    const char *community = bed_community(bed, "c");
    const char *alliance =
        bed_make(bed, "CreateAlliance",
                 bed_json(bed, "{\"alliance\": {\"name\": \"d\", \"level\": \"STREET\"}}"));
    const char *const units[] = {unit, other};

    for (size_t i = 0; i < 2; i++) {
        bed_ok(bed, "PairUnit", pair(bed, units[i], community, i == 0));
        bed_ok(bed, "JoinAlliance",
               bed_json(bed,
                        "{\"member\": {\"allianceId\": \"%s\", \"unitId\": \"%s\","
                        " \"joinedOn\": \"2020-06-20\"}}",
                        alliance, units[i]));
        bed_ok(bed, "GrantRole",
               grant(bed, "UNIT_CONTACT", bed_json(bed, ", \"unitId\": \"%s\"", units[i])));
    }
    bed_assert_journal(bed, 11);
    bed_ok(bed, "ChangeUnit", withdraw(bed, unit));
    bed_assert_journal(bed, 15); /* the unit, its pairing, its membership, its contact's role */
    static const char *const left[] = {"pairing WHERE status = 'ACTIVE' AND ended_on IS NULL",
                                       "alliance_member WHERE status = 'ACTIVE'",
                                       "role_grant WHERE status = 'IN_FORCE'"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(bed_number(bed,
                                    "SELECT count(*) FROM registry.%s AND street = '%s'"
                                    " AND unit_id = '%s'",
                                    left[i], bed->street, other),
                         1);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(
            bed_number(bed, "SELECT count(*) FROM registry.%s AND unit_id = '%s'", left[i], unit),
            0);
}

static void ends_what_bound_a_community_that_is_dissolved(void **state)
{
    struct bed *bed = *state;
    const char *community = bed_community(bed, "c");

    bed_ok(bed, "PairUnit", pair(bed, bed_unit(bed, "a"), community, true));
    bed_ok(bed, "GrantRole",
           grant(bed, "COMMUNITY_STAFF", bed_json(bed, ", \"communityId\": \"%s\"", community)));
    bed_ok(bed, "ChangeCommunity", dissolve(bed, community));
    bed_assert_journal(bed, 8); /* and two of them say that something ended with it */
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.journal WHERE street = '%s' AND type"
                                " IN ('jusha.registry.v1.PairingChanged',"
                                " 'jusha.registry.v1.RoleGrantChanged')",
                                bed->street),
                     2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(grants_each_role_for_what_it_is_held_for),
        TEST(refuses_grants_to_nobody_for_no_time_and_nowhere),
        TEST(shows_grants_to_those_whom_they_concern),
        TEST(takes_a_role_away_at_once),
        TEST(pairs_a_unit_and_a_community_once_at_a_time),
        TEST(lets_one_unit_lead_in_a_community),
        TEST(keeps_alliances_and_who_is_in_them),
        TEST(ends_what_bound_a_unit_that_withdraws),
        TEST(ends_what_bound_a_community_that_is_dissolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
