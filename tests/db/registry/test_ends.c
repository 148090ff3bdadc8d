/* SPDX-License-Identifier: Apache-2.0 */
/* test_ends.c - what ends in the registry with a community, a unit, a person, an alliance */
#include "bed_registry.h"
#include "ends_walk.h"

#define UNTIL "'fromOn': '2026-01-01', 'untilOn': '2199-12-30'"

static char *alliance(struct bed *bed, const char *name, const char *community)
{
    return bed_make(bed, "CreateAlliance",
                    bed_json(bed,
                             "{'alliance': {'name': '%s', 'level': '%s', 'communityId': '%s'}}",
                             name, community[0] ? "COMMUNITY" : "STREET", community));
}

static void join(struct bed *bed, const char *into, const char *unit)
{
    bed_ok(bed, "JoinAlliance",
           bed_json(bed,
                    "{'member': {'allianceId': '%s', 'unitId': '%s',"
                    " 'joinedOn': '2026-01-01'}}",
                    into, unit));
}

static char *signed_agreement(struct bed *bed, const char *unit, const char *community)
{
    char *id = bed_make(bed, "DraftAgreement",
                        bed_json(bed,
                                 "{'agreement': {'unitId': '%s', 'communityId': '%s',"
                                 " 'signedOn': '2020-01-01', 'validToOn': '2199-12-30'}}",
                                 unit, community));

    bed_ok(bed, "ChangeAgreement",
           bed_json(bed, "{'agreementId': '%s', 'action': 'SIGN', 'revision': 1}", id));
    return id;
}

static void pair(struct bed *bed, const char *unit, const char *community)
{
    bed_ok(bed, "PairUnit",
           bed_json(bed,
                    "{'pairing': {'unitId': '%s', 'communityId': '%s',"
                    " 'sinceOn': '2026-01-01'}}",
                    unit, community));
}

static void grant(struct bed *bed, const char *holder, const char *role)
{
    bed_ok(bed, "GrantRole",
           bed_json(bed, "{'roleGrant': {'holder': '%s', %s, " UNTIL "}}", holder, role));
}

static long statuses(struct bed *bed, const char *table, const char *status)
{
    return bed_number(bed, "SELECT count(*) FROM registry.%s WHERE street = '%s' AND status = '%s'",
                      table, bed->street, status);
}

static void ends_all_that_is_bound_to_a_community(void **state)
{
    struct bed *bed = *state;
    char *community = bed_community(bed, "滟澜社区"), *unit = bed_unit(bed, "银行");

    join(bed, alliance(bed, "微益圈", community), unit);
    signed_agreement(bed, unit, community);
    pair(bed, unit, community);
    grant(bed, "li",
          bed_json(bed, "'role': 'ROLE_COMMUNITY_STAFF', 'communityId': '%s'", community));
    ends_assert_open(bed, "community_dissolved", community);
    bed_ok(bed, "ChangeCommunity",
           bed_json(bed,
                    "{'communityId': '%s', 'action': 'DISSOLVE', 'reason': '撤并',"
                    " 'revision': 1}",
                    community));
    ends_assert_closed(bed, "community_dissolved", community);
    assert_int_equal(statuses(bed, "alliance_member", "LEFT"), 1);
    /* what the unit held by it returns to its earlier state */
    assert_int_equal(statuses(bed, "unit", "PROSPECT"), 1);
    /* the names are free again */
    alliance(bed, "微益圈", "");
}

static void ends_all_that_is_bound_to_a_unit(void **state)
{
    struct bed *bed = *state;
    char *community = bed_community(bed, "滟澜社区"), *unit = bed_unit(bed, "银行");

    join(bed, alliance(bed, "聚沙部落", ""), unit);
    signed_agreement(bed, unit, "");
    pair(bed, unit, community);
    grant(bed, "li", bed_json(bed, "'role': 'ROLE_UNIT_CONTACT', 'unitId': '%s'", unit));
    ends_assert_open(bed, "unit_withdrawn", unit);
    bed_ok(bed, "ChangeUnit",
           bed_json(bed, "{'unitId': '%s', 'action': 'WITHDRAW', 'reason': '迁走', 'revision': 2}",
                    unit));
    ends_assert_closed(bed, "unit_withdrawn", unit);
    assert_int_equal(statuses(bed, "unit", "WITHDRAWN"), 1);
}

static void revokes_the_roles_of_who_left(void **state)
{
    struct bed *bed = *state;
    char *person = bed_make(bed, "RegisterPerson",
                            bed_json(bed, "{'person': {'name': '王某', 'kind': 'STAFF'}}"));

    grant(bed, person, "'role': 'ROLE_STREET_STAFF'");
    ends_assert_open(bed, "person_left", person);
    bed_ok(bed, "ChangePerson",
           bed_json(bed, "{'personId': '%s', 'action': 'LEAVE', 'reason': '退休', 'revision': 1}",
                    person));
    ends_assert_closed(bed, "person_left", person);
}

