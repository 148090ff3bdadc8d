/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_resources.c - what is special about resources: owners, names, conditions and their
 * versions
 */
#include "bed_selection.h"

#include <string.h>

#include "life_cycle_walk.h"
#include "registry_community.pb-c.h"
#include "registry_events.pb-c.h"
#include "selection_name_key.pb-c.h"
#include "services/selection/resource/resource.h"

#define NOBODYS "019336a0-0000-7000-8000-0000000000ff"

/* owner is "'unitId': '…', " or the like, or "". */
static char *named(struct bed *bed, const char *owner, const char *name)
{
    return bed_json(bed,
                    "{'resource': {%s'name': '%s', 'category': 'VENUE', 'capacity': 20,"
                    " 'opening': {'windows': [{'rrule': 'FREQ=WEEKLY;BYDAY=SA,SU',"
                    " 'from': '08:00', 'until': '20:00'}]},"
                    " 'conditions': {'everyone': true, 'noticeMinutes': 2880}}}",
                    owner, name);
}

static char *of_unit(struct bed *bed, const char *id)
{
    return bed_json(bed, "'unitId': '%s', ", id);
}

static char *of_community(struct bed *bed, const char *id)
{
    return bed_json(bed, "'communityId': '%s', ", id);
}

static char *withdrawal(struct bed *bed, const char *id, unsigned revision)
{
    return bed_json(bed,
                    "{'resourceId': '%s', 'action': 'WITHDRAW', 'reason': '项目结束',"
                    " 'revision': %u}",
                    id, revision);
}

static char *renaming(struct bed *bed, const char *id, unsigned revision, const char *name)
{
    return bed_json(bed,
                    "{'resource': {'resourceId': '%s', 'name': '%s', 'revision': %u},"
                    " 'updateMask': 'name'}",
                    id, name, revision);
}

static void belongs_to_one_who_takes_part(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "项目部"), *community = bed_community(bed, "头格社区");
    const char *gone = bed_unit(bed, "已退出"), *dissolved = bed_community(bed, "已撤销");

    bed_sql(bed, "UPDATE selection.unit SET status = 'WITHDRAWN' WHERE unit_id = '%s'", gone);
    bed_sql(bed, "UPDATE selection.community SET status = 'DISSOLVED' WHERE community_id = '%s'",
            dissolved);
    bed_ok(bed, "OfferResource", named(bed, of_unit(bed, unit), "篮球场"));
    bed_ok(bed, "OfferResource", named(bed, of_community(bed, community), "篮球场"));
    bed_ok(bed, "OfferResource", named(bed, "", "篮球场"));
    bed_refused(bed, "OfferResource", named(bed, of_unit(bed, NOBODYS), "a"), STATUS_NOT_FOUND,
                "resource.unit_id", "exists");
    bed_refused(bed, "OfferResource", named(bed, of_unit(bed, gone), "a"), STATUS_NOT_FOUND,
                "resource.unit_id", "exists");
    bed_refused(bed, "OfferResource", named(bed, of_community(bed, dissolved), "a"),
                STATUS_NOT_FOUND, "resource.community_id", "exists");
    bed_refused(
        bed, "OfferResource",
        named(bed, bed_json(bed, "'communityId': '%s', 'unitId': '%s', ", community, unit), "a"),
        STATUS_INVALID_ARGUMENT, "resource.unit_id", "one_owner");
    bed_assert_journal(bed, 3);
}

/* What the registry tells makes a community known, and one that was dissolved unknown. */
static void knows_the_communities_that_the_registry_tells_of(void **state)
{
    struct bed *bed = *state;
    Registry__Community community = REGISTRY__COMMUNITY__INIT;
    Registry__CommunityCreated created = REGISTRY__COMMUNITY_CREATED__INIT;
    Registry__CommunityChanged changed = REGISTRY__COMMUNITY_CHANGED__INIT;
    const ProtobufCMessage *first[] = {&created.base, NULL}, *second[] = {&changed.base, NULL};

    created.community = changed.community = &community;
    community.community_id = (char *)NOBODYS;
    community.name = (char *)"头格社区";
    community.status = REGISTRY__COMMUNITY_STATUS__COMMUNITY_STATUS_ACTIVE;
    community.revision = 1;
    assert_int_equal(bed_follow(bed, "registry", first), STATUS_OK);
    bed_ok(bed, "OfferResource", named(bed, of_community(bed, NOBODYS), "篮球场"));
    community.status = REGISTRY__COMMUNITY_STATUS__COMMUNITY_STATUS_DISSOLVED;
    community.revision = 2;
    assert_int_equal(bed_follow(bed, "registry", second), STATUS_OK);
    bed_refused(bed, "OfferResource", named(bed, of_community(bed, NOBODYS), "会议室"),
                STATUS_NOT_FOUND, "resource.community_id", "exists");
}

