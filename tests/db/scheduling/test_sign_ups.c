/* SPDX-License-Identifier: Apache-2.0 */
/* test_sign_ups.c - what is special about sign-ups: places, the waitlist, who may */
#include <stdlib.h>
#include <string.h>

#include "bed_scheduling.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "registry_events.pb-c.h"
#include "registry_person.pb-c.h"
#include "scheduling_service.pb-c.h"
#include "scheduling_sign_up.pb-c.h"

#define TWO_AND_TWO ", 'capacity': 2, 'waitlist': 2"

static char *sign_up(struct bed *bed, const char *occurrence, const char *person)
{
    return bed_json(bed, "{'occurrenceId': '%s', 'personId': '%s'}", occurrence, person);
}

static char *joined(struct bed *bed, const char *occurrence, const char *person)
{
    return bed_make(bed, "SignUpPerson", sign_up(bed, occurrence, person));
}

static char *cancel(struct bed *bed, const char *id, int revision)
{
    return bed_json(bed, "{'signUpId': '%s', 'action': 'CANCEL', 'revision': %d}", id, revision);
}

static void assert_sign_up(struct bed *bed, const char *id, const char *status, const char *place)
{
    assert_string_equal(bed_column(bed, "sign_up", id, "status"), status);
    struct call *call =
        bed_run(bed, bed_call(bed, "GetSignUp", bed_json(bed, "{'signUpId': '%s'}", id)));
    const Scheduling__GetSignUpResponse *response = call->response;
    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_int_equal(response->sign_up->place, strtol(place, NULL, 10));
    bed_free(call);
}

static void assert_counts(struct bed *bed, const char *occurrence, const char *taken,
                          const char *waiting)
{
    assert_string_equal(bed_column(bed, "occurrence", occurrence, "taken"), taken);
    assert_string_equal(bed_column(bed, "occurrence", occurrence, "waiting"), waiting);
}

/* ---- places ---- */

static void fills_places_then_the_waitlist_then_refuses(void **state)
{
    struct bed *bed = *state;
    char *occurrence = bed_occurrence(bed, bed_activity(bed, "", "", TWO_AND_TWO), 0);
    char *ids[4];

    for (int i = 0; i < 4; i++)
        ids[i] = joined(bed, occurrence, bed_person(bed, NULL));
    assert_sign_up(bed, ids[1], "SIGNED_UP", "0");
    assert_sign_up(bed, ids[2], "WAITING", "1");
    assert_sign_up(bed, ids[3], "WAITING", "2");
    bed_refused(bed, "SignUpPerson", sign_up(bed, occurrence, bed_person(bed, NULL)),
                STATUS_FAILED_PRECONDITION, "occurrence_id", "full");
    assert_counts(bed, occurrence, "2", "2");
    assert_int_equal(bed_events(bed, "SignedUp"), 2);
    assert_int_equal(bed_events(bed, "Waitlisted"), 2);
    assert_string_equal(bed_column(bed, "occurrence", occurrence, "revision"), "1");
}

static void promotes_the_first_who_waits_when_somebody_leaves(void **state)
{
    struct bed *bed = *state;
    char *occurrence = bed_occurrence(bed, bed_activity(bed, "", "", TWO_AND_TWO), 0);
    char *ids[4];

    for (int i = 0; i < 4; i++)
        ids[i] = joined(bed, occurrence, bed_person(bed, NULL));
    bed_ok(bed, "ChangeSignUp", cancel(bed, ids[0], 1));
    assert_sign_up(bed, ids[0], "CANCELLED", "0");
    assert_sign_up(bed, ids[2], "SIGNED_UP", "0");
    assert_sign_up(bed, ids[3], "WAITING", "1");
    assert_counts(bed, occurrence, "2", "1");
    /* who comes now waits behind who is there; who waits and leaves promotes nobody */
    char *late = joined(bed, occurrence, bed_person(bed, NULL));
    assert_sign_up(bed, late, "WAITING", "2");
    assert_string_equal(bed_column(bed, "sign_up", late, "place"), "2"); /* as it was told */
    bed_ok(bed, "ChangeSignUp", cancel(bed, ids[3], 1));
    assert_sign_up(bed, late, "WAITING", "1");
    assert_int_equal(bed_events(bed, "Promoted"), 1);
    assert_counts(bed, occurrence, "2", "1");
    bed_ok(bed, "ChangeSignUp", cancel(bed, ids[1], 1));
    assert_sign_up(bed, late, "SIGNED_UP", "0");
    assert_counts(bed, occurrence, "2", "0");
    bed_refused(bed, "ChangeSignUp",
                bed_json(bed, "{'signUpId': '%s', 'action': 'PROMOTE', 'revision': 2}", late),
                STATUS_FAILED_PRECONDITION, "action", "life_cycle");
    /* who waited once has a place like any other */
    assert_string_equal(bed_column(bed, "sign_up", late, "place"), "2");
    bed_ok(bed, "ChangeSignUp", cancel(bed, late, 2));
    assert_sign_up(bed, late, "CANCELLED", "0");
    assert_counts(bed, occurrence, "1", "0");
}

