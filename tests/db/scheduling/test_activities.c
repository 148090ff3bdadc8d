/* SPDX-License-Identifier: Apache-2.0 */
/* test_activities.c - what is special about activities: drafts, publishing, what follows by
 * itself */
#include <string.h>

#include "bed_scheduling.h"
#include "libcommon/base/mem.h"
#include "life_cycle_walk.h"
#include "services/scheduling/activity/activity.h"

#define DRAFT_OF                                                                                   \
    "{'activity': {'title': '党课', 'kind': 'LECTURE', 'communityId': '%s', 'unitIds': [%s],"    \
    " 'resourceId': '%s', 'schedule': {'firstStartLocal': '%s', 'durationMinutes': 90,"            \
    " 'rrule': '%s'}}}"

static char *change_activity(struct bed *bed, const char *activity, const char *action,
                             int revision)
{
    return bed_json(bed, "{'activityId': '%s', 'action': '%s', 'reason': '天气', 'revision': %d}",
                    activity, action, revision);
}

/* ---- drafts ---- */

static void plans_only_with_those_who_take_part(void **state)
{
    struct bed *bed = *state;
    const char *stranger = "019336a0-0000-7000-8000-000000000000";
    char *community = bed_community(bed), *unit = bed_unit(bed);
    char *quoted = mem_printf(bed->slot.parent, "'%s'", unit);
    char *resource = bed_resource(bed, "{'everyone': true}", "");

    bed_ok(bed, "CreateActivity",
           bed_json(bed, DRAFT_OF, community, quoted, resource, "2030-01-01T09:00:00", ""));
    bed_refused(bed, "CreateActivity",
                bed_json(bed, DRAFT_OF, stranger, quoted, "", "2030-01-01T09:00:00", ""),
                STATUS_NOT_FOUND, "activity.community_id", "exists");
    bed_refused(bed, "CreateActivity",
                bed_json(bed, DRAFT_OF, "", "'019336a0-0000-7000-8000-000000000000'", "",
                         "2030-01-01T09:00:00", ""),
                STATUS_NOT_FOUND, "activity.unit_ids", "exists");
    bed_refused(bed, "CreateActivity",
                bed_json(bed, DRAFT_OF, "", "", stranger, "2030-01-01T09:00:00", ""),
                STATUS_NOT_FOUND, "activity.resource_id", "exists");
    bed_assert_journal(bed, 1);
}

static void refuses_times_and_rules_that_are_none(void **state)
{
    static const struct {
        const char *start, *rrule, *field, *rule;
    } bad[] = {
        {"2030-01-01", "", "activity.schedule.first_start_local", "local_time"},
        {"2030-02-30T09:00:00", "", "activity.schedule.first_start_local", "local_time"},
        {"2030-01-01T09:00:00Z", "", "activity.schedule.first_start_local", "local_time"},
        {"2030-01-01T09:00:00", "FREQ=HOURLY", "activity.schedule.rrule", "rrule"},
        {"2030-01-01T09:00:00", "FREQ=DAILY;BYSECOND=1", "activity.schedule.rrule", "rrule"},
    };
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        bed_refused(bed, "CreateActivity",
                    bed_json(bed, DRAFT_OF, "", "", "", bad[i].start, bad[i].rrule),
                    STATUS_INVALID_ARGUMENT, bad[i].field, bad[i].rule);
}

static void lets_community_staff_plan_for_their_own_community_only(void **state)
{
    struct bed *bed = *state;
    char *own = bed_community(bed), *sibling = bed_community(bed);

    bed_grant(bed, "staff-1", "COMMUNITY_STAFF", own, NULL);
    bed_outcome_for(bed, "staff-1", "CreateActivity",
                    bed_json(bed, DRAFT_OF, own, "", "", "2030-01-01T09:00:00", ""), STATUS_OK, "",
                    "");
    bed_outcome_for(bed, "staff-1", "CreateActivity",
                    bed_json(bed, DRAFT_OF, sibling, "", "", "2030-01-01T09:00:00", ""),
                    STATUS_PERMISSION_DENIED, "activity.community_id", "reach");
    char *theirs = bed_activity(bed, sibling, "", "");
    bed_outcome_for(bed, "staff-1", "ChangeActivity", change_activity(bed, theirs, "CANCEL", 2),
                    STATUS_NOT_FOUND, "activity_id", "exists");
}

