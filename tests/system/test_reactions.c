/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_reactions.c - one command, what follows of it in other services, and what people hear of it
 *
 * A unit withdraws in the registry -> its resource is withdrawn in selection -> a plan loses its
 * organiser and its venue in scheduling -> notification tells. All of it carries the first
 * request's id.
 */
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "tests/system/talk.h"

enum { FOLLOWED_MS = 60000 };

/* A unit that has a contact, and a resource, and organises a plan there. */
struct withdrawing {
    struct talker *staff;
    const char *unit_id, *contact_id, *activity_id;
};

static struct withdrawing set_up(struct bed *bed)
{
    struct withdrawing all = {.staff = talker_new(bed, STAFF, "")};
    char name[ID_CHARS + 1];

    id_new(name);
    struct answer unit =
        must(all.staff, "RegisterUnit", "{\"unit\": {\"name\": \"%s\", \"kind\": \"BANK\"}}", name);
    all.unit_id = text_of(&unit, "unit.unit_id");
    struct answer contact =
        must(all.staff, "RegisterPerson",
             "{\"person\": {\"name\": \"联络员\", \"kind\": \"CONTACT\", \"unitId\": \"%s\"}}",
             all.unit_id);
    all.contact_id = text_of(&contact, "person.person_id");
    must(all.staff, "GrantRole",
         "{\"roleGrant\": {\"holder\": \"%s\", \"role\": \"ROLE_UNIT_CONTACT\", \"unitId\": \"%s\","
         " \"fromOn\": \"2020-01-01\", \"untilOn\": \"2199-12-30\"}}",
         all.contact_id, all.unit_id);
    struct answer resource =
        must(all.staff, "OfferResource",
             "{\"resource\": {\"unitId\": \"%s\", \"name\": \"篮球场\", \"category\": \"VENUE\","
             " \"conditions\": {\"everyone\": true}}}",
             all.unit_id);
    struct answer activity =
        must(all.staff, "CreateActivity",
             "{\"activity\": {\"title\": \"健康小屋\", \"kind\": \"SERVICE_POINT\","
             " \"unitIds\": [\"%s\"], \"resourceId\": \"%s\", \"schedule\": {\"firstStartLocal\":"
             " \"2199-01-05T09:00:00\", \"durationMinutes\": 60}}}",
             all.unit_id, text_of(&resource, "resource.resource_id"));
    all.activity_id = text_of(&activity, "activity.activity_id");
    return all;
}

/* Events of this service and type that carry the id of the request which withdrew the unit. */
static long followed(struct bed *bed, const char *unit_id, const char *service, const char *type)
{
    return bed_number(bed,
                      "SELECT count(*) FROM %s.journal j JOIN registry.journal w"
                      " ON w.street = j.street AND w.causation = j.causation"
                      " JOIN registry.request r ON r.street = w.street"
                      " AND r.request_id::text = w.causation"
                      " WHERE j.street = '%s' AND j.type LIKE '%%.%s' AND w.subject = '%s'"
                      " AND w.type LIKE '%%.UnitChanged'",
                      service, bed->street, type, unit_id);
}

/* Notification has read all that the others have written by now. */
static void wait_told(struct bed *bed)
{
    static const char *const services[] = {"registry", "selection", "scheduling"};

    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        for (int64_t end_ms = deadline_ms() + FOLLOWED_MS;
             bed_number(bed,
                        "SELECT count(*) FROM notification.follower WHERE street = '%s'"
                        " AND source = '%s' AND reacted >="
                        " (SELECT max(seq) FROM %s.journal WHERE street = '%s')",
                        bed->street, services[i], services[i], bed->street) == 0;)
            look_again(end_ms, "notification has read the journals");
}

static void says_what_began_it_all_in_every_service(void **state)
{
    static const struct {
        const char *service, *type;
        long count;
    } reactions[] = {
        {"registry", "RoleGrantChanged", 1},
        {"selection", "ResourceChanged", 1},
        {"scheduling", "ActivityUpdated", 2}, /* its organiser, and by selection's its venue */
    };
    struct bed *bed = *state;
    struct withdrawing all = set_up(bed);

    must(all.staff, "ChangeUnit",
         "{\"unitId\": \"%s\", \"action\": \"WITHDRAW\", \"reason\": \"搬迁\", \"revision\": 1}",
         all.unit_id);
    for (size_t i = 0; i < sizeof reactions / sizeof *reactions; i++)
        for (int64_t end_ms = deadline_ms() + FOLLOWED_MS;
             followed(bed, all.unit_id, reactions[i].service, reactions[i].type) !=
             reactions[i].count;)
            look_again(end_ms, "what follows is said, and of what");

    /* their unit has gone, and that is all they are told of it */
    wait_told(bed);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM notification.message WHERE street = '%s'"
                                " AND holder = '%s' AND rule = 'unit_withdrawn'",
                                bed->street, all.contact_id),
                     1);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM notification.message m"
                                " JOIN registry.journal w ON w.street = m.street"
                                " AND w.causation = m.causation_id WHERE m.street = '%s'"
                                " AND m.holder = '%s' AND w.type LIKE '%%.UnitChanged'",
                                bed->street, all.contact_id),
                     1);
    assert_true(followed(bed, all.unit_id, "notification", "MessagesSent") > 0);
    talloc_free(all.staff);
}

static int up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = 1, .others = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bed_story(says_what_began_it_all_in_every_service),
    };

    return bed_finish(cmocka_run_group_tests_name("reactions", tests, up, bed_down));
}
