/* SPDX-License-Identifier: Apache-2.0 */
/* test_plans.c - what was said of an activity's times stays what was said, whatever is derived from
 * it */
#include "bed_scheduling.h"

#include "registry_events.pb-c.h"
#include "registry_street.pb-c.h"
#include "scheduling_service.pb-c.h"

/* ---- said wrongly ---- */

static char *planned(struct bed *bed, const char *first, const char *rrule, const char *more)
{
    return bed_json(bed,
                    "{'activity': {'title': '义诊', 'kind': 'LECTURE', 'schedule':"
                    " {'firstStartLocal': '%sT09:00:00', 'durationMinutes': 60, 'rrule': '%s'}%s}}",
                    first, rrule, more);
}

static void begins_on_a_day_of_its_rule(void **state)
{
    struct bed *bed = *state;
    char *id =
        bed_make(bed, "CreateActivity", planned(bed, "2030-01-05", "FREQ=WEEKLY;BYDAY=SA", ""));

    struct call *call =
        bed_run(bed, bed_call(bed, "CreateActivity",
                              planned(bed, "2030-01-02", "FREQ=WEEKLY;BYDAY=SA", "")));
    bed_assert_outcome(call, STATUS_INVALID_ARGUMENT, "activity.schedule.first_start_local",
                       "first_of_rule");
    bed_assert_param(call, "first", "2030-01-05T09:00:00");
    bed_free(call);
    bed_refused(bed, "CreateActivity",
                planned(bed, "2031-02-28", "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29", ""),
                STATUS_INVALID_ARGUMENT, "activity.schedule.rrule", "no_dates");
    bed_refused(bed, "UpdateActivity",
                bed_json(bed,
                         "{'activity': {'activityId': '%s', 'revision': 1, 'schedule':"
                         " {'firstStartLocal': '2030-01-04T09:00:00', 'durationMinutes': 60,"
                         " 'rrule': 'FREQ=WEEKLY;BYDAY=SA'}}, 'updateMask': 'schedule'}",
                         id),
                STATUS_INVALID_ARGUMENT, "activity.schedule.first_start_local", "first_of_rule");
}

static void opens_sign_up_before_it_closes(void **state)
{
    struct bed *bed = *state;
    char *id = bed_make(bed, "CreateActivity",
                        planned(bed, bed_day(bed, 9), "", ", 'signUpOpensDays': 2"));

    bed_refused(
        bed, "CreateActivity",
        planned(bed, bed_day(bed, 9), "", ", 'signUpOpensDays': 1, 'signUpClosesMinutes': 1440"),
        STATUS_INVALID_ARGUMENT, "activity.sign_up_closes_minutes", "order");
    bed_refused(bed, "UpdateActivity",
                bed_json(bed,
                         "{'activity': {'activityId': '%s', 'revision': 1, 'signUpClosesMinutes':"
                         " 3000}, 'updateMask': 'signUpClosesMinutes'}",
                         id),
                STATUS_INVALID_ARGUMENT, "activity.sign_up_closes_minutes", "order");
    char *closed =
        bed_make(bed, "CreateActivity",
                 planned(bed, bed_day(bed, 1), "", ", 'capacity': 9, 'signUpClosesMinutes': 4320"));
    bed_publish(bed, closed, STATUS_FAILED_PRECONDITION, "action", "sign_up_closed");
}

/* ---- said of sign-up ---- */

static char *moved(struct bed *bed, const char *occurrence, const char *day)
{
    return bed_json(bed, "{'occurrenceId': '%s', 'startLocal': '%sT09:00:00', 'revision': 1}",
                    occurrence, day);
}

static void keeps_a_sign_up_open_that_opened_at_once(void **state)
{
    struct bed *bed = *state;
    char *occurrence = bed_occurrence(bed, bed_activity(bed, "", "", ", 'capacity': 3"), 0);

    bed_ok(bed, "MoveOccurrence", moved(bed, occurrence, bed_day(bed, 30)));
    assert_string_equal(
        bed_column(bed, "occurrence", occurrence, "sign_up_from_time = create_time"), "true");
    bed_ok(bed, "SignUpPerson",
           bed_json(bed, "{'occurrenceId': '%s', 'personId': '%s'}", occurrence,
                    bed_person(bed, NULL)));
}

/* Moves the street to New York, where the clocks change in the night to the second Sunday of March;
 * the next year's. */
static const char *short_sunday(struct bed *bed)
{
    const char *year = bed_text(bed, "SELECT (extract(year FROM now()) + 1)::text");

    bed_sql(bed, "UPDATE scheduling.stream SET time_zone = 'America/New_York' WHERE street = '%s'",
            bed->street);
    return bed_text(bed,
                    "SELECT (make_date(%s, 3, 8) + (7 - extract(dow FROM "
                    "make_date(%s, 3, 8)))::integer %% 7)::text",
                    year, year);
}

