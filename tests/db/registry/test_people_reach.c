/* SPDX-License-Identifier: Apache-2.0 */
/* test_people_reach.c - people: who sees them, and who writes them down */
#include "bed_registry.h"
#include "registry_person.pb-c.h"

#include "services/registry/contract.h"
#include "services/registry/registry.h"

static char *person_in(struct bed *bed, const char *name, const char *place, const char *id)
{
    return bed_make(
        bed, "RegisterPerson",
        bed_json(bed,
                 "{\"person\": {\"name\": \"%s\", \"kind\": \"VOLUNTEER\", \"%s\": \"%s\","
                 " \"phone\": \"13800005678\"}}",
                 name, place, id));
}

static char *person_id(struct bed *bed, const char *id)
{
    return bed_json(bed, "{\"personId\": \"%s\"}", id);
}

static struct call *run_for(struct bed *bed, const char *actor, const char *method,
                            const char *json)
{
    return bed_run(bed, bed_call_for(bed, actor, method, json));
}

static void outcome_for(struct bed *bed, const char *actor, const char *method, const char *json,
                        enum status status, const char *field, const char *rule)
{
    struct call *call = run_for(bed, actor, method, json);

    bed_assert_outcome(call, status, field, rule);
    bed_free(call);
}

struct neighbours {
    const char *community, *other_community, *unit;
    const char *in_community, *in_other, *in_unit;
};

static struct neighbours neighbours(struct bed *bed)
{
    struct neighbours all = {
        .community = bed_community(bed, "滟澜社区"),
        .other_community = bed_community(bed, "七格社区"),
        .unit = bed_unit(bed, "杭州联合银行"),
    };

    all.in_community = person_in(bed, "甲", "communityId", all.community);
    all.in_other = person_in(bed, "乙", "communityId", all.other_community);
    all.in_unit = person_in(bed, "丙", "unitId", all.unit);
    bed_grant(bed, "clerk", "COMMUNITY_STAFF", all.community, NULL);
    bed_grant(bed, "liaison", "UNIT_CONTACT", NULL, all.unit);
    bed_grant(bed, all.in_other, "VOLUNTEER", NULL, NULL);
    return all;
}