/* Of those who wait, and from 1: whoever left before them is not counted. */
static void lists_the_rank_of_who_waits(void **state)
{
    static const uint32_t places[] = {0, 0, 0, 1, 2};
    struct bed *bed = *state;
    char *occurrence =
        bed_occurrence(bed, bed_activity(bed, "", "", ", 'capacity': 1, 'waitlist': 9"), 0);
    char *ids[5];

    for (int i = 0; i < 5; i++)
        ids[i] = joined(bed, occurrence, bed_person(bed, NULL));
    bed_ok(bed, "ChangeSignUp", cancel(bed, ids[1], 1));
    bed_ok(bed, "ChangeSignUp", cancel(bed, ids[0], 1)); /* promotes ids[2] */
    struct call *call = bed_run(
        bed, bed_call(bed, "ListSignUps", bed_json(bed, "{'occurrenceId': '%s'}", occurrence)));
    const Scheduling__ListSignUpsResponse *page = call->response;
    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_int_equal(page->n_sign_ups, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(page->sign_ups[i]->sign_up_id, ids[i]);
        assert_int_equal(page->sign_ups[i]->place, places[i]);
    }
    bed_free(call);
}

static void promotes_when_the_capacity_grows_and_refuses_when_it_shrinks_too_far(void **state)
{
    struct bed *bed = *state;
    char *activity = bed_activity(bed, "", "", TWO_AND_TWO);
    char *occurrence = bed_occurrence(bed, activity, 0);
    const char *update = "{'activity': {'activityId': '%s', 'capacity': %d, 'waitlist': %d,"
                         " 'revision': 2}, 'updateMask': 'capacity,waitlist'}";
    char *start = bed_instant(bed, 1, "09:00:00");

    for (int i = 0; i < 4; i++)
        joined(bed, occurrence, bed_person(bed, NULL));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    for (int i = 0; i < 2; i++) { /* two take part, two wait */
        struct call *call = bed_run(
            bed, bed_call(bed, "UpdateActivity", bed_json(bed, update, activity, 1 + i, 2 - i)));
        bed_assert_outcome(call, STATUS_FAILED_PRECONDITION,
                           i == 0 ? "activity.capacity" : "activity.waitlist",
                           i == 0 ? "taken" : "waiting");
        bed_assert_param(call, "min", "2");
        bed_assert_param(call, "start", start);
        bed_free(call);
    }
    bed_ok(bed, "UpdateActivity", bed_json(bed, update, activity, 3, 5));
#pragma GCC diagnostic pop
    assert_counts(bed, occurrence, "3", "1");
    assert_int_equal(bed_events(bed, "Promoted"), 1);
}

static void signs_a_person_up_once_at_a_time(void **state)
{
    struct bed *bed = *state;
    char *occurrence = bed_occurrence(bed, bed_activity(bed, "", "", TWO_AND_TWO), 0);
    char *person = bed_person(bed, NULL);
    char *id = joined(bed, occurrence, person);

    bed_refused(bed, "SignUpPerson", sign_up(bed, occurrence, person), STATUS_ALREADY_EXISTS,
                "person_id", "unique_in_occurrence");
    bed_ok(bed, "ChangeSignUp", cancel(bed, id, 1));
    joined(bed, occurrence, person);
    assert_counts(bed, occurrence, "1", "0");
}