/* Nothing that ends takes the street's lock for longer than some hundreds of objects do. */
static void ends_a_large_alliance_in_pieces(void **state)
{
    enum { MEMBERS = 230 };
    struct bed *bed = *state;
    char *large = alliance(bed, "聚沙部落", "");

    bed_sql(bed,
            "INSERT INTO registry.unit (street, unit_id, name, kind, credit_code, address,"
            " status, create_time, update_time, revision) SELECT '%s', gen_random_uuid(),"
            " 'u' || i, 'BANK', '', '', 'SIGNED', now(), now(), 1"
            " FROM generate_series(1, %d) i",
            bed->street, MEMBERS);
    bed_sql(bed,
            "INSERT INTO registry.alliance_member SELECT street, gen_random_uuid(), '%s',"
            " unit_id, '2026-01-01', NULL, 'ACTIVE', now(), now(), 1 FROM registry.unit"
            " WHERE street = '%s'",
            large, bed->street);
    ends_assert_open(bed, "alliance_ended", large);
    bed_ok(bed, "ChangeAlliance",
           bed_json(bed, "{'allianceId': '%s', 'action': 'END', 'reason': '解散', 'revision': 1}",
                    large));
    assert_int_equal(statuses(bed, "alliance_member", "LEFT"), 100);
    while (statuses(bed, "alliance_member", "ACTIVE") > 0)
        bed_fire_timers(bed);
    ends_assert_closed(bed, "alliance_ended", large);
    assert_int_equal(bed_events(bed, "AllianceMemberChanged"), MEMBERS);
    /* the last of them says why, as the first did */
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.journal WHERE street = '%s'"
                                " AND position(convert_to('解散', 'UTF8') IN data) > 0"
                                " AND position('alliance_ended'::bytea IN data) > 0",
                                bed->street),
                     MEMBERS);
}

static void renames_an_alliance_until_it_has_ended(void **state)
{
    static const char rename[] = "{'alliance': {'allianceId': '%s', 'name': '%s', 'revision': %d},"
                                 " 'updateMask': 'name'}";
    struct bed *bed = *state;
    char *id = alliance(bed, "聚沙部落", ""), *unit = bed_unit(bed, "银行");

    bed_ok(bed, "UpdateAlliance", bed_json(bed, rename, id, "聚沙联盟", 1));
    bed_ok(bed, "ChangeAlliance",
           bed_json(bed, "{'allianceId': '%s', 'action': 'END', 'reason': '解散', 'revision': 2}",
                    id));
    bed_refused(bed, "UpdateAlliance", bed_json(bed, rename, id, "a", 3),
                STATUS_FAILED_PRECONDITION, "alliance.status", "final");
    bed_refused(bed, "JoinAlliance",
                bed_json(bed,
                         "{'member': {'allianceId': '%s', 'unitId': '%s',"
                         " 'joinedOn': '2026-01-01'}}",
                         id, unit),
                STATUS_FAILED_PRECONDITION, "member.alliance_id", "ended");
}

/* What it is bound by stays, and nothing new begins with it. */
static void begins_nothing_with_a_unit_that_is_suspended(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a"), *community = bed_community(bed, "b");
    char *of = alliance(bed, "c", community);
    char *pairs = bed_json(bed,
                           "{'pairing': {'unitId': '%s', 'communityId': '%s',"
                           " 'sinceOn': '2026-01-01'}}",
                           unit, community);
    char *joins = bed_json(bed,
                           "{'member': {'allianceId': '%s', 'unitId': '%s',"
                           " 'joinedOn': '2026-01-01'}}",
                           of, unit);

    bed_sql(bed, "UPDATE registry.unit SET status = 'SUSPENDED' WHERE unit_id = '%s'", unit);
    bed_refused(bed, "PairUnit", pairs, STATUS_FAILED_PRECONDITION, "pairing.unit_id",
                "unit_status");
    bed_refused(bed, "JoinAlliance", joins, STATUS_FAILED_PRECONDITION, "member.unit_id",
                "unit_status");
    bed_sql(bed, "UPDATE registry.unit SET status = 'SIGNED' WHERE unit_id = '%s'", unit);
    bed_ok(bed, "PairUnit", pairs);
    bed_ok(bed, "JoinAlliance", joins);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(ends_all_that_is_bound_to_a_community),
        TEST(ends_all_that_is_bound_to_a_unit),
        TEST(revokes_the_roles_of_who_left),
        TEST(ends_a_large_alliance_in_pieces),
        TEST(renames_an_alliance_until_it_has_ended),
        TEST(begins_nothing_with_a_unit_that_is_suspended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