/* ---- publishing ---- */

static void makes_the_dates_of_a_series_in_the_streets_zone(void **state)
{
    struct bed *bed = *state;
    char *activity = bed_activity(bed, "", "FREQ=WEEKLY;COUNT=26", "");

    assert_int_equal(
        bed_number(bed,
                   "SELECT count(*) FROM scheduling.occurrence WHERE activity_id = '%s'"
                   " AND to_char(start_time AT TIME ZONE 'Asia/Shanghai', 'HH24:MI')"
                   " = '09:00' AND end_time - start_time = interval '1 hour'",
                   activity),
        26);
    assert_int_equal(bed_events(bed, "ActivityPublished"), 1);
    assert_int_equal(bed_events(bed, "OccurrenceScheduled"), 26);
    bed_assert_journal(bed, 28);
    bed_fire_timers(bed); /* looks, finds nothing to do, and sets itself for the first start */
    bed_assert_journal(bed, 28);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.timer t, scheduling.occurrence o"
                                " WHERE t.street = '%s' AND t.due = o.start_time"
                                " AND o.occurrence_id = '%s'",
                                bed->street, bed_occurrence(bed, activity, 0)),
                     1);
}

/* As if the operator had set it; returns what it was. */
static int64_t set_ahead_days(int64_t days)
{
    int64_t *setting = scheduling_settings[0].value, old = *setting;

    *setting = days;
    return old;
}

static void keeps_local_time_over_a_change_to_summer_time(void **state)
{
    struct bed *bed = *state;
    const int64_t ahead_days = set_ahead_days(3660);

    bed_sql(bed, "UPDATE scheduling.stream SET time_zone = 'Europe/Berlin' WHERE street = '%s'",
            bed->street);
    /* on 31 March 2030 the clocks go from 02:00 to 03:00, on 27 October from 03:00 back to 02:00 */
    char *gap =
        bed_make(bed, "CreateActivity",
                 bed_json(bed, DRAFT_OF, "", "", "", "2030-03-30T02:30:00", "FREQ=DAILY;COUNT=3"));
    char *overlap = bed_make(bed, "CreateActivity",
                             bed_json(bed, DRAFT_OF, "", "", "", "2030-10-26T02:30:00",
                                      "FREQ=DAILY;UNTIL=20301028T013000Z"));
    bed_publish(bed, gap, STATUS_OK, "", "");
    bed_publish(bed, overlap, STATUS_OK, "", "");
    static const char *const starts[] = {"2030-03-30 01:30:00", "2030-03-31 01:30:00",
                                         "2030-04-01 00:30:00", "2030-10-26 00:30:00",
                                         "2030-10-27 01:30:00", "2030-10-28 01:30:00"};
    for (int i = 0; i < 6; i++)
        assert_string_equal(bed_column(bed, "occurrence",
                                       bed_occurrence(bed, i < 3 ? gap : overlap, i % 3),
                                       "start_time AT TIME ZONE 'UTC'"),
                            starts[i]);
    set_ahead_days(ahead_days);
}