static void opens_and_closes_by_the_streets_calendar(void **state)
{
    struct bed *bed = *state;
    const char *sunday = short_sunday(bed);

    char *id = bed_make(bed, "CreateActivity",
                        planned(bed, sunday, "",
                                ", 'capacity': 3, 'signUpOpensDays': 1,"
                                " 'signUpClosesMinutes': 60"));
    bed_publish(bed, id, STATUS_OK, "", "");
    char *occurrence = bed_occurrence(bed, id, 0);
    assert_string_equal(
        bed_column(bed, "occurrence", occurrence, "(start_time - sign_up_from_time)::text"),
        "23:00:00");
    bed_ok(bed, "MoveOccurrence",
           moved(bed, occurrence, bed_text(bed, "SELECT (date '%s' + 1)::text", sunday)));
    assert_string_equal(bed_column(bed, "occurrence", occurrence,
                                   "extract(epoch FROM start_time - sign_up_from_time)::integer"),
                        "86400");
}

/* That day has 23 hours: at nine the day before it would have closed already. */
static void opens_before_it_closes_on_a_short_day_as_well(void **state)
{
    struct bed *bed = *state;
    const char *sunday = short_sunday(bed);

    char *id = bed_make(bed, "CreateActivity",
                        planned(bed, sunday, "",
                                ", 'capacity': 3, 'signUpOpensDays': 1,"
                                " 'signUpClosesMinutes': 1439"));
    bed_publish(bed, id, STATUS_OK, "", "");
    char *occurrence = bed_occurrence(bed, id, 0);
    static const char window[] = "(sign_up_until_time - sign_up_from_time)::text";
    assert_string_equal(bed_column(bed, "occurrence", occurrence, window), "00:01:00");
    bed_ok(bed, "UpdateActivity",
           bed_json(bed,
                    "{'activity': {'activityId': '%s', 'signUpClosesMinutes': 60, 'revision': 2},"
                    " 'updateMask': 'signUpClosesMinutes'}",
                    id));
    assert_string_equal(bed_column(bed, "occurrence", occurrence, window), "22:00:00");
    bed_ok(bed, "MoveOccurrence",
           bed_json(bed, "{'occurrenceId': '%s', 'startLocal': '%sT09:00:00', 'revision': 2}",
                    occurrence, bed_text(bed, "SELECT (date '%s' + 1)::text", sunday)));
    assert_string_equal(bed_column(bed, "occurrence", occurrence, window), "23:00:00");
}

static void puts_off_the_closing_of_sign_up_once_it_is_published(void **state)
{
    struct bed *bed = *state;
    char *activity =
        bed_activity(bed, "", "FREQ=DAILY;COUNT=3", ", 'capacity': 5, 'signUpClosesMinutes': 2880");
    char *occurrence = bed_occurrence(bed, activity, 0), *person = bed_person(bed, NULL);
    const char *sign_up =
        bed_json(bed, "{'occurrenceId': '%s', 'personId': '%s'}", occurrence, person);

    bed_refused(bed, "SignUpPerson", sign_up, STATUS_FAILED_PRECONDITION, "occurrence_id", "past");
    bed_ok(bed, "UpdateActivity",
           bed_json(bed,
                    "{'activity': {'activityId': '%s', 'signUpClosesMinutes': 0, 'revision':"
                    " 2}, 'updateMask': 'signUpClosesMinutes'}",
                    activity));
    bed_ok(bed, "SignUpPerson", sign_up);
    assert_int_equal(bed_events(bed, "OccurrenceUpdated"), 3);
}

static void opens_sign_up_sooner_once_it_is_published(void **state)
{
    struct bed *bed = *state;
    char *activity =
        bed_activity(bed, "", "FREQ=WEEKLY;COUNT=3", ", 'capacity': 5, 'signUpOpensDays': 2");
    char *last = bed_occurrence(bed, activity, 2);
    const char *sign_up =
        bed_json(bed, "{'occurrenceId': '%s', 'personId': '%s'}", last, bed_person(bed, NULL));
    static const char update[] = "{'activity': {'activityId': '%s', 'signUpOpensDays': %d,"
                                 " 'revision': %d}, 'updateMask': 'signUpOpensDays'}";

    bed_refused(bed, "SignUpPerson", sign_up, STATUS_FAILED_PRECONDITION, "occurrence_id",
                "not_open");
    bed_ok(bed, "UpdateActivity", bed_json(bed, update, activity, 10, 2));
    assert_string_equal(bed_column(bed, "occurrence", last, "start_time - sign_up_from_time"),
                        "10 days");
    bed_ok(bed, "UpdateActivity", bed_json(bed, update, activity, 0, 3)); /* at once */
    bed_ok(bed, "SignUpPerson", sign_up);
}

