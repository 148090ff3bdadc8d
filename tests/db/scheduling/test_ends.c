/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ends.c - what becomes of activities, bookings and sign-ups where something else ends, or
 * pauses
 *
 * Each scene has an object for every row of the end's table, see ends_walk.h.
 */
#include <string.h>

#include "bed_scheduling.h"
#include "ends_walk.h"
#include "libcommon/base/mem.h"
#include "registry_community.pb-c.h"
#include "registry_events.pb-c.h"
#include "registry_person.pb-c.h"
#include "registry_unit.pb-c.h"
#include "selection_events.pb-c.h"
#include "selection_resource.pb-c.h"

/* ---- what others tell ---- */

static Google__Protobuf__Timestamp now = {
    PROTOBUF_C_MESSAGE_INIT(&google__protobuf__timestamp__descriptor), 1782700000, 0};

static void tell(struct bed *bed, const char *service, const ProtobufCMessage *event)
{
    const ProtobufCMessage *const events[] = {event, NULL};

    assert_int_equal(bed_follow(bed, service, events), STATUS_OK);
}

static void unit_becomes(struct bed *bed, const char *id, Registry__UnitStatus status)
{
    Registry__Unit unit = REGISTRY__UNIT__INIT;
    Registry__UnitChanged event = REGISTRY__UNIT_CHANGED__INIT;

    unit.unit_id = (char *)id;
    unit.kind = REGISTRY__UNIT_KIND__UNIT_KIND_BANK;
    unit.status = status;
    unit.create_time = unit.update_time = &now;
    unit.revision = 7;
    event.unit = &unit;
    event.reason = (char *)"迁往别处";
    tell(bed, "registry", &event.base);
}

static void community_is_dissolved(struct bed *bed, const char *id)
{
    Registry__Community community = REGISTRY__COMMUNITY__INIT;
    Registry__CommunityChanged event = REGISTRY__COMMUNITY_CHANGED__INIT;

    community.community_id = (char *)id;
    community.status = REGISTRY__COMMUNITY_STATUS__COMMUNITY_STATUS_DISSOLVED;
    community.create_time = community.update_time = &now;
    community.revision = 7;
    event.community = &community;
    event.reason = (char *)"撤并";
    tell(bed, "registry", &event.base);
}

static void person_leaves(struct bed *bed, const char *id)
{
    Registry__PersonFacts person = REGISTRY__PERSON_FACTS__INIT;
    Registry__PersonChanged event = REGISTRY__PERSON_CHANGED__INIT;

    person.person_id = (char *)id;
    person.kind = REGISTRY__PERSON_KIND__PERSON_KIND_VOLUNTEER;
    person.status = REGISTRY__PERSON_STATUS__PERSON_STATUS_LEFT;
    person.create_time = person.update_time = &now;
    person.revision = 7;
    event.person = &person;
    event.reason = (char *)"搬家";
    tell(bed, "registry", &event.base);
}

static void resource_becomes(struct bed *bed, const char *id, Selection__ResourceStatus status)
{
    Selection__Resource resource = SELECTION__RESOURCE__INIT;
    Selection__ResourceChanged event = SELECTION__RESOURCE_CHANGED__INIT;

    resource.resource_id = (char *)id;
    resource.status = status;
    resource.create_time = resource.update_time = &now;
    resource.revision = 7;
    event.resource = &resource;
    event.reason = (char *)"场地拆除";
    tell(bed, "selection", &event.base);
}

/* ---- what there is ---- */

static char *booking(struct bed *bed, const char *resource, int days, const char *owner)
{
    return bed_json(bed, "{'booking': {'resourceId': '%s', 'startTime': '%s', 'endTime': '%s'%s}}",
                    resource, bed_instant(bed, days, "14:00:00"),
                    bed_instant(bed, days, "15:00:00"), owner);
}

static char *booked(struct bed *bed, const char *resource, int days, const char *owner)
{
    return bed_make(bed, "BookResource", booking(bed, resource, days, owner));
}

