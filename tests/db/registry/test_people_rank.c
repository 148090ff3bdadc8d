/* SPDX-License-Identifier: Apache-2.0 */
/* test_people_rank.c - people who stand between two places, and those who stand above the caller */
#include "bed_registry.h"
#include "registry_person.pb-c.h"

/* The street's office, two communities, two units; "clerk" is staff of the one community, "liaison"
 * the one unit's contact. */
struct cast {
    const char *community, *their_community, *unit, *their_unit;
};

static struct cast cast_of(struct bed *bed)
{
    struct cast cast = {
        .community = bed_community(bed, "滟澜社区"),
        .their_community = bed_community(bed, "七格社区"),
        .unit = bed_unit(bed, "杭州联合银行"),
        .their_unit = bed_unit(bed, "中策橡胶集团"),
    };

    bed_grant(bed, "clerk", "COMMUNITY_STAFF", cast.community, NULL);
    bed_grant(bed, "liaison", "UNIT_CONTACT", NULL, cast.unit);
    return cast;
}

static char *person(struct bed *bed, const char *community, const char *unit)
{
    return bed_make(bed, "RegisterPerson",
                    bed_json(bed,
                             "{'person': {'name': '某人', 'kind': 'VOLUNTEER', 'communityId': '%s',"
                             " 'unitId': '%s'}}",
                             community, unit));
}

static void move(struct bed *bed, const char *actor, const char *person, const char *field,
                 const char *id, enum status status, const char *rule)
{
    bed_outcome_for(bed, actor, "UpdatePerson",
                    bed_json(bed,
                             "{'person': {'personId': '%s', '%s': '%s', 'revision': 1},"
                             " 'updateMask': '%s'}",
                             person, field, id, field),
                    status,
                    status == STATUS_OK
                        ? ""
                        : bed_json(bed, "person.%s_id", field[0] == 'c' ? "community" : "unit"),
                    rule);
}

static void moves_nobody_between_places_of_others(void **state)
{
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);
    const char *between = person(bed, cast.community, cast.their_unit);
    const char *colleague = person(bed, "", cast.unit);

    move(bed, "clerk", between, "unitId", cast.unit, STATUS_PERMISSION_DENIED, "reach");
    move(bed, "clerk", between, "unitId", "", STATUS_PERMISSION_DENIED, "reach");
    move(bed, "liaison", colleague, "communityId", cast.their_community, STATUS_PERMISSION_DENIED,
         "reach");
    move(bed, "clerk", person(bed, cast.community, ""), "unitId", cast.their_unit,
         STATUS_PERMISSION_DENIED, "reach");
    bed_outcome_for(bed, "liaison", "RegisterPerson",
                    bed_json(bed,
                             "{'person': {'name': '新人', 'kind': 'VOLUNTEER', 'unitId': '%s',"
                             " 'communityId': '%s'}}",
                             cast.unit, cast.their_community),
                    STATUS_PERMISSION_DENIED, "person.community_id", "reach");
}

static void lets_go_whom_another_place_keeps(void **state)
{
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);

    bed_grant(bed, "liaison", "COMMUNITY_STAFF", cast.community, NULL);
    move(bed, "liaison", person(bed, cast.community, cast.unit), "communityId", "", STATUS_OK, "");
    move(bed, "liaison", person(bed, "", cast.unit), "communityId", cast.community, STATUS_OK, "");
}

/* ---- ranks ---- */

static void edits(struct bed *bed, const char *actor, const char *person, enum status status)
{
    const bool well = status == STATUS_OK;

    bed_outcome_for(bed, actor, "UpdatePerson",
                    bed_json(bed,
                             "{'person': {'personId': '%s', 'name': '改名', 'revision': 1},"
                             " 'updateMask': 'name'}",
                             person),
                    status, well ? "" : "person.person_id", well ? "" : "higher_role");
    bed_outcome_for(bed, actor, "ChangePerson",
                    bed_json(bed,
                             "{'personId': '%s', 'action': 'LEAVE', 'reason': '-', 'revision': %d}",
                             person, well ? 2 : 1),
                    status, well ? "" : "person_id", well ? "" : "higher_role");
}

static void edits_nobody_who_holds_a_higher_role(void **state)
{
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);
    const struct {
        const char *actor, *role, *community, *unit;
        enum status status;
    } cases[] = {
        {"liaison", "STREET_STAFF", NULL, NULL, STATUS_PERMISSION_DENIED},
        {"clerk", "STREET_STAFF", NULL, NULL, STATUS_PERMISSION_DENIED},
        {"liaison", "COMMUNITY_STAFF", cast.community, NULL, STATUS_PERMISSION_DENIED},
        {"liaison", "UNIT_CONTACT", NULL, cast.their_unit, STATUS_PERMISSION_DENIED},
        {"clerk", "COMMUNITY_STAFF", cast.their_community, NULL, STATUS_PERMISSION_DENIED},
        {"liaison", "UNIT_CONTACT", NULL, cast.unit, STATUS_OK},
        {"liaison", "SHOP", NULL, cast.unit, STATUS_OK},
        {"liaison", "VOLUNTEER", NULL, NULL, STATUS_OK},
        {"clerk", "COMMUNITY_STAFF", cast.community, NULL, STATUS_OK},
        {"clerk", "UNIT_CONTACT", NULL, cast.unit, STATUS_OK},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *holder = person(bed, cast.community, cast.unit);
        bed_grant(bed, holder, cases[i].role, cases[i].community, cases[i].unit);
        edits(bed, cases[i].actor, holder, cases[i].status);
    }
}

static void counts_roles_that_are_to_come_and_none_that_are_over(void **state)
{
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);
    const char *chief = person(bed, cast.community, cast.unit);

    bed_grant(bed, chief, "STREET_STAFF", NULL, NULL);
    bed_sql(bed, "UPDATE registry.role_grant SET from_on = now()::date + 3 WHERE holder = '%s'",
            chief);
    edits(bed, "liaison", chief, STATUS_PERMISSION_DENIED);
    bed_sql(bed,
            "UPDATE registry.role_grant SET from_on = now()::date - 9, until_on = now()::date - 3"
            " WHERE holder = '%s'",
            chief);
    edits(bed, "liaison", chief, STATUS_OK);
}

static void lets_the_office_edit_everybody(void **state)
{
    struct bed *bed = *state;
    struct cast cast = cast_of(bed);
    const char *chief = person(bed, cast.community, cast.unit);

    bed_grant(bed, chief, "STREET_STAFF", NULL, NULL);
    bed_grant(bed, "head", "STREET_STAFF", NULL, NULL);
    edits(bed, "head", chief, STATUS_OK);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(moves_nobody_between_places_of_others),
        TEST(lets_go_whom_another_place_keeps),
        TEST(edits_nobody_who_holds_a_higher_role),
        TEST(counts_roles_that_are_to_come_and_none_that_are_over),
        TEST(lets_the_office_edit_everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