static void has_a_name_of_its_own_among_its_owners(void **state)
{
    struct bed *bed = *state;
    const char *owner = of_unit(bed, bed_unit(bed, "项目部"));
    const char *id = bed_make(bed, "OfferResource", named(bed, owner, "篮球场"));

    bed_make(bed, "OfferResource", named(bed, "", "会议室"));
    bed_refused(bed, "OfferResource", named(bed, owner, " 篮球场"), STATUS_ALREADY_EXISTS,
                "resource.name", "unique_for_owner");
    bed_refused(bed, "OfferResource", named(bed, owner, "篮\u200b球场"), STATUS_ALREADY_EXISTS,
                "resource.name", "unique_for_owner");
    bed_refused(bed, "OfferResource", named(bed, "", "会议室"), STATUS_ALREADY_EXISTS,
                "resource.name", "unique_for_owner");
    bed_ok(bed, "ChangeResource", withdrawal(bed, id, 1));
    bed_refused(bed, "UpdateResource", renaming(bed, id, 2, "新名"), STATUS_FAILED_PRECONDITION,
                "resource.status", "final");
    bed_ok(bed, "OfferResource", named(bed, owner, "篮球场"));
}

static void refuse_offer(struct bed *bed, const char *opening, const char *conditions,
                         enum status status, const char *field, const char *rule)
{
    bed_refused(bed, "OfferResource",
                bed_json(bed,
                         "{'resource': {'name': 'a', 'category': 'VENUE', 'opening': %s,"
                         " 'conditions': %s}}",
                         opening, conditions),
                status, field, rule);
}

static void refuses_openings_that_nobody_could_follow(void **state)
{
    static const struct {
        const char *opening, *field, *rule;
    } cases[] = {
        {"{'windows': [{'rrule': 'FREQ=SECONDLY', 'from': '08:00', 'until': '20:00'}]}",
         "resource.opening.windows[0].rrule", "rrule"},
        {"{'windows': [{'rrule': 'FREQ=DAILY', 'from': '8:00', 'until': '20:00'}]}",
         "resource.opening.windows[0].from", "time_of_day"},
        {"{'windows': [{'rrule': 'FREQ=DAILY', 'from': '08:00', 'until': '24:01'}]}",
         "resource.opening.windows[0].until", "time_of_day"},
        {"{'windows': [{'rrule': 'FREQ=DAILY', 'from': '08:60', 'until': '24:00'}]}",
         "resource.opening.windows[0].from", "time_of_day"},
        {"{'windows': [{'rrule': 'FREQ=DAILY', 'from': '00:00', 'until': '24:00'},"
         " {'rrule': 'FREQ=DAILY', 'from': '08:00', 'until': '08:00'}]}",
         "resource.opening.windows", "order"},
        {"{'windows': [{'rrule': 'FREQ=DAILY', 'from': '24:00', 'until': '08:00'}]}",
         "resource.opening.windows[0].from", "time_of_day"},
        {"{'windows': [{'rrule': 'FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29',"
         " 'from': '08:00', 'until': '20:00', 'firstOn': '2027-02-01'}]}",
         "resource.opening.windows[0].rrule", "never"},
        {"{'windows': [{'rrule': 'FREQ=DAILY;UNTIL=20990101', 'from': '08:00', 'until': '20:00',"
         " 'firstOn': '2099-01-02'}]}",
         "resource.opening.windows[0].rrule", "never"},
        {"{'windows': [{'rrule': 'FREQ=DAILY', 'from': '00:00', 'until': '24:00'},"
         " {'rrule': 'FREQ=DAILY;COUNT=1000;BYDAY=MO;BYMONTH=2', 'from': '08:00',"
         " 'until': '20:00'}]}",
         "resource.opening.windows[1].rrule", "no_count"},
        {"{'windows': [{'rrule': 'FREQ=WEEKLY;INTERVAL=2;BYDAY=SA', 'from': '08:00',"
         " 'until': '20:00'}]}",
         "resource.opening.windows[0].first_on", "required"},
        {"{'windows': [{'rrule': 'FREQ=MONTHLY', 'from': '08:00', 'until': '20:00'}]}",
         "resource.opening.windows[0].first_on", "required"},
        {"{'windows': [{'rrule': 'FREQ=MONTHLY', 'from': '08:00', 'until': '20:00',"
         " 'firstOn': '2026-02-30'}]}",
         "resource.opening.windows[0].first_on", "date"},
    };
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse_offer(bed, cases[i].opening, "{'everyone': true}", STATUS_INVALID_ARGUMENT,
                     cases[i].field, cases[i].rule);
    bed_assert_journal(bed, 0);
}