/* ---- the street's zone ---- */

static void enter_zone(struct bed *bed, const char *zone)
{
    Registry__Street street = REGISTRY__STREET__INIT;
    Registry__StreetUpdated updated = REGISTRY__STREET_UPDATED__INIT;
    const ProtobufCMessage *const events[] = {&updated.base, NULL};

    street.street = bed->street;
    street.time_zone = (char *)zone;
    street.revision = 2;
    updated.street = &street;
    assert_int_equal(bed_follow(bed, "registry", events), STATUS_OK);
    bed_fire_timers(bed);
}

/* Events OccurrenceUpdated that name the field. */
static int named_as_changed(struct bed *bed, const char *field)
{
    return (int)bed_number(bed,
                           "SELECT count(*) FROM scheduling.journal WHERE street = '%s' AND type"
                           " LIKE '%%.OccurrenceUpdated' AND position('%s'::bytea IN data) > 0",
                           bed->street, field);
}

static void keeps_local_times_when_the_zone_changes(void **state)
{
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true}", "");
    char *activity = bed_activity(bed, "", "FREQ=DAILY;COUNT=5",
                                  bed_json(bed, ", 'capacity': 3, 'resourceId': '%s'", resource));

    bed_ok(bed, "BookResource",
           bed_json(bed, "{'booking': {'resourceId': '%s', 'startTime': '%s', 'endTime': '%s'}}",
                    resource, bed_instant(bed, 3, "08:00:00"), bed_instant(bed, 3, "08:30:00")));
    enter_zone(bed, "Asia/Tokyo");
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.occurrence WHERE activity_id ="
                                " '%s' AND start_time = start_local::timestamp AT TIME ZONE"
                                " 'Asia/Tokyo' AND end_time = start_time + interval '1 hour'",
                                activity),
                     5);
    /* it follows, but where somebody else stands then */
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.occurrence o JOIN"
                                " scheduling.booking b USING (booking_id) WHERE o.activity_id ="
                                " '%s' AND b.start_time = o.start_time AND b.status = 'BOOKED'",
                                activity),
                     4);
    assert_int_equal(bed_events(bed, "BookingCancelled"), 1);
    assert_int_equal(bed_events(bed, "OccurrenceMoved"), 0);
    assert_int_equal(named_as_changed(bed, "start_time"), 5);
    assert_int_equal(named_as_changed(bed, "booking_id"), 1);
    assert_int_equal(named_as_changed(bed, "sign_up_from_time"), 0);
    /* the date says it first: whoever is told of it is not told of its booking */
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.journal b JOIN scheduling.journal"
                                " d ON d.street = b.street AND d.seq = b.seq - 1"
                                " WHERE b.street = '%s' AND b.type LIKE '%%.BookingCancelled'"
                                " AND d.type LIKE '%%.OccurrenceUpdated'"
                                " AND position('booking_id'::bytea IN d.data) > 0",
                                bed->street),
                     1);
}

/* Sign-up that opens some days before does so by the new zone, and says so. */
static void opens_sign_up_by_the_zone_that_the_street_has_now(void **state)
{
    struct bed *bed = *state;
    char *activity =
        bed_activity(bed, "", "FREQ=DAILY;COUNT=3", ", 'capacity': 3, 'signUpOpensDays': 2");

    enter_zone(bed, "Asia/Tokyo");
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.occurrence WHERE activity_id ="
                                " '%s' AND sign_up_from_time = (start_local::timestamp"
                                " - interval '2 days') AT TIME ZONE 'Asia/Tokyo'"
                                " AND sign_up_until_time = start_time",
                                activity),
                     3);
    assert_int_equal(named_as_changed(bed, "sign_up_from_time"), 3);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(begins_on_a_day_of_its_rule),
        TEST(opens_sign_up_before_it_closes),
        TEST(keeps_a_sign_up_open_that_opened_at_once),
        TEST(opens_and_closes_by_the_streets_calendar),
        TEST(opens_before_it_closes_on_a_short_day_as_well),
        TEST(puts_off_the_closing_of_sign_up_once_it_is_published),
        TEST(opens_sign_up_sooner_once_it_is_published),
        TEST(keeps_local_times_when_the_zone_changes),
        TEST(opens_sign_up_by_the_zone_that_the_street_has_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