static char *draft(struct bed *bed, const char *community, const char *more)
{
    return bed_make(bed, "CreateActivity",
                    bed_json(bed,
                             "{'activity': {'title': '健康小屋', 'kind': 'SERVICE_POINT',"
                             " 'communityId': '%s', 'schedule': {'firstStartLocal':"
                             " '%sT09:00:00', 'durationMinutes': 60}%s}}",
                             community, bed_day(bed, 1), more));
}

static char *joined(struct bed *bed, const char *occurrence, const char *person)
{
    return bed_make(bed, "SignUpPerson",
                    bed_json(bed, "{'occurrenceId': '%s', 'personId': '%s'}", occurrence, person));
}

static char *status(struct bed *bed, const char *table, const char *id)
{
    return bed_column(bed, table, id, "status");
}

static long caused(struct bed *bed, const char *rule, const char *reason)
{
    return bed_number(bed,
                      "SELECT count(*) FROM scheduling.journal WHERE street = '%s'"
                      " AND position('%s'::bytea IN data) > 0"
                      " AND position(convert_to('%s', 'UTF8') IN data) > 0",
                      bed->street, rule, reason);
}

/* ---- a community is dissolved ---- */

static void ends_what_a_community_planned(void **state)
{
    struct bed *bed = *state;
    char *community = bed_community(bed), *resource = bed_resource(bed, "{'everyone': true}", "");
    char *activity =
        bed_activity(bed, community, "FREQ=DAILY;COUNT=2",
                     bed_json(bed, ", 'capacity': 1, 'waitlist': 1, 'resourceId': '%s'", resource));
    char *occurrence = bed_occurrence(bed, activity, 0), *plan = draft(bed, community, "");
    char *seated = joined(bed, occurrence, bed_person(bed, NULL));
    char *waiting = joined(bed, occurrence, bed_person(bed, NULL));
    char *own = booked(bed, resource, 3, bed_json(bed, ", 'communityId': '%s'", community));

    ends_assert_open(bed, "community_dissolved", community);
    community_is_dissolved(bed, community);
    ends_assert_closed(bed, "community_dissolved", community);
    assert_string_equal(status(bed, "activity", activity), "CANCELLED");
    assert_string_equal(status(bed, "activity", plan), "CANCELLED");
    assert_string_equal(status(bed, "occurrence", occurrence), "CANCELLED");
    assert_string_equal(status(bed, "booking", own), "CANCELLED");
    assert_string_equal(status(bed, "sign_up", seated), "CANCELLED");
    assert_string_equal(status(bed, "sign_up", waiting), "CANCELLED");
    assert_int_equal(bed_events(bed, "Promoted"), 0);
    assert_int_equal(bed_events(bed, "BookingCancelled"), 3);
    /* everybody hears what was said, and what it followed from */
    assert_int_equal(caused(bed, "community_dissolved", "撤并"), 3);
    assert_int_equal(caused(bed, "activity_cancelled", "撤并"), 2);
    assert_int_equal(caused(bed, "occurrence_cancelled", "撤并"), 4);
}

/* Before the reaction has come to an object, its own steps see it. */
static void lets_nobody_go_on_for_a_community_that_is_dissolved(void **state)
{
    struct bed *bed = *state;
    char *community = bed_community(bed);
    char *activity = bed_activity(bed, community, "", ", 'capacity': 1, 'waitlist': 5");
    char *occurrence = bed_occurrence(bed, activity, 0), *plan = draft(bed, community, "");
    char *person = bed_person(bed, NULL), *seated = joined(bed, occurrence, bed_person(bed, NULL));
    char *waiting = joined(bed, occurrence, bed_person(bed, NULL));

    bed_sql(bed, "UPDATE scheduling.community SET status = 'DISSOLVED' WHERE community_id = '%s'",
            community);
    bed_publish(bed, plan, STATUS_FAILED_PRECONDITION, "action", "community_status");
    bed_refused(bed, "SignUpPerson",
                bed_json(bed, "{'occurrenceId': '%s', 'personId': '%s'}", occurrence, person),
                STATUS_FAILED_PRECONDITION, "occurrence_id", "cancelled");
    bed_ok(bed, "ChangeSignUp",
           bed_json(bed, "{'signUpId': '%s', 'action': 'CANCEL', 'revision': 1}", seated));
    assert_string_equal(status(bed, "sign_up", waiting), "WAITING");
    bed_refused(bed, "MoveOccurrence",
                bed_json(bed, "{'occurrenceId': '%s', 'startLocal': '%sT10:00:00', 'revision': 1}",
                         occurrence, bed_day(bed, 2)),
                STATUS_FAILED_PRECONDITION, "occurrence_id", "community_status");
}