static void refuses_conditions_that_nobody_could_meet(void **state)
{
    static const struct {
        const char *conditions;
        enum status status;
        const char *field, *rule;
    } cases[] = {
        {"{'everyone': true, 'groups': ['环卫工人']}", STATUS_INVALID_ARGUMENT,
         "resource.conditions.everyone", "everyone"},
        {"{'everyone': true, 'oftenTimes': 1}", STATUS_INVALID_ARGUMENT,
         "resource.conditions.often_days", "often"},
        {"{'everyone': true, 'oftenDays': 7}", STATUS_INVALID_ARGUMENT,
         "resource.conditions.often_days", "often"},
        {"{'groups': ['']}", STATUS_INVALID_ARGUMENT, "resource.conditions.groups[0]", "length"},
        {"{'unitIds': ['" NOBODYS "']}", STATUS_NOT_FOUND, "resource.conditions.unit_ids",
         "exists"},
        {"{'communityIds': ['" NOBODYS "']}", STATUS_NOT_FOUND, "resource.conditions.community_ids",
         "exists"},
    };
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse_offer(bed, "{}", cases[i].conditions, cases[i].status, cases[i].field,
                     cases[i].rule);
    bed_assert_journal(bed, 0);
}

#define ENDING_ON                                                                                  \
    "'opening': {'windows': [{'rrule': 'FREQ=DAILY;UNTIL=%s', 'from': '08:00', 'until': "          \
    "'20:00'}]}"
#define OFFER_OF                                                                                   \
    "{'resource': {'name': 'a', 'category': 'VENUE', 'conditions': {'everyone': true}, " ENDING_ON \
    "}}"
#define UPDATE_OF                                                                                  \
    "{'resource': {'resourceId': '%s', 'name': 'b', 'revision': 1, " ENDING_ON                     \
    "}, 'updateMask': '%s'}"

static void refuses_windows_that_are_over(void **state)
{
    struct bed *bed = *state;
    char *id = bed_make(bed, "OfferResource", bed_json(bed, OFFER_OF, "21991231"));

    bed_refused(bed, "OfferResource", bed_json(bed, OFFER_OF, "20240229"),
                STATUS_FAILED_PRECONDITION, "resource.opening.windows[0].rrule", "past");
    bed_refused(bed, "UpdateResource", bed_json(bed, UPDATE_OF, id, "20240229", "opening"),
                STATUS_FAILED_PRECONDITION, "resource.opening.windows[0].rrule", "past");
    /* what the mask leaves out is nobody's business */
    bed_ok(bed, "UpdateResource", bed_json(bed, UPDATE_OF, id, "20240229", "name"));
    bed_assert_journal(bed, 2);
}

static void keeps_every_version_of_its_conditions(void **state)
{
    struct bed *bed = *state;
    const char *community = bed_community(bed, "头格社区");
    const char *id = bed_make(bed, "OfferResource", named(bed, "", "篮球场"));

    bed_make(bed, "OfferResource", named(bed, "", "另一处"));
    bed_ok(bed, "UpdateResource", renaming(bed, id, 1, "项目部篮球场"));
    bed_assert_column(bed, "resource", id, "conditions_version", "1");
    bed_ok(
        bed, "UpdateResource",
        bed_json(bed,
                 "{'resource': {'resourceId': '%s', 'conditions': {'communityIds': ['%s'],"
                 " 'oftenTimes': 1, 'oftenDays': 7}, 'revision': 2}, 'updateMask': 'conditions'}",
                 id, community));
    bed_ok(bed, "UpdateResource",
           bed_json(bed,
                    "{'resource': {'resourceId': '%s', 'revision': 3}, 'updateMask': 'opening'}",
                    id));
    bed_assert_column(bed, "resource", id, "conditions_version", "3");
    bed_refused(bed, "UpdateResource",
                bed_json(bed,
                         "{'resource': {'resourceId': '%s', 'revision': 4},"
                         " 'updateMask': 'conditions'}",
                         id),
                STATUS_INVALID_ARGUMENT, "resource.conditions", "required");

    struct call *call = bed_run(
        bed, bed_call(bed, "ListResourceVersions", bed_json(bed, "{'resourceId': '%s'}", id)));
    const Selection__ListResourceVersionsResponse *response = call->response;
    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_int_equal(response->n_versions, 3);
    assert_true(response->versions[0]->conditions->everyone);
    assert_int_equal(response->versions[1]->version, 2);
    assert_string_equal(response->versions[1]->conditions->community_ids[0], community);
    assert_int_equal(response->versions[1]->opening->n_windows, 1);
    assert_null(response->versions[2]->opening);
    bed_free(call);
}