static void publishes_no_farther_ahead_than_may_be(void **state)
{
    struct bed *bed = *state;
    static const char *const far[] = {"2199-12-31T23:00:00", "2150-02-28T09:00:00"};
    char *near = bed_make(bed, "CreateActivity",
                          bed_json(bed, DRAFT_OF, "", "", "",
                                   mem_printf(bed->slot.parent, "%sT09:00:00", bed_day(bed, 700)),
                                   "FREQ=DAILY"));

    for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
        char *activity = bed_make(
            bed, "CreateActivity",
            bed_json(bed, DRAFT_OF, "", "", "", far[i], i == 0 ? "" : "FREQ=YEARLY;BYMONTH=2"));
        bed_publish(bed, activity, STATUS_FAILED_PRECONDITION, "action", "ahead");
    }
    bed_publish(bed, near, STATUS_OK, "", "");
    /* of two years those days that are not yet past 731 days from now; what time it is now, and the
     * zone, make a day more or less */
    assert_in_range(bed_events(bed, "OccurrenceScheduled"), 29, 31);
    bed_refused(bed, "MoveOccurrence",
                bed_json(bed, "{'occurrenceId': '%s', 'startLocal': '%s', 'revision': 1}",
                         bed_occurrence(bed, near, 0), "2199-12-31T23:59:59"),
                STATUS_FAILED_PRECONDITION, "start_local", "ahead");
}

/* What an older version, or somebody by hand, may have stored; of the last ones not even JSON of a
 * schedule. */
static void answers_a_schedule_that_it_cannot_use(void **state)
{
    static const struct {
        const char *schedule;
        enum status status;
        const char *field, *rule;
    } cases[] = {
        {"{\"firstStartLocal\": \"9998-12-31T09:00:00\", \"durationMinutes\": 60}",
         STATUS_FAILED_PRECONDITION, "action", "rrule"},
        {"{\"firstStartLocal\": \"2026-12-31T09:00:00\", \"rrule\": \"FREQ=HOURLY\"}",
         STATUS_FAILED_PRECONDITION, "action", "rrule"},
        {"{}", STATUS_FAILED_PRECONDITION, "action", "rrule"},
        {"[]", STATUS_INTERNAL, "", "unreadable"},
        {"{\"durationMinutes\": \"many\"}", STATUS_INTERNAL, "", "unreadable"},
    };
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *activity = bed_make(bed, "CreateActivity",
                                  bed_json(bed, DRAFT_OF, "", "", "", "2030-01-01T09:00:00", ""));
        bed_sql(bed, "UPDATE scheduling.activity SET schedule = '%s' WHERE activity_id = '%s'",
                cases[i].schedule, activity);
        bed_publish(bed, activity, cases[i].status, cases[i].field, cases[i].rule);
        bed_ok(bed, "ListOccurrences", "{}");
    }
}

static void refuses_to_publish_what_began_or_never_comes(void **state)
{
    struct bed *bed = *state;
    char *past = bed_make(bed, "CreateActivity",
                          bed_json(bed, DRAFT_OF, "", "", "", "2020-01-01T09:00:00", ""));
    /* eight in the morning there, while the rule alone knows no zone */
    char *never = bed_make(bed, "CreateActivity",
                           bed_json(bed, DRAFT_OF, "", "", "", "2030-01-01T09:00:00",
                                    "FREQ=DAILY;UNTIL=20300101T000000Z"));

    bed_refused(
        bed, "CreateActivity",
        bed_json(bed, DRAFT_OF, "", "", "", "2030-01-01T09:00:00", "FREQ=DAILY;UNTIL=20291231"),
        STATUS_INVALID_ARGUMENT, "activity.schedule.rrule", "no_dates");
    bed_publish(bed, past, STATUS_FAILED_PRECONDITION, "action", "past");
    bed_publish(bed, never, STATUS_FAILED_PRECONDITION, "action", "no_dates");
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.occurrence WHERE street = '%s'",
                                bed->street),
                     0);
    bed_assert_journal(bed, 2);
}