static void leaves_what_is_held_at_that_time(void **state)
{
    struct bed *bed = *state;
    char *community = bed_community(bed);
    char *activity = bed_activity(bed, community, "FREQ=DAILY;COUNT=3", "");

    bed_fire_timers(bed);
    bed_pass(bed, 2);
    community_is_dissolved(bed, community);
    assert_string_equal(status(bed, "activity", activity), "CANCELLED");
    assert_string_equal(status(bed, "occurrence", bed_occurrence(bed, activity, 0)), "SCHEDULED");
    assert_string_equal(status(bed, "occurrence", bed_occurrence(bed, activity, 2)), "CANCELLED");
}

/* ---- a unit withdraws, or pauses ---- */

static void ends_what_a_unit_booked_and_goes_on_without_it(void **state)
{
    struct bed *bed = *state;
    char *unit = bed_unit(bed), *other = bed_unit(bed);
    char *resource = bed_resource(bed, "{'everyone': true}", "");
    char *activity = draft(bed, "", bed_json(bed, ", 'unitIds': ['%s', '%s']", unit, other));
    char *own = booked(bed, resource, 3, bed_json(bed, ", 'unitId': '%s'", unit));
    char *foreign = booked(bed, resource, 4, bed_json(bed, ", 'unitId': '%s'", other));
    char *asked = draft(bed, "", bed_json(bed, ", 'unitIds': ['%s']", unit));

    bed_sql(bed,
            "UPDATE scheduling.activity SET agreed_unit_ids = CASE activity_id WHEN '%s' THEN '{}'"
            " ELSE unit_ids END WHERE street = '%s'",
            asked, bed->street);
    ends_assert_open(bed, "unit_withdrawn", unit);
    unit_becomes(bed, unit, REGISTRY__UNIT_STATUS__UNIT_STATUS_WITHDRAWN);
    ends_assert_closed(bed, "unit_withdrawn", unit);
    assert_string_equal(status(bed, "booking", own), "CANCELLED");
    assert_string_equal(status(bed, "booking", foreign), "BOOKED");
    assert_string_equal(bed_column(bed, "activity", activity, "unit_ids"),
                        bed_json(bed, "{%s}", other));
    assert_string_equal(bed_column(bed, "activity", activity, "agreed_unit_ids"),
                        bed_json(bed, "{%s}", other));
    assert_int_equal(bed_events(bed, "ActivityUpdated"), 2);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.journal WHERE street = '%s'"
                                " AND type LIKE '%%.ActivityUpdated'"
                                " AND position('agreed_unit_ids'::bytea IN data) > 0",
                                bed->street),
                     1);
    bed_ok(bed, "BookResource", booking(bed, resource, 3, ""));
}

static void starts_nothing_with_a_unit_that_is_suspended(void **state)
{
    struct bed *bed = *state;
    char *unit = bed_unit(bed), *resource = bed_resource(bed, "{'everyone': true}", "");
    char *activity = draft(bed, "", bed_json(bed, ", 'unitIds': ['%s']", unit));
    char *stands = booked(bed, resource, 2, "");

    bed_sql(bed, "UPDATE scheduling.resource SET unit_id = '%s' WHERE resource_id = '%s'", unit,
            resource);
    unit_becomes(bed, unit, REGISTRY__UNIT_STATUS__UNIT_STATUS_SUSPENDED);
    bed_publish(bed, activity, STATUS_FAILED_PRECONDITION, "action", "unit_status");
    bed_refused(bed, "BookResource", booking(bed, resource, 3, ""), STATUS_FAILED_PRECONDITION,
                "booking.resource_id", "owner_status");
    assert_string_equal(status(bed, "booking", stands), "BOOKED");
    bed_sql(bed, "UPDATE scheduling.unit SET status = 'SIGNED' WHERE unit_id = '%s'", unit);
    bed_ok(bed, "BookResource", booking(bed, resource, 3, ""));
    bed_publish(bed, activity, STATUS_OK, "", "");
}