static void gives_back_what_was_stored(void **state)
{
    struct bed *bed = *state;
    struct call *made = bed_run(
        bed, bed_call(bed, "OfferResource",
                      bed_json(bed, "{'resource': {'name': '公益冷柜', 'category':"
                                    " 'BENEFIT', 'capacity': 200, 'opening': {'windows':"
                                    " [{'rrule': 'FREQ=DAILY', 'from': '09:00', 'until':"
                                    " '18:00'}]}, 'conditions': {'groups': ['环卫工人',"
                                    " '交警'], 'noticeMinutes': 1, 'longestMinutes': 2,"
                                    " 'oftenTimes': 1, 'oftenDays': 1, 'duty': '\\\\'}}}")));
    const Selection__Resource *resource =
        ((Selection__OfferResourceResponse *)made->response)->resource;

    bed_assert_outcome(made, STATUS_OK, "", "");
    struct call *read =
        bed_run(bed, bed_call(bed, "GetResource",
                              bed_json(bed, "{'resourceId': '%s'}", resource->resource_id)));
    bed_assert_outcome(read, STATUS_OK, "", "");
    ProtobufCBinaryData a = wire_pack(made, &resource->base);
    ProtobufCBinaryData b =
        wire_pack(read, &((Selection__GetResourceResponse *)read->response)->resource->base);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    bed_free(made);
    bed_free(read);
}

static size_t count_resources(struct bed *bed, const char *json)
{
    struct call *call = bed_run(bed, bed_call(bed, "ListResources", json));

    bed_assert_outcome(call, STATUS_OK, "", "");
    size_t count = ((Selection__ListResourcesResponse *)call->response)->n_resources;
    bed_free(call);
    return count;
}

static void lists_by_category_owner_status_and_name(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "项目部"), *community = bed_community(bed, "头格社区");
    const char *id = bed_make(bed, "OfferResource", named(bed, of_unit(bed, unit), "篮球场"));

    bed_make(bed, "OfferResource", named(bed, of_unit(bed, unit), "会议室"));
    bed_make(bed, "OfferResource", named(bed, of_community(bed, community), "会议室"));
    bed_ok(bed, "ChangeResource", withdrawal(bed, id, 1));
    assert_int_equal(count_resources(bed, "{}"), 3);
    assert_int_equal(count_resources(bed, bed_json(bed, "{'unitId': '%s'}", unit)), 2);
    assert_int_equal(count_resources(bed, bed_json(bed, "{'communityId': '%s'}", community)), 1);
    assert_int_equal(count_resources(bed, bed_json(bed, "{'status': 'OFFERED'}")), 2);
    assert_int_equal(count_resources(bed, bed_json(bed, "{'nameContains': '会议'}")), 2);
    assert_int_equal(count_resources(bed, bed_json(bed, "{'category': 'SKILL'}")), 0);
    bed_make(bed, "OfferResource", named(bed, "", "ABC大厅"));
    assert_int_equal(count_resources(bed, bed_json(bed, "{'nameContains': 'ａbc'}")), 1);
}