static void refuses_by_the_occurrences_state_and_time(void **state)
{
    const char *nobody = "019336a0-0000-7000-8000-000000000000";
    struct bed *bed = *state;
    char *person = bed_person(bed, NULL);
    char *without = bed_occurrence(bed, bed_activity(bed, "", "", ""), 0);
    char *later = bed_occurrence(
        bed, bed_activity(bed, "", "FREQ=MONTHLY;COUNT=2", ", 'capacity': 2, 'signUpOpensDays': 7"),
        1);
    char *occurrence = bed_occurrence(bed, bed_activity(bed, "", "", TWO_AND_TWO), 0);

    bed_refused(bed, "SignUpPerson", sign_up(bed, without, person), STATUS_FAILED_PRECONDITION,
                "occurrence_id", "no_sign_up");
    bed_refused(bed, "SignUpPerson", sign_up(bed, later, person), STATUS_FAILED_PRECONDITION,
                "occurrence_id", "not_open");
    bed_refused(bed, "SignUpPerson", sign_up(bed, nobody, person), STATUS_NOT_FOUND,
                "occurrence_id", "exists");
    bed_refused(bed, "SignUpPerson", sign_up(bed, occurrence, nobody), STATUS_NOT_FOUND,
                "person_id", "exists");
    char *id = joined(bed, occurrence, person);
    bed_pass(bed, 2);
    bed_refused(bed, "SignUpPerson", sign_up(bed, occurrence, bed_person(bed, NULL)),
                STATUS_FAILED_PRECONDITION, "occurrence_id", "past");
    bed_refused(bed, "ChangeSignUp", cancel(bed, id, 1), STATUS_FAILED_PRECONDITION, "sign_up_id",
                "past");
}

/* ---- many at once ---- */

/* The first `seats` of so many people have a place, the rest waits. */
static void crowd(struct bed *bed, const char *occurrence, int seats, int people)
{
    bed_sql(bed,
            "INSERT INTO scheduling.sign_up SELECT street,"
            " ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, occurrence_id,"
            " gen_random_uuid(), NULL, NULL, greatest(n - %d, 0),"
            " CASE WHEN n > %d THEN 'WAITING' ELSE 'SIGNED_UP' END, now(), now(), 1"
            " FROM scheduling.occurrence, generate_series(1, %d) n WHERE occurrence_id = '%s'",
            seats, seats, people, occurrence);
    bed_sql(bed,
            "UPDATE scheduling.occurrence SET taken = %d, waiting = %d"
            " WHERE occurrence_id = '%s'",
            seats, people - seats, occurrence);
}

static long timers(struct bed *bed, const char *name)
{
    return bed_number(bed,
                      "SELECT count(*) FROM scheduling.timer WHERE street = '%s' AND name = '%s'",
                      bed->street, name);
}

static void promotes_thousands_some_at_a_time_and_in_order(void **state)
{
    struct bed *bed = *state;
    char *activity = bed_activity(bed, "", "", ", 'capacity': 1, 'waitlist': 1500");
    char *occurrence = bed_occurrence(bed, activity, 0);

    crowd(bed, occurrence, 1, 1301);
    bed_ok(bed, "UpdateActivity",
           bed_json(bed,
                    "{'activity': {'activityId': '%s', 'capacity': 1201, 'revision': 2},"
                    " 'updateMask': 'capacity'}",
                    activity));
    assert_int_equal(bed_events(bed, "Promoted"), 500);
    assert_counts(bed, occurrence, "501", "800");
    /* nobody overtakes who still waits for one of the places */
    char *late = joined(bed, occurrence, bed_person(bed, NULL));
    assert_sign_up(bed, late, "WAITING", "801");
    bed_fire_timers(bed);
    assert_int_equal(bed_events(bed, "Promoted"), 1000);
    bed_fire_timers(bed);
    assert_int_equal(bed_events(bed, "Promoted"), 1200);
    assert_int_equal(timers(bed, "promote_sign_ups"), 0);
    assert_counts(bed, occurrence, "1201", "101");
    assert_sign_up(bed, late, "WAITING", "101");
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.sign_up WHERE occurrence_id = '%s'"
                                " AND status = 'SIGNED_UP'"
                                " AND sign_up_id <= '00000000-0000-7000-8000-0000000004b1'",
                                occurrence),
                     1201);
}