static void books_four_hundred_dates_at_once_and_goes_on_by_itself(void **state)
{
    struct bed *bed = *state;
    char *resource =
        bed_resource(bed, "{'everyone': true, 'oftenTimes': 1, 'oftenDays': 1}",
                     "{'windows': [{'rrule': 'FREQ=DAILY', 'from': '08:00', 'until': '20:00'}]}");
    char *activity = bed_activity(bed, "", "FREQ=DAILY",
                                  mem_printf(bed->slot.parent, ", 'resourceId': '%s'", resource));

    assert_int_equal(bed_events(bed, "OccurrenceScheduled"), 400);
    assert_int_equal(bed_events(bed, "ResourceBooked"), 400);
    assert_int_equal(
        bed_number(bed,
                   "SELECT count(*) FROM scheduling.occurrence o JOIN scheduling.booking"
                   " b USING (booking_id) WHERE o.activity_id = '%s'"
                   " AND b.start_time = o.start_time AND b.conditions_version = 3"
                   " AND o.revision = 1",
                   activity),
        400);
    assert_true(bed_number(bed,
                           "SELECT max(octet_length(data)) FROM scheduling.journal"
                           " WHERE street = '%s'",
                           bed->street) < 2048);
    bed_fire_timers(bed);
    assert_int_equal(bed_events(bed, "OccurrenceScheduled"), 400);
    /* the furthest dates are taken away, as if time had passed; the timer makes them again */
    bed_sql(bed,
            "DELETE FROM scheduling.occurrence WHERE street = '%s'"
            " AND original_start_local > '%sT23'",
            bed->street, bed_day(bed, 390));
    bed_sql(bed,
            "DELETE FROM scheduling.booking WHERE street = '%s' AND start_time > now()"
            " + interval '390 days'",
            bed->street);
    bed_sql(bed, "UPDATE scheduling.timer SET due = now() WHERE street = '%s'", bed->street);
    bed_fire_timers(bed);
    assert_int_equal(
        bed_number(bed, "SELECT count(*) FROM scheduling.occurrence WHERE activity_id = '%s'",
                   activity),
        400);
}

static void starts_and_completes_by_itself(void **state)
{
    struct bed *bed = *state;
    char *activity = bed_activity(bed, "", "FREQ=DAILY;COUNT=3", "");

    bed_fire_timers(bed);
    assert_string_equal(bed_column(bed, "activity", activity, "status"), "PUBLISHED");
    bed_pass(bed, 2);
    bed_fire_timers(bed);
    assert_string_equal(bed_column(bed, "activity", activity, "status"), "ONGOING");
    bed_pass(bed, 3);
    bed_fire_timers(bed);
    assert_string_equal(bed_column(bed, "activity", activity, "status"), "COMPLETED");
    assert_int_equal(bed_events(bed, "ActivityChanged"), 2);
    assert_int_equal(
        bed_number(bed, "SELECT count(*) FROM scheduling.timer WHERE street = '%s'", bed->street),
        0);
}

static void changes_little_once_it_is_published(void **state)
{
    struct bed *bed = *state;
    char *activity = bed_activity(bed, "", "FREQ=DAILY;COUNT=3", ", 'capacity': 5");

    bed_refused(bed, "UpdateActivity",
                bed_json(bed,
                         "{'activity': {'activityId': '%s', 'kind': 'VISIT', 'revision': 2},"
                         " 'updateMask': 'kind'}",
                         activity),
                STATUS_FAILED_PRECONDITION, "activity.kind", "published");
    bed_ok(bed, "UpdateActivity",
           bed_json(bed,
                    "{'activity': {'activityId': '%s', 'title': '义诊', 'capacity': 9,"
                    " 'revision': 2}, 'updateMask': 'title,capacity'}",
                    activity));
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.occurrence WHERE title = '义诊'"
                                " AND capacity = 9 AND revision = 2 AND activity_id = '%s'",
                                activity),
                     3);
    assert_int_equal(bed_events(bed, "OccurrenceUpdated"), 3);
    bed_ok(bed, "UpdateActivity",
           bed_json(bed,
                    "{'activity': {'activityId': '%s', 'description': '带身份证', 'revision': 3},"
                    " 'updateMask': 'description'}",
                    activity));
    assert_int_equal(bed_events(bed, "OccurrenceUpdated"), 3);
}

