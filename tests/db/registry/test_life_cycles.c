/* SPDX-License-Identifier: Apache-2.0 */
/* test_life_cycles.c - every cell of the registry's life cycles */
#include "bed_registry.h"
#include "life_cycle_walk.h"
#include "services/registry/agreement/agreement.h"
#include "services/registry/alliance/alliance.h"
#include "services/registry/community/community.h"
#include "services/registry/pairing/pairing.h"
#include "services/registry/role_grant/role_grant.h"
#include "services/registry/unit/unit.h"

/* REINSTATE needs more than a status, see test_agreements: it is closed to a unit that no agreement
 * holds. */
static void walks_every_cell_of_the_units_life_cycle(void **state)
{
    enum { ROWS_MAX = 16 };
    static struct transition open[ROWS_MAX];
    static struct life_cycle without_agreement;
    static const struct changing units = {&without_agreement, "unit", "ChangeUnit", "unit_id"};
    size_t count = 0;

    for (const struct transition *row = unit_life_cycle.table; row->action; row++)
        if (row->action != REGISTRY__UNIT_ACTION__UNIT_ACTION_REINSTATE)
            open[count++] = *row;
    assert_true(count < ROWS_MAX);
    without_agreement = unit_life_cycle;
    without_agreement.table = open;
    walk_life_cycle(*state, &units, bed_unit(*state, "一个单位"));
}

static void walks_every_cell_of_the_communities_life_cycle(void **state)
{
    static const struct changing communities = {&community_life_cycle, "community",
                                                "ChangeCommunity", "community_id"};

    walk_life_cycle(*state, &communities, bed_community(*state, "滟澜社区"));
}

static void walks_every_cell_of_the_pairings_life_cycle(void **state)
{
    static const struct changing pairings = {&pairing_life_cycle, "pairing", "ChangePairing",
                                             "pairing_id"};
    struct bed *bed = *state;
    const char *id = bed_make(bed, "PairUnit",
                              bed_json(bed,
                                       "{\"pairing\": {\"unitId\": \"%s\", \"communityId\": \"%s\","
                                       " \"sinceOn\": \"2020-06-20\"}}",
                                       bed_unit(bed, "一个单位"), bed_community(bed, "滟澜社区")));

    /* so that every status may be forced upon it */
    bed_sql(bed, "UPDATE registry.pairing SET ended_on = since_on WHERE pairing_id = '%s'", id);
    walk_life_cycle(bed, &pairings, id);
}

static void walks_every_cell_of_the_memberships_life_cycle(void **state)
{
    static const struct changing members = {&alliance_member_life_cycle, "alliance_member",
                                            "ChangeAllianceMember", "membership_id"};
    struct bed *bed = *state;
    const char *alliance =
        bed_make(bed, "CreateAlliance",
                 bed_json(bed, "{\"alliance\": {\"name\": \"聚沙部落\", \"level\": \"STREET\"}}"));
    const char *id = bed_make(bed, "JoinAlliance",
                              bed_json(bed,
                                       "{\"member\": {\"allianceId\": \"%s\", \"unitId\": \"%s\","
                                       " \"joinedOn\": \"2020-06-20\"}}",
                                       alliance, bed_unit(bed, "一个单位")));

    bed_sql(bed,
            "UPDATE registry.alliance_member SET left_on = joined_on WHERE membership_id = '%s'",
            id);
    walk_life_cycle(bed, &members, id);
}

static void walks_every_cell_of_the_alliances_life_cycle(void **state)
{
    static const struct changing alliances = {&alliance_life_cycle, "alliance", "ChangeAlliance",
                                              "alliance_id"};

    walk_life_cycle(*state, &alliances,
                    bed_make(*state, "CreateAlliance",
                             bed_json(*state, "{'alliance': {'name': '聚沙部落',"
                                              " 'level': 'STREET'}}")));
}

static void walks_every_cell_of_the_grants_life_cycle(void **state)
{
    static const struct changing grants = {&role_grant_life_cycle, "role_grant", "ChangeRoleGrant",
                                           "grant_id"};

    walk_life_cycle(
        *state, &grants,
        bed_make(*state, "GrantRole",
                 bed_json(*state,
                          "{\"roleGrant\": {\"holder\": \"li\", \"role\": \"ROLE_STREET_STAFF\","
                          " \"fromOn\": \"2020-01-01\", \"untilOn\": \"2020-12-31\"}}")));
}

static void walks_every_cell_of_the_agreements_life_cycle(void **state)
{
    static const struct changing agreements = {&agreement_life_cycle, "agreement",
                                               "ChangeAgreement", "agreement_id"};

    walk_life_cycle(
        *state, &agreements,
        bed_make(*state, "DraftAgreement",
                 bed_json(*state,
                          "{\"agreement\": {\"unitId\": \"%s\", \"signedOn\": \"2020-06-20\","
                          " \"validToOn\": \"2199-12-30\"}}",
                          bed_unit(*state, "一个单位"))));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(walks_every_cell_of_the_units_life_cycle),
        TEST(walks_every_cell_of_the_communities_life_cycle),
        TEST(walks_every_cell_of_the_pairings_life_cycle),
        TEST(walks_every_cell_of_the_memberships_life_cycle),
        TEST(walks_every_cell_of_the_alliances_life_cycle),
        TEST(walks_every_cell_of_the_grants_life_cycle),
        TEST(walks_every_cell_of_the_agreements_life_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