static void promotes_nobody_into_what_has_begun(void **state)
{
    struct bed *bed = *state;
    char *activity = bed_activity(bed, "", "", ", 'capacity': 1, 'waitlist': 1000");
    char *occurrence = bed_occurrence(bed, activity, 0);

    crowd(bed, occurrence, 1, 801);
    bed_ok(bed, "UpdateActivity",
           bed_json(bed,
                    "{'activity': {'activityId': '%s', 'capacity': 1000, 'revision': 2},"
                    " 'updateMask': 'capacity'}",
                    activity));
    bed_pass(bed, 2);
    bed_fire_timers(bed);
    assert_int_equal(bed_events(bed, "Promoted"), 500);
    assert_int_equal(timers(bed, "promote_sign_ups"), 0);
}

/* ---- cancelled occurrences ---- */

/* Whatever the counters say, the rows are released, and no timer comes back for ever. */
static void releases_rows_whatever_was_counted(void **state)
{
    static const char *const counted[] = {"taken = 9, waiting = 9", "taken = 0, waiting = 0"};
    struct bed *bed = *state;

    for (int i = 0; i < 2; i++) {
        char *occurrence =
            bed_occurrence(bed, bed_activity(bed, "", "", ", 'capacity': 9, 'waitlist': 9"), 0);
        joined(bed, occurrence, bed_person(bed, NULL));
        bed_sql(bed, "UPDATE scheduling.occurrence SET %s WHERE occurrence_id = '%s'", counted[i],
                occurrence);
        bed_ok(bed, "ChangeOccurrence",
               bed_json(bed,
                        "{'occurrenceId': '%s', 'action': 'CANCEL', 'reason': '台风',"
                        " 'revision': 1}",
                        occurrence));
        assert_counts(bed, occurrence, "0", "0");
        assert_int_equal(bed_events(bed, "SignUpCancelled"), i + 1);
        assert_int_equal(timers(bed, "release_sign_ups"), 0);
    }
}

static void releases_hundreds_when_the_occurrence_is_cancelled(void **state)
{
    struct bed *bed = *state;
    char *occurrence =
        bed_occurrence(bed, bed_activity(bed, "", "", ", 'capacity': 700, 'waitlist': 500"), 0);

    crowd(bed, occurrence, 700, 1200);
    bed_ok(bed, "ChangeOccurrence",
           bed_json(bed,
                    "{'occurrenceId': '%s', 'action': 'CANCEL', 'reason': '台风', 'revision': 1}",
                    occurrence));
    assert_int_equal(bed_events(bed, "SignUpCancelled"), 500);
    for (int i = 0; i < 3; i++) /* each time some more */
        bed_fire_timers(bed);
    assert_int_equal(bed_events(bed, "SignUpCancelled"), 1200);
    assert_int_equal(bed_events(bed, "Promoted"), 0);
    assert_counts(bed, occurrence, "0", "0");
    bed_refused(bed, "SignUpPerson", sign_up(bed, occurrence, bed_person(bed, NULL)),
                STATUS_FAILED_PRECONDITION, "occurrence_id", "cancelled");
}

/* ---- people ---- */

static void signs_off_who_left(void **state)
{
    struct bed *bed = *state;
    char *activity = bed_activity(bed, "", "FREQ=DAILY;COUNT=3", ", 'capacity': 1, 'waitlist': 1");
    char *person = bed_person(bed, NULL), *other = bed_person(bed, NULL);
    char *was = joined(bed, bed_occurrence(bed, activity, 0), person);
    char *next = joined(bed, bed_occurrence(bed, activity, 2), person);
    char *waits = joined(bed, bed_occurrence(bed, activity, 2), other);
    Registry__PersonFacts facts = REGISTRY__PERSON_FACTS__INIT;
    Registry__PersonChanged changed = REGISTRY__PERSON_CHANGED__INIT;
    const ProtobufCMessage *const events[] = {&changed.base, NULL};

    bed_pass(bed, 2);
    facts.person_id = person;
    facts.status = REGISTRY__PERSON_STATUS__PERSON_STATUS_LEFT;
    facts.revision = 2;
    changed.person = &facts;
    assert_int_equal(bed_follow(bed, "registry", events), STATUS_OK);
    assert_sign_up(bed, was, "SIGNED_UP", "0"); /* that was yesterday */
    assert_sign_up(bed, next, "CANCELLED", "0");
    assert_sign_up(bed, waits, "SIGNED_UP", "0");
    bed_refused(bed, "SignUpPerson", sign_up(bed, bed_occurrence(bed, activity, 2), person),
                STATUS_NOT_FOUND, "person_id", "exists");
}