static void cancels_what_is_still_to_come_and_leaves_what_was(void **state)
{
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true}", "");
    char *activity =
        bed_activity(bed, "", "FREQ=DAILY;COUNT=3",
                     mem_printf(bed->slot.parent, ", 'capacity': 5, 'resourceId': '%s'", resource));
    char *occurrence = bed_occurrence(bed, activity, 2);

    bed_ok(bed, "SignUpPerson",
           bed_json(bed, "{'occurrenceId': '%s', 'personId': '%s'}", occurrence,
                    bed_person(bed, NULL)));
    bed_pass(bed, 2); /* one was yesterday, one today or to come within hours, one tomorrow */
    bed_refused(bed, "ChangeActivity",
                bed_json(bed, "{'activityId': '%s', 'action': 'CANCEL', 'revision': 2}", activity),
                STATUS_INVALID_ARGUMENT, "reason", "required");
    bed_ok(bed, "ChangeActivity", change_activity(bed, activity, "CANCEL", 2));
    assert_string_equal(bed_column(bed, "occurrence", bed_occurrence(bed, activity, 0), "status"),
                        "SCHEDULED");
    assert_string_equal(bed_column(bed, "occurrence", occurrence, "status"), "CANCELLED");
    assert_string_equal(bed_column(bed, "occurrence", occurrence, "booking_id"), "");
    assert_string_equal(bed_column(bed, "occurrence", occurrence, "taken"), "0");
    assert_int_equal(bed_events(bed, "ActivityCancelled"), 1);
    assert_int_equal(bed_events(bed, "SignUpCancelled"), 1);
    assert_int_equal(bed_events(bed, "OccurrenceCancelled"), bed_events(bed, "BookingCancelled"));
    bed_refused(bed, "ChangeActivity", change_activity(bed, activity, "CANCEL", 3),
                STATUS_FAILED_PRECONDITION, "action", "life_cycle");
}

static void walks_the_life_cycle(void **state)
{
    static const struct changing activities = {&activity_life_cycle, "activity", "ChangeActivity",
                                               "activity_id"};
    struct bed *bed = *state;
    char *activity =
        bed_make(bed, "CreateActivity",
                 bed_json(bed, DRAFT_OF, "", "", "",
                          mem_printf(bed->slot.parent, "%sT09:00:00", bed_day(bed, 9)), ""));

    walk_life_cycle(bed, &activities, activity);
}

/* Where a project is over, staff look for what hangs on it. */
static void lists_the_activities_of_a_project(void **state)
{
    static const char project[] = "019336a0-0000-7000-8000-0000000000b7";
    struct bed *bed = *state;
    static const char other[] = "019336a0-0000-7000-8000-0000000000b8";
    char *of_it = bed_activity(bed, "", "", bed_json(bed, ", 'projectId': '%s'", project));

    bed_activity(bed, "", "", bed_json(bed, ", 'projectId': '%s'", other));
    bed_activity(bed, "", "", "");
    struct call *call = bed_run(
        bed, bed_call(bed, "ListActivities", bed_json(bed, "{'projectId': '%s'}", project)));
    const Scheduling__ListActivitiesResponse *page = call->response;
    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_int_equal(page->n_activities, 1);
    assert_string_equal(page->activities[0]->activity_id, of_it);
    bed_free(call);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(plans_only_with_those_who_take_part),
        TEST(refuses_times_and_rules_that_are_none),
        TEST(lets_community_staff_plan_for_their_own_community_only),
        TEST(makes_the_dates_of_a_series_in_the_streets_zone),
        TEST(keeps_local_time_over_a_change_to_summer_time),
        TEST(publishes_no_farther_ahead_than_may_be),
        TEST(answers_a_schedule_that_it_cannot_use),
        TEST(refuses_to_publish_what_began_or_never_comes),
        TEST(books_four_hundred_dates_at_once_and_goes_on_by_itself),
        TEST(starts_and_completes_by_itself),
        TEST(changes_little_once_it_is_published),
        TEST(cancels_what_is_still_to_come_and_leaves_what_was),
        TEST(walks_the_life_cycle),
        TEST(lists_the_activities_of_a_project),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