static void books_nothing_for_who_takes_no_part(void **state)
{
    struct bed *bed = *state;
    char *unit = bed_unit(bed), *community = bed_community(bed);
    char *resource = bed_resource(bed, "{'everyone': true}", "");
    const struct {
        const char *field, *id, *json_name, *table, *status;
    } cases[] = {
        {"booking.unit_id", unit, "unitId", "unit", "SUSPENDED"},
        {"booking.unit_id", unit, "unitId", "unit", "WITHDRAWN"},
        {"booking.community_id", community, "communityId", "community", "DISSOLVED"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *owner = bed_json(bed, ", '%s': '%s'", cases[i].json_name, cases[i].id);
        bed_ok(bed, "BookResource", booking(bed, resource, 3 + (int)i, owner));
        bed_sql(bed, "UPDATE scheduling.%s SET status = '%s' WHERE %s_id = '%s'", cases[i].table,
                cases[i].status, cases[i].table, cases[i].id);
        bed_refused(bed, "BookResource", booking(bed, resource, 13, owner), STATUS_NOT_FOUND,
                    cases[i].field, "exists");
        bed_sql(bed, "UPDATE scheduling.unit SET status = 'SIGNED' WHERE unit_id = '%s'", unit);
    }
}

static void books_nothing_of_who_takes_no_part(void **state)
{
    static const struct {
        const char *table, *status;
    } owners[] = {{"unit", "SUSPENDED"}, {"unit", "WITHDRAWN"}, {"community", "DISSOLVED"}};
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof owners / sizeof *owners; i++) {
        const bool is_unit = owners[i].table[0] == 'u';
        char *owner = is_unit ? bed_unit(bed) : bed_community(bed);
        char *resource = bed_resource(bed, "{'everyone': true}", "");
        bed_sql(bed, "UPDATE scheduling.resource SET %s_id = '%s' WHERE resource_id = '%s'",
                owners[i].table, owner, resource);
        bed_ok(bed, "BookResource", booking(bed, resource, 3, ""));
        bed_sql(bed, "UPDATE scheduling.%s SET status = '%s' WHERE %s_id = '%s'", owners[i].table,
                owners[i].status, owners[i].table, owner);
        bed_refused(bed, "BookResource", booking(bed, resource, 4, ""), STATUS_FAILED_PRECONDITION,
                    "booking.resource_id", "owner_status");
    }
}

/* ---- a resource ends ---- */

static void takes_a_resource_that_was_withdrawn_out_of_all(void **state)
{
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true}", "");
    char *activity = bed_activity(bed, "", "FREQ=DAILY;COUNT=2",
                                  bed_json(bed, ", 'resourceId': '%s'", resource));
    char *alone = booked(bed, resource, 5, "");

    ends_assert_open(bed, "resource_withdrawn", resource);
    resource_becomes(bed, resource, SELECTION__RESOURCE_STATUS__RESOURCE_STATUS_WITHDRAWN);
    ends_assert_closed(bed, "resource_withdrawn", resource);
    assert_string_equal(status(bed, "booking", alone), "CANCELLED");
    assert_string_equal(bed_column(bed, "activity", activity, "resource_id"), "");
    assert_string_equal(status(bed, "occurrence", bed_occurrence(bed, activity, 1)), "SCHEDULED");
    assert_int_equal(bed_events(bed, "BookingCancelled"), 3);
    assert_int_equal(bed_events(bed, "OccurrenceUpdated"), 2);
    /* the whole before its part, and each with the reason */
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.journal u"
                                " JOIN scheduling.journal b ON b.street = u.street"
                                " AND b.seq = u.seq + 1 AND b.type LIKE '%%.BookingCancelled'"
                                " WHERE u.street = '%s' AND u.type LIKE '%%.OccurrenceUpdated'"
                                " AND position(convert_to('场地拆除', 'UTF8') IN u.data) > 0",
                                bed->street),
                     2);
    /* another one can be had for the date */
    bed_ok(bed, "RebookOccurrence",
           bed_json(bed, "{'occurrenceId': '%s', 'resourceId': '%s', 'revision': 2}",
                    bed_occurrence(bed, activity, 0), bed_resource(bed, "{'everyone': true}", "")));
}