static void shows_people_to_those_in_whose_reach_they_are(void **state)
{
    struct bed *bed = *state;
    struct neighbours all = neighbours(bed);
    const struct {
        const char *actor, *person;
        bool sees, reveals;
    } cases[] = {
        {"clerk", all.in_community, true, true},     {"clerk", all.in_other, false, false},
        {"clerk", all.in_unit, false, false},        {"liaison", all.in_unit, true, false},
        {"liaison", all.in_community, false, false}, {all.in_other, all.in_other, true, true},
        {all.in_other, all.in_unit, false, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum status status = cases[i].sees ? STATUS_OK : STATUS_NOT_FOUND;
        const char *json = person_id(bed, cases[i].person);
        outcome_for(bed, cases[i].actor, "GetPerson", json, status,
                    cases[i].sees ? "" : "person_id", cases[i].sees ? "" : "exists");
        struct call *call = run_for(bed, cases[i].actor, "RevealPhone", json);
        assert_int_equal(call->status == STATUS_OK, cases[i].reveals);
        bed_free(call);
    }
    outcome_for(bed, "stranger", "GetPerson", person_id(bed, all.in_unit), STATUS_PERMISSION_DENIED,
                "method", "role");
    outcome_for(bed, "liaison", "RevealPhone", person_id(bed, all.in_unit),
                STATUS_PERMISSION_DENIED, "method", "role");
}

static size_t count_people(struct call *call)
{
    const Registry__ListPeopleResponse *response = call->response;

    bed_assert_outcome(call, STATUS_OK, "", "");
    size_t count = response->n_people; /* BatchGetPeople has it in the same place */
    for (size_t i = 0; i < count; i++)
        assert_string_equal(response->people[i]->phone, "138****5678");
    bed_free(call);
    return count;
}

static void lists_people_within_reach_only(void **state)
{
    struct bed *bed = *state;
    struct neighbours all = neighbours(bed);
    const char *batch = bed_json(bed, "{\"personIds\": [\"%s\", \"%s\", \"%s\"]}", all.in_community,
                                 all.in_other, all.in_unit);

    assert_int_equal(count_people(bed_run(bed, bed_call(bed, "ListPeople", "{}"))), 3);
    assert_int_equal(count_people(bed_run(bed, bed_call(bed, "BatchGetPeople", batch))), 3);
    assert_int_equal(
        count_people(bed_run(bed, bed_call(bed, "ListPeople", "{\"nameContains\": \"乙\"}"))), 1);
    assert_int_equal(
        count_people(bed_run(
            bed, bed_call(bed, "ListPeople", bed_json(bed, "{\"unitId\": \"%s\"}", all.unit)))),
        1);
    assert_int_equal(count_people(bed_run(
                         bed, bed_call(bed, "ListPeople",
                                       bed_json(bed, "{\"communityId\": \"%s\"}", all.community)))),
                     1);
    assert_int_equal(
        count_people(run_for(bed, "clerk", "ListPeople",
                             bed_json(bed, "{\"communityId\": \"%s\"}", all.other_community))),
        0);
    static const char *const actors[] = {"clerk", "liaison"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(count_people(run_for(bed, actors[i], "ListPeople", "{}")), 1);
        assert_int_equal(count_people(run_for(bed, actors[i], "BatchGetPeople", batch)), 1);
    }
    assert_int_equal(count_people(run_for(bed, all.in_other, "ListPeople", "{}")), 1);
}

static void lets_staff_and_contacts_write_their_own_people_only(void **state)
{
    struct bed *bed = *state;
    struct neighbours all = neighbours(bed);
    static const char add[] =
        "{\"person\": {\"name\": \"新人\", \"kind\": \"VOLUNTEER\", \"%s\": \"%s\"}}";
    static const char rename[] =
        "{\"person\": {\"personId\": \"%s\", \"name\": \"改名\", \"revision\": 1},"
        " \"updateMask\": \"name\"}";
    static const char leave[] = "{\"personId\": \"%s\", \"action\": \"LEAVE\", \"reason\": \"-\","
                                " \"revision\": 1}";

    outcome_for(bed, "clerk", "RegisterPerson", bed_json(bed, add, "communityId", all.community),
                STATUS_OK, "", "");
    outcome_for(bed, "clerk", "RegisterPerson",
                bed_json(bed, add, "communityId", all.other_community), STATUS_PERMISSION_DENIED,
                "person.community_id", "reach");
    outcome_for(bed, "liaison", "RegisterPerson", bed_json(bed, add, "unitId", all.unit), STATUS_OK,
                "", "");
    outcome_for(bed, "clerk", "UpdatePerson", bed_json(bed, rename, all.in_other), STATUS_NOT_FOUND,
                "person.person_id", "exists");
    outcome_for(bed, "liaison", "UpdatePerson", bed_json(bed, rename, all.in_unit), STATUS_OK, "",
                "");
    outcome_for(bed, "clerk", "ChangePerson", bed_json(bed, leave, all.in_unit), STATUS_NOT_FOUND,
                "person_id", "exists");
    outcome_for(bed, "clerk", "ChangePerson", bed_json(bed, leave, all.in_community), STATUS_OK, "",
                "");
    outcome_for(bed, all.in_other, "UpdatePerson", bed_json(bed, rename, all.in_other),
                STATUS_PERMISSION_DENIED, "method", "role");
}

static void moves_nobody_to_where_the_caller_does_not_reach(void **state)
{
    struct bed *bed = *state;
    struct neighbours all = neighbours(bed);
    const char *move = bed_json(bed,
                                "{\"person\": {\"personId\": \"%s\", \"communityId\": \"%s\","
                                " \"revision\": 1}, \"updateMask\": \"community_id\"}",
                                all.in_community, all.other_community);

    outcome_for(bed, "clerk", "UpdatePerson", move, STATUS_PERMISSION_DENIED, "person.community_id",
                "reach");
    bed_ok(bed, "UpdatePerson", move);
    outcome_for(bed, "clerk", "GetPerson", person_id(bed, all.in_community), STATUS_NOT_FOUND,
                "person_id", "exists");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(shows_people_to_those_in_whose_reach_they_are),
        TEST(lists_people_within_reach_only),
        TEST(lets_staff_and_contacts_write_their_own_people_only),
        TEST(moves_nobody_to_where_the_caller_does_not_reach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