/* How many sign-ups an actor with grants sees. */
static size_t seen_by(struct bed *bed, const char *actor, const char *json)
{
    struct call *call = bed_run(bed, bed_call_for(bed, actor, "ListSignUps", json));
    const Scheduling__ListSignUpsResponse *page = call->response;

    bed_assert_outcome(call, STATUS_OK, "", "");
    size_t count = page->n_sign_ups;
    bed_free(call);
    return count;
}

static void lets_everybody_act_within_their_reach_only(void **state)
{
    struct bed *bed = *state;
    char *community = bed_community(bed), *unit = bed_unit(bed);
    char *self = bed_person(bed, NULL), *colleague = bed_person(bed, unit);
    char *occurrence = bed_occurrence(bed, bed_activity(bed, community, "", ", 'capacity': 9"), 0);
    char *elsewhere = bed_occurrence(bed, bed_activity(bed, "", "", ", 'capacity': 9"), 0);

    bed_grant(bed, self, "VOLUNTEER", NULL, NULL);
    bed_grant(bed, "contact-1", "UNIT_CONTACT", NULL, unit);
    bed_grant(bed, "staff-1", "COMMUNITY_STAFF", community, NULL);
    bed_outcome_for(bed, self, "SignUpPerson", sign_up(bed, occurrence, self), STATUS_OK, "", "");
    bed_outcome_for(bed, self, "SignUpPerson", sign_up(bed, occurrence, colleague),
                    STATUS_NOT_FOUND, "occurrence_id", "exists");
    bed_outcome_for(bed, "contact-1", "SignUpPerson", sign_up(bed, occurrence, colleague),
                    STATUS_OK, "", "");
    bed_outcome_for(bed, "contact-1", "SignUpPerson", sign_up(bed, elsewhere, self),
                    STATUS_NOT_FOUND, "occurrence_id", "exists");
    bed_outcome_for(bed, "staff-1", "SignUpPerson", sign_up(bed, elsewhere, colleague),
                    STATUS_NOT_FOUND, "occurrence_id", "exists");
    char *other = joined(bed, elsewhere, self);

    assert_int_equal(seen_by(bed, self, "{}"), 2);
    assert_int_equal(seen_by(bed, "contact-1", "{}"), 1);
    assert_int_equal(seen_by(bed, "staff-1", "{}"), 2);
    assert_int_equal(seen_by(bed, "staff-1", sign_up(bed, occurrence, self)), 1);
    assert_int_equal(
        seen_by(bed, "staff-1", bed_json(bed, "{'personId': '%s', 'status': 'SIGNED_UP'}", self)),
        1);
    assert_int_equal(seen_by(bed, "staff-1", bed_json(bed, "{'occurrenceId': '%s'}", elsewhere)),
                     0);
    bed_outcome_for(bed, "staff-1", "GetSignUp", bed_json(bed, "{'signUpId': '%s'}", other),
                    STATUS_NOT_FOUND, "sign_up_id", "exists");
    bed_outcome_for(bed, "staff-1", "ChangeSignUp", cancel(bed, other, 1), STATUS_NOT_FOUND,
                    "sign_up_id", "exists");
    bed_outcome_for(bed, self, "ChangeSignUp", cancel(bed, other, 1), STATUS_OK, "", "");
}