static void lets_the_owner_of_a_resource_take_a_booking_back(void **state)
{
    struct bed *bed = *state;
    char *owner = bed_unit(bed), *guest = bed_unit(bed), *foreign = bed_unit(bed);
    char *community = bed_community(bed);
    char *resource = bed_resource(bed, "{'everyone': true}", "");
    static const char cancel[] = "{'bookingId': '%s', 'action': 'CANCEL', 'reason': '场地检修',"
                                 " 'revision': 1}";

    bed_grant(bed, "owner", "UNIT_CONTACT", NULL, owner);
    bed_grant(bed, "guest", "UNIT_CONTACT", NULL, guest);
    bed_grant(bed, "other", "UNIT_CONTACT", NULL, foreign);
    bed_grant(bed, "staff", "COMMUNITY_STAFF", community, NULL);
    bed_sql(bed, "UPDATE scheduling.resource SET unit_id = '%s' WHERE resource_id = '%s'", owner,
            resource);
    char *first = booked(bed, resource, 3, bed_json(bed, ", 'unitId': '%s'", guest));
    char *second = booked(bed, resource, 4, bed_json(bed, ", 'unitId': '%s'", guest));
    bed_outcome_for(bed, "other", "ChangeBooking", bed_json(bed, cancel, first), STATUS_NOT_FOUND,
                    "booking_id", "exists");
    bed_outcome_for(bed, "owner", "ChangeBooking", bed_json(bed, cancel, first), STATUS_OK, "", "");
    bed_outcome_for(bed, "guest", "ChangeBooking", bed_json(bed, cancel, second), STATUS_OK, "",
                    "");
    /* of a community as well */
    bed_sql(bed,
            "UPDATE scheduling.resource SET unit_id = NULL, community_id = '%s'"
            " WHERE resource_id = '%s'",
            community, resource);
    char *third = booked(bed, resource, 5, bed_json(bed, ", 'unitId': '%s'", guest));
    bed_outcome_for(bed, "owner", "ChangeBooking", bed_json(bed, cancel, third), STATUS_NOT_FOUND,
                    "booking_id", "exists");
    bed_outcome_for(bed, "staff", "ChangeBooking", bed_json(bed, cancel, third), STATUS_OK, "", "");
}

/* How many events of the type that follow from this. */
static long followed(struct bed *bed, const char *type, const char *rule)
{
    return bed_number(bed,
                      "SELECT count(*) FROM scheduling.journal WHERE street = '%s'"
                      " AND type LIKE '%%.%s' AND position('%s'::bytea IN data) > 0",
                      bed->street, type, rule);
}

/* The date says so before its booking does, and from what it follows. */
static void says_of_the_date_that_its_booking_was_taken_back(void **state)
{
    struct bed *bed = *state;
    char *owner = bed_unit(bed), *resource = bed_resource(bed, "{'everyone': true}", "");

    bed_grant(bed, "owner", "UNIT_CONTACT", NULL, owner);
    bed_sql(bed, "UPDATE scheduling.resource SET unit_id = '%s' WHERE resource_id = '%s'", owner,
            resource);
    char *date = bed_occurrence(
        bed, bed_activity(bed, "", "", bed_json(bed, ", 'resourceId': '%s'", resource)), 0);
    bed_outcome_for(bed, "owner", "ChangeBooking",
                    bed_json(bed,
                             "{'bookingId': '%s', 'action': 'CANCEL', 'reason': '场地检修',"
                             " 'revision': 1}",
                             bed_column(bed, "occurrence", date, "booking_id")),
                    STATUS_OK, "", "");
    assert_int_equal(followed(bed, "OccurrenceUpdated", "booking_cancelled"), 1);
    assert_int_equal(bed_number(bed,
                                "SELECT b.seq - o.seq FROM scheduling.journal b,"
                                " scheduling.journal o WHERE b.street = '%s' AND o.street = '%s'"
                                " AND b.type LIKE '%%.BookingCancelled'"
                                " AND o.type LIKE '%%.OccurrenceUpdated'",
                                bed->street, bed->street),
                     1);
}