static void is_offered_and_changed_by_its_owner_only(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "项目部"), *other = bed_unit(bed, "别家");
    const char *community = bed_community(bed, "头格社区");
    const char *foreign = bed_make(bed, "OfferResource", named(bed, of_unit(bed, other), "场地"));
    const char *own = bed_make(bed, "OfferResource", named(bed, of_unit(bed, unit), "场地"));

    bed_grant(bed, "contact", "UNIT_CONTACT", NULL, unit);
    bed_grant(bed, "clerk", "COMMUNITY_STAFF", community, NULL);
    bed_outcome_for(bed, "contact", "OfferResource", named(bed, of_unit(bed, other), "a"),
                    STATUS_PERMISSION_DENIED, "resource.unit_id", "reach");
    bed_outcome_for(bed, "clerk", "OfferResource", named(bed, "", "a"), STATUS_PERMISSION_DENIED,
                    "resource.community_id", "reach");
    bed_outcome_for(bed, "clerk", "OfferResource", named(bed, of_community(bed, community), "a"),
                    STATUS_OK, "", "");
    bed_outcome_for(bed, "contact", "UpdateResource", renaming(bed, own, 1, "新名"), STATUS_OK, "",
                    "");
    bed_outcome_for(bed, "contact", "UpdateResource", renaming(bed, foreign, 1, "新名"),
                    STATUS_NOT_FOUND, "resource.resource_id", "exists");
    bed_outcome_for(bed, "contact", "ChangeResource", withdrawal(bed, foreign, 1), STATUS_NOT_FOUND,
                    "resource_id", "exists");
    bed_outcome_for(bed, "contact", "ChangeResource", withdrawal(bed, own, 2), STATUS_OK, "", "");
}

static void walks_every_cell_of_the_resources_life_cycle(void **state)
{
    static const struct changing resources = {&resource_life_cycle, "resource", "ChangeResource",
                                              "resource_id"};
    struct bed *bed = *state;

    walk_life_cycle(bed, &resources, bed_make(bed, "OfferResource", named(bed, "", "篮球场")));
}

/* Rows of a version before keys: two that people cannot tell apart are both there. */
static void makes_keys_of_old_names_and_lists_what_collides(void **state)
{
    static const char offer[] = "{'resource': {%s 'name': '%s', 'category': 'VENUE', 'conditions':"
                                " {'everyone': true}}}";
    struct bed *bed = *state;
    const char *own = bed_json(bed, "'unitId': '%s',", bed_unit(bed, "银行"));
    char *first = bed_make(bed, "OfferResource", bed_json(bed, offer, own, "ABC球场"));
    char *second = bed_make(bed, "OfferResource", bed_json(bed, offer, own, "其他"));
    char *street = bed_make(bed, "OfferResource", bed_json(bed, offer, "", "abc球场"));
    uint32_t made = 0, collisions = 0;
    const char *position = "";

    bed_sql(bed, "UPDATE selection.resource SET name_key = '' WHERE street = '%s'", bed->street);
    bed_sql(bed, "UPDATE selection.resource SET name = 'ａｂｃ球场' WHERE resource_id = '%s'",
            second);
    do {
        struct call *call = bed_run(
            bed, bed_call(bed, "MakeNameKeys", bed_json(bed, "{'position': '%s'}", position)));
        const Selection__MakeNameKeysResponse *response = call->response;

        bed_assert_outcome(call, STATUS_OK, "", "");
        made += response->made;
        for (size_t i = 0; i < response->n_collisions; i++, collisions++) {
            assert_string_equal(response->collisions[i]->object_id, second);
            assert_string_equal(response->collisions[i]->name, "ａｂｃ球场");
            assert_string_equal(response->collisions[i]->other_id, first);
            assert_string_equal(response->collisions[i]->other_name, "ABC球场");
        }
        position = bed_json(bed, "%s", response->next_position);
        bed_free(call);
    } while (position[0]);
    assert_int_equal(made, 2); /* another owner's may have the same name */
    assert_int_equal(collisions, 1);
    bed_assert_column(bed, "resource", first, "name_key", "abc球场");
    bed_assert_column(bed, "resource", second, "name_key", "");
    bed_assert_column(bed, "resource", street, "name_key", "abc球场");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(belongs_to_one_who_takes_part),
        TEST(knows_the_communities_that_the_registry_tells_of),
        TEST(has_a_name_of_its_own_among_its_owners),
        TEST(refuses_openings_that_nobody_could_follow),
        TEST(refuses_conditions_that_nobody_could_meet),
        TEST(refuses_windows_that_are_over),
        TEST(keeps_every_version_of_its_conditions),
        TEST(gives_back_what_was_stored),
        TEST(lists_by_category_owner_status_and_name),
        TEST(is_offered_and_changed_by_its_owner_only),
        TEST(walks_every_cell_of_the_resources_life_cycle),
        TEST(makes_keys_of_old_names_and_lists_what_collides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