static void moves_to(struct bed *bed, const char *person, const char *unit)
{
    Registry__PersonFacts facts = REGISTRY__PERSON_FACTS__INIT;
    Registry__PersonUpdated updated = REGISTRY__PERSON_UPDATED__INIT;
    const ProtobufCMessage *const events[] = {&updated.base, NULL};

    facts.person_id = (char *)person;
    facts.unit_id = (char *)unit;
    facts.status = REGISTRY__PERSON_STATUS__PERSON_STATUS_ACTIVE;
    facts.revision = 2;
    updated.person = &facts;
    assert_int_equal(bed_follow(bed, "registry", events), STATUS_OK);
}

static void goes_by_the_unit_that_the_person_belongs_to_now(void **state)
{
    struct bed *bed = *state;
    char *before = bed_unit(bed), *now = bed_unit(bed), *person = bed_person(bed, before);
    char *occurrence = bed_occurrence(bed, bed_activity(bed, "", "", ", 'capacity': 9"), 0);
    char *id = joined(bed, occurrence, person);

    bed_grant(bed, "contact-before", "UNIT_CONTACT", NULL, before);
    bed_grant(bed, "contact-now", "UNIT_CONTACT", NULL, now);
    moves_to(bed, person, now);
    assert_int_equal(seen_by(bed, "contact-before", "{}"), 0);
    assert_int_equal(seen_by(bed, "contact-now", "{}"), 1);
    bed_outcome_for(bed, "contact-before", "GetSignUp", bed_json(bed, "{'signUpId': '%s'}", id),
                    STATUS_NOT_FOUND, "sign_up_id", "exists");
    bed_outcome_for(bed, "contact-before", "ChangeSignUp", cancel(bed, id, 1), STATUS_NOT_FOUND,
                    "sign_up_id", "exists");
    bed_outcome_for(bed, "contact-now", "ChangeSignUp", cancel(bed, id, 1), STATUS_OK, "", "");
}

/* ---- the crowd ---- */

static void seats_five_hundred_of_two_thousand_in_order(void **state)
{
    enum { PEOPLE = 2000, PLACES = 500, WAITING = 1000 };
    struct bed *bed = *state;
    char *occurrence =
        bed_occurrence(bed, bed_activity(bed, "", "", ", 'capacity': 500, 'waitlist': 1000"), 0);
    struct call *calls[BATCH_MAX];
    char *people[PEOPLE];

    for (int i = 0; i < PEOPLE; i++)
        people[i] = bed_person(bed, NULL);
    int64_t began = clock_monotonic_ms();
    for (int first = 0; first < PEOPLE; first += BATCH_MAX) {
        size_t count = PEOPLE - first < BATCH_MAX ? (size_t)(PEOPLE - first) : BATCH_MAX;
        for (size_t i = 0; i < count; i++)
            calls[i] =
                bed_call(bed, "SignUpPerson", sign_up(bed, occurrence, people[first + (int)i]));
        batch_run(&bed->slot, calls, count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(calls[i]->status, first + (int)i < PLACES + WAITING
                                                   ? STATUS_OK
                                                   : STATUS_FAILED_PRECONDITION);
            bed_free(calls[i]);
        }
    }
    print_message("# 2000 sign-ups took %d ms\n", (int)(clock_monotonic_ms() - began));
    assert_counts(bed, occurrence, "500", "1000");
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.sign_up WHERE occurrence_id = '%s'"
                                " AND status = 'WAITING' AND place BETWEEN 1 AND 1000",
                                occurrence),
                     WAITING);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(fills_places_then_the_waitlist_then_refuses),
        TEST(promotes_the_first_who_waits_when_somebody_leaves),
        TEST(lists_the_rank_of_who_waits),
        TEST(promotes_when_the_capacity_grows_and_refuses_when_it_shrinks_too_far),
        TEST(signs_a_person_up_once_at_a_time),
        TEST(refuses_by_the_occurrences_state_and_time),
        TEST(promotes_thousands_some_at_a_time_and_in_order),
        TEST(promotes_nobody_into_what_has_begun),
        TEST(releases_rows_whatever_was_counted),
        TEST(releases_hundreds_when_the_occurrence_is_cancelled),
        TEST(signs_off_who_left),
        TEST(lets_everybody_act_within_their_reach_only),
        TEST(goes_by_the_unit_that_the_person_belongs_to_now),
        TEST(seats_five_hundred_of_two_thousand_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