/* ---- a person leaves ---- */

static void signs_off_who_left_and_promotes_who_waits(void **state)
{
    struct bed *bed = *state;
    char *occurrence =
        bed_occurrence(bed, bed_activity(bed, "", "", ", 'capacity': 1, 'waitlist': 1"), 0);
    char *person = bed_person(bed, NULL), *seat = joined(bed, occurrence, person);
    char *waiting = joined(bed, occurrence, bed_person(bed, NULL));

    ends_assert_open(bed, "person_left", person);
    person_leaves(bed, person);
    ends_assert_closed(bed, "person_left", person);
    assert_string_equal(status(bed, "sign_up", seat), "CANCELLED");
    assert_string_equal(status(bed, "sign_up", waiting), "SIGNED_UP");
}

/* ---- an occurrence is cancelled while many people are in it ---- */

static void promotes_nobody_into_what_is_cancelled(void **state)
{
    enum { PEOPLE = 1500 }; /* more than one command and the first timer release */
    struct bed *bed = *state;
    char *activity = bed_activity(bed, "", "", ", 'capacity': 750, 'waitlist': 750");
    char *occurrence = bed_occurrence(bed, activity, 0);

    bed_sql(
        bed,
        "INSERT INTO scheduling.sign_up SELECT '%s', gen_random_uuid(), '%s', gen_random_uuid(),"
        " NULL, NULL, greatest(i - 750, 0), CASE WHEN i > 750 THEN 'WAITING' ELSE 'SIGNED_UP'"
        " END, now(), now(), 1 FROM generate_series(1, %d) i",
        bed->street, occurrence, PEOPLE);
    bed_sql(bed,
            "UPDATE scheduling.occurrence SET taken = 750, waiting = 750"
            " WHERE occurrence_id = '%s'",
            occurrence);
    bed_ok(bed, "ChangeOccurrence",
           bed_json(bed,
                    "{'occurrenceId': '%s', 'action': 'CANCEL', 'reason': '台风',"
                    " 'revision': 1}",
                    occurrence));
    /* meanwhile somebody who has a place signs off, and somebody leaves the street */
    char *off = bed_text(bed,
                         "SELECT sign_up_id FROM scheduling.sign_up WHERE occurrence_id = '%s'"
                         " AND status = 'SIGNED_UP' ORDER BY sign_up_id LIMIT 1",
                         occurrence);
    bed_ok(bed, "ChangeSignUp",
           bed_json(bed, "{'signUpId': '%s', 'action': 'CANCEL', 'revision': 1}", off));
    person_leaves(bed, bed_text(bed,
                                "SELECT person_id FROM scheduling.sign_up"
                                " WHERE occurrence_id = '%s' AND status = 'SIGNED_UP'"
                                " ORDER BY sign_up_id LIMIT 1",
                                occurrence));
    while (bed_number(bed,
                      "SELECT count(*) FROM scheduling.sign_up WHERE occurrence_id = '%s'"
                      " AND status <> 'CANCELLED'",
                      occurrence) > 0)
        bed_fire_timers(bed);
    assert_int_equal(bed_events(bed, "Promoted"), 0);
    assert_int_equal(bed_events(bed, "SignUpCancelled"), PEOPLE);
    assert_string_equal(bed_column(bed, "occurrence", occurrence, "waiting"), "0");
    assert_true(caused(bed, "occurrence_cancelled", "台风") >= PEOPLE - 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(ends_what_a_community_planned),
        TEST(lets_nobody_go_on_for_a_community_that_is_dissolved),
        TEST(leaves_what_is_held_at_that_time),
        TEST(ends_what_a_unit_booked_and_goes_on_without_it),
        TEST(starts_nothing_with_a_unit_that_is_suspended),
        TEST(books_nothing_for_who_takes_no_part),
        TEST(books_nothing_of_who_takes_no_part),
        TEST(takes_a_resource_that_was_withdrawn_out_of_all),
        TEST(lets_the_owner_of_a_resource_take_a_booking_back),
        TEST(says_of_the_date_that_its_booking_was_taken_back),
        TEST(signs_off_who_left_and_promotes_who_waits),
        TEST(promotes_nobody_into_what_is_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
