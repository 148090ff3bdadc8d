/* SPDX-License-Identifier: Apache-2.0 */
/* test_get_on.c - whatever is open in the registry, somebody can get on with it, on any day */
#include "bed_registry.h"
#include "get_on_walk.h"
#include "services/registry/agreement/agreement.h"
#include "services/registry/alliance/alliance.h"
#include "services/registry/community/community.h"
#include "services/registry/pairing/pairing.h"
#include "services/registry/person/person.h"
#include "services/registry/role_grant/role_grant.h"
#include "services/registry/unit/unit.h"

static char *community(struct bed *bed)
{
    return bed_community(bed, another_name(bed));
}

static char *unit(struct bed *bed)
{
    return bed_unit(bed, another_name(bed));
}

static char *person(struct bed *bed)
{
    return bed_make(
        bed, "RegisterPerson",
        bed_json(bed, "{'person': {'name': '%s', 'kind': 'VOLUNTEER'}}", another_name(bed)));
}

static char *alliance(struct bed *bed)
{
    return bed_make(
        bed, "CreateAlliance",
        bed_json(bed, "{'alliance': {'name': '%s', 'level': 'STREET'}}", another_name(bed)));
}

/* ---- a term: since, joined, from, signed ---- */

static char *pairing(struct bed *bed)
{
    return bed_make(bed, "PairUnit",
                    bed_json(bed,
                             "{'pairing': {'unitId': '%s', 'communityId': '%s',"
                             " 'sinceOn': '2020-06-20'}}",
                             unit(bed), community(bed)));
}

static void set_since(struct bed *bed, const char *id, int first, int last)
{
    (void)last;
    bed_sql(bed, "UPDATE registry.pairing SET since_on = current_date + %d WHERE pairing_id = '%s'",
            first, id);
}

static char *member(struct bed *bed)
{
    return bed_make(bed, "JoinAlliance",
                    bed_json(bed,
                             "{'member': {'allianceId': '%s', 'unitId': '%s',"
                             " 'joinedOn': '2020-06-20'}}",
                             alliance(bed), unit(bed)));
}

static void set_joined(struct bed *bed, const char *id, int first, int last)
{
    (void)last;
    bed_sql(bed,
            "UPDATE registry.alliance_member SET joined_on = current_date + %d"
            " WHERE membership_id = '%s'",
            first, id);
}

static const char *grant_until(struct bed *bed, int days)
{
    return bed_json(bed,
                    "{'roleGrant': {'holder': 'li', 'role': 'ROLE_STREET_STAFF',"
                    " 'fromOn': '2020-01-01', 'untilOn': '%s'}}",
                    day_from_now(bed, days));
}

static char *role_grant(struct bed *bed)
{
    return bed_make(bed, "GrantRole", grant_until(bed, 5));
}

static void set_term(struct bed *bed, const char *id, int first, int last)
{
    bed_sql(bed,
            "UPDATE registry.role_grant SET from_on = current_date + %d,"
            " until_on = current_date + %d WHERE grant_id = '%s'",
            first, last, id);
}

/* One more for the days that follow. */
static struct put_off grant_again(struct bed *bed, const char *id)
{
    (void)id;
    return (struct put_off){"GrantRole", grant_until(bed, 30)};
}

static char *agreement(struct bed *bed)
{
    return bed_make(bed, "DraftAgreement",
                    bed_json(bed,
                             "{'agreement': {'unitId': '%s', 'signedOn': '2020-06-20',"
                             " 'validToOn': '2199-12-30'}}",
                             unit(bed)));
}

static void set_validity(struct bed *bed, const char *id, int first, int last)
{
    bed_sql(bed,
            "UPDATE registry.agreement SET signed_on = current_date + %d,"
            " valid_to_on = current_date + %d WHERE agreement_id = '%s'",
            first, last, id);
}

/* A draft's days are changed; one in force is renewed. */
static struct put_off prolong(struct bed *bed, const char *id)
{
    const char *until = day_from_now(bed, 30);

    if (bed_number(bed,
                   "SELECT count(*) FROM registry.agreement WHERE agreement_id = '%s'"
                   " AND status = 'DRAFT'",
                   id))
        return (struct put_off){
            "UpdateAgreement",
            bed_json(bed,
                     "{'agreement': {'agreementId': '%s', 'validToOn': '%s', 'revision': %ld},"
                     " 'updateMask': 'validToOn'}",
                     id, until, revision_of(bed, "agreement", "agreement_id", id))};
    return (struct put_off){
        "DraftAgreement",
        bed_json(
            bed, "{'agreement': {'unitId': '%s', 'renewsAgreementId': '%s', 'validToOn': '%s'}}",
            bed_text(bed, "SELECT unit_id FROM registry.agreement WHERE agreement_id = '%s'", id),
            id, until)};
}

static void lets_somebody_get_on_on_any_day(void **state)
{
    static const struct dated objects[] = {
        {{&community_life_cycle, "community", "ChangeCommunity", "community_id"},
         .make = community},
        {{&unit_life_cycle, "unit", "ChangeUnit", "unit_id"}, .make = unit},
        {{&person_life_cycle, "person", "ChangePerson", "person_id"}, .make = person},
        {{&alliance_life_cycle, "alliance", "ChangeAlliance", "alliance_id"}, .make = alliance},
        {{&pairing_life_cycle, "pairing", "ChangePairing", "pairing_id"},
         .make = pairing,
         .set_days = set_since},
        {{&alliance_member_life_cycle, "alliance_member", "ChangeAllianceMember", "membership_id"},
         .make = member,
         .set_days = set_joined},
        {{&role_grant_life_cycle, "role_grant", "ChangeRoleGrant", "grant_id"},
         .make = role_grant,
         .set_days = set_term,
         .put_off = grant_again},
        {{&agreement_life_cycle, "agreement", "ChangeAgreement", "agreement_id"},
         .make = agreement,
         .set_days = set_validity,
         .put_off = prolong},
        {{0}},
    };

    walk_get_on(*state, objects, &(const struct standing){0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lets_somebody_get_on_on_any_day, bed_up, bed_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
