/* SPDX-License-Identifier: Apache-2.0 */
/* test_booked_dates.c - bookings that an activity's dates have: published, moved and given back
 * with them */
#include <string.h>

#include "bed_scheduling.h"
#include "libcommon/base/mem.h"
#include "scheduling_activity.pb-c.h"
#include "selection_events.pb-c.h"
#include "selection_resource.pb-c.h"

static char *cancel(struct bed *bed, const char *id, int revision)
{
    return bed_json(bed,
                    "{'bookingId': '%s', 'action': 'CANCEL', 'reason': '不用了',"
                    " 'revision': %d}",
                    id, revision);
}

/* A draft of ten days at nine that needs the resource, whose third day is taken. */
static char *series_with_a_rival(struct bed *bed, char **ret_rival)
{
    char *resource = bed_resource(bed, "{'everyone': true}", "");

    *ret_rival = bed_make(
        bed, "BookResource",
        bed_json(bed, "{'booking': {'resourceId': '%s', 'startTime': '%s', 'endTime': '%s'}}",
                 resource, bed_instant(bed, 3, "08:00:00"), bed_instant(bed, 3, "09:30:00")));
    return bed_make(bed, "CreateActivity",
                    bed_json(bed,
                             "{'activity': {'title': '篮球', 'kind': 'OTHER', 'resourceId': '%s',"
                             " 'schedule': {'firstStartLocal': '%sT09:00:00',"
                             " 'durationMinutes': 60, 'rrule': 'FREQ=DAILY;COUNT=10'}}}",
                             resource, bed_day(bed, 1)));
}

static void publishes_nothing_when_one_date_is_taken(void **state)
{
    struct bed *bed = *state;
    char *rival, *activity = series_with_a_rival(bed, &rival);
    struct call *call = bed_run(
        bed, bed_call(bed, "ChangeActivity",
                      bed_json(bed, "{'activityId': '%s', 'action': 'PUBLISH', 'revision': 1}",
                               activity)));

    bed_assert_outcome(call, STATUS_FAILED_PRECONDITION, "action", "booked");
    assert_int_equal(call->violations.count, 1);
    assert_non_null(strstr(call->violations.item[0].message, rival));
    bed_assert_param(call, "start", bed_instant(bed, 3, "09:00:00"));
    bed_assert_param(call, "rival", rival);
    bed_assert_param(call, "from", bed_instant(bed, 3, "08:00:00"));
    bed_assert_param(call, "until", bed_instant(bed, 3, "09:30:00"));
    bed_free(call);
    assert_string_equal(bed_column(bed, "activity", activity, "status"), "DRAFT");
    bed_assert_journal(bed, 2);
}

static void publishes_the_rest_and_books_the_date_later(void **state)
{
    struct bed *bed = *state;
    char *rival, *activity = series_with_a_rival(bed, &rival);
    struct call *call =
        bed_run(bed, bed_call(bed, "ChangeActivity",
                              bed_json(bed,
                                       "{'activityId': '%s', 'action': 'PUBLISH', 'revision': 1,"
                                       " 'skipRefused': true}",
                                       activity)));
    const Scheduling__ChangeActivityResponse *response = call->response;

    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_int_equal(response->n_refused, 1);
    assert_string_equal(response->refused[0]->rule, "booked");
    assert_string_equal(response->refused[0]->rival_booking_id, rival);
    char *third = bed_occurrence(bed, activity, 2);
    assert_string_equal(response->refused[0]->occurrence_id, third);
    bed_free(call);
    assert_int_equal(bed_events(bed, "OccurrenceScheduled"), 10);
    assert_int_equal(bed_events(bed, "ResourceBooked"), 10); /* nine, and the rival */

    char *again = bed_json(bed, "{'occurrenceId': '%s', 'revision': 1}", third);
    bed_refused(bed, "RebookOccurrence", again, STATUS_FAILED_PRECONDITION, "resource_id",
                "booked");
    bed_ok(bed, "ChangeBooking", cancel(bed, rival, 1));
    bed_ok(bed, "RebookOccurrence", again);
    assert_string_not_equal(bed_column(bed, "occurrence", third, "booking_id"), "");
    call = bed_run(bed, bed_call(bed, "RebookOccurrence",
                                 bed_json(bed, "{'occurrenceId': '%s', 'revision': 2}", third)));
    bed_assert_outcome(call, STATUS_FAILED_PRECONDITION, "occurrence_id", "booked");
    bed_assert_param(call, "rival", bed_column(bed, "occurrence", third, "booking_id"));
    bed_free(call);
}

/* Days of 25 hours: every other one is in the way of the next. */
static void books_no_date_in_the_way_of_another(void **state)
{
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true}", "");
    char *activity =
        bed_make(bed, "CreateActivity",
                 bed_json(bed,
                          "{'activity': {'title': '通宵', 'kind': 'OTHER', 'resourceId': '%s',"
                          " 'schedule': {'firstStartLocal': '%sT09:00:00',"
                          " 'durationMinutes': 1500, 'rrule': 'FREQ=DAILY;COUNT=5'}}}",
                          resource, bed_day(bed, 1)));

    bed_publish(bed, activity, STATUS_FAILED_PRECONDITION, "action", "booked");
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.occurrence WHERE street = '%s'",
                                bed->street),
                     0);
    struct call *call =
        bed_run(bed, bed_call(bed, "ChangeActivity",
                              bed_json(bed,
                                       "{'activityId': '%s', 'action': 'PUBLISH', 'revision': 1,"
                                       " 'skipRefused': true}",
                                       activity)));
    const Scheduling__ChangeActivityResponse *response = call->response;
    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_int_equal(response->n_refused, 2);
    assert_string_equal(
        response->refused[0]->rival_booking_id,
        bed_column(bed, "occurrence", bed_occurrence(bed, activity, 0), "booking_id"));
    bed_free(call);
    assert_int_equal(bed_events(bed, "ResourceBooked"), 3);
}

/* Two a week may be, of which one stands in the middle of the third day. */
static void counts_its_own_dates_among_the_uses(void **state)
{
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true, 'oftenTimes': 2, 'oftenDays': 7}", "");

    bed_ok(bed, "BookResource",
           bed_json(bed, "{'booking': {'resourceId': '%s', 'startTime': '%s', 'endTime': '%s'}}",
                    resource, bed_instant(bed, 3, "12:00:00"), bed_instant(bed, 3, "13:00:00")));
    char *activity =
        bed_make(bed, "CreateActivity",
                 bed_json(bed,
                          "{'activity': {'title': '篮球', 'kind': 'OTHER', 'resourceId': '%s',"
                          " 'schedule': {'firstStartLocal': '%sT09:00:00',"
                          " 'durationMinutes': 60, 'rrule': 'FREQ=DAILY;COUNT=10'}}}",
                          resource, bed_day(bed, 1)));
    bed_publish(bed, activity, STATUS_FAILED_PRECONDITION, "action", "conditions.often");
    struct call *call =
        bed_run(bed, bed_call(bed, "ChangeActivity",
                              bed_json(bed,
                                       "{'activityId': '%s', 'action': 'PUBLISH', 'revision': 1,"
                                       " 'skipRefused': true}",
                                       activity)));
    bed_assert_outcome(call, STATUS_OK, "", "");
    /* days 1, 8 and, a week behind what stands on day 3, 10 */
    assert_int_equal(((const Scheduling__ChangeActivityResponse *)call->response)->n_refused, 8);
    bed_free(call);
}

static char *booked_activity(struct bed *bed, char **ret_resource)
{
    *ret_resource = bed_resource(bed, "{'everyone': true}", "");
    return bed_activity(bed, "", "FREQ=DAILY;COUNT=2",
                        mem_printf(bed->slot.parent, ", 'resourceId': '%s'", *ret_resource));
}

static void moves_the_booking_with_its_date(void **state)
{
    struct bed *bed = *state;
    char *resource, *activity = booked_activity(bed, &resource);
    char *first = bed_occurrence(bed, activity, 0);

    bed_refused(bed, "MoveOccurrence",
                bed_json(bed, "{'occurrenceId': '%s', 'startLocal': '%sT09:30:00', 'revision': 1}",
                         first, bed_day(bed, 2)),
                STATUS_FAILED_PRECONDITION, "start_local", "booked");
    /* half an hour later it only meets its own old booking */
    bed_ok(bed, "MoveOccurrence",
           bed_json(bed, "{'occurrenceId': '%s', 'startLocal': '%sT09:30:00', 'revision': 1}",
                    first, bed_day(bed, 1)));
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.booking b JOIN"
                                " scheduling.occurrence o USING (booking_id)"
                                " WHERE o.occurrence_id = '%s' AND b.start_time = o.start_time",
                                first),
                     1);
    assert_int_equal(bed_events(bed, "BookingCancelled"), 0);
    assert_int_equal(bed_events(bed, "BookingMoved"), 1);
    assert_int_equal(bed_events(bed, "ResourceBooked"), 2);
}

static void ends_earlier_whatever_is_asked_of_new_uses(void **state)
{
    static const char move[] =
        "{'occurrenceId': '%s', 'startLocal': '%sT%s', 'durationMinutes': %d, 'revision': %d}";
    struct bed *bed = *state;
    char *resource, *activity = booked_activity(bed, &resource), *day = bed_day(bed, 1);
    char *first = bed_occurrence(bed, activity, 0);

    bed_sql(bed,
            "UPDATE scheduling.resource SET status = 'PAUSED', conditions ="
            " '{\"communityIds\": [], \"noticeMinutes\": 500000}' WHERE resource_id = '%s'",
            resource);
    bed_ok(bed, "MoveOccurrence", bed_json(bed, move, first, day, "09:00:00", 30, 1));
    bed_ok(bed, "MoveOccurrence", bed_json(bed, move, first, day, "09:10:00", 20, 2));
    bed_refused(bed, "MoveOccurrence", bed_json(bed, move, first, day, "09:10:00", 25, 3),
                STATUS_FAILED_PRECONDITION, "occurrence_id", "resource_status");
    assert_string_equal(bed_column(bed, "booking",
                                   bed_column(bed, "occurrence", first, "booking_id"),
                                   "end_time - start_time"),
                        "00:20:00");
}

static void keeps_the_date_whose_booking_is_given_back(void **state)
{
    struct bed *bed = *state;
    char *resource, *activity = booked_activity(bed, &resource);
    char *first = bed_occurrence(bed, activity, 0);

    bed_ok(bed, "ChangeBooking",
           cancel(bed, bed_column(bed, "occurrence", first, "booking_id"), 1));
    assert_string_equal(bed_column(bed, "occurrence", first, "booking_id"), "");
    assert_string_equal(bed_column(bed, "occurrence", first, "status"), "SCHEDULED");
    assert_int_equal(bed_events(bed, "OccurrenceUpdated"), 1);
    /* booked again where it was, it has no other venue */
    bed_ok(bed, "RebookOccurrence",
           bed_json(bed, "{'occurrenceId': '%s', 'resourceId': '%s', 'revision': 2}", first,
                    resource));
    assert_int_equal(bed_events(bed, "OccurrenceUpdated"), 2);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.journal WHERE street = '%s'"
                                " AND type LIKE '%%.OccurrenceUpdated'"
                                " AND position('resource_id'::bytea IN data) > 0",
                                bed->street),
                     0);
}

static void frees_what_a_withdrawn_resource_was_booked_for(void **state)
{
    struct bed *bed = *state;
    char *resource, *activity = booked_activity(bed, &resource);
    Selection__Resource withdrawn = SELECTION__RESOURCE__INIT;
    Selection__ResourceChanged changed = SELECTION__RESOURCE_CHANGED__INIT;
    Google__Protobuf__Timestamp now = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    const ProtobufCMessage *const events[] = {&changed.base, NULL};

    now.seconds = bed_number(bed, "SELECT extract(epoch FROM now())::bigint");
    withdrawn.resource_id = resource;
    withdrawn.status = SELECTION__RESOURCE_STATUS__RESOURCE_STATUS_WITHDRAWN;
    withdrawn.update_time = &now;
    withdrawn.revision = 2;
    changed.resource = &withdrawn;
    changed.reason = (char *)"场地拆除";
    assert_int_equal(bed_follow(bed, "selection", events), STATUS_OK);
    assert_int_equal(bed_events(bed, "BookingCancelled"), 2);
    assert_string_equal(bed_column(bed, "resource", resource, "status"), "WITHDRAWN");
    assert_string_equal(
        bed_column(bed, "occurrence", bed_occurrence(bed, activity, 1), "booking_id"), "");
}

/* Whose venue it is reads what it is used for, not what that was called before. */
static void names_a_booking_after_its_date(void **state)
{
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true}", "");
    char *activity = bed_activity(bed, "", "FREQ=DAILY;COUNT=2",
                                  bed_json(bed, ", 'resourceId': '%s'", resource));

    bed_ok(bed, "UpdateActivity",
           bed_json(bed,
                    "{'activity': {'activityId': '%s', 'title': '义诊', 'revision': 2},"
                    " 'updateMask': 'title'}",
                    activity));
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.booking WHERE street = '%s'"
                                " AND purpose = '义诊' AND revision = 2",
                                bed->street),
                     2);
    assert_int_equal(bed_events(bed, "BookingUpdated"), 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(publishes_nothing_when_one_date_is_taken),
        TEST(publishes_the_rest_and_books_the_date_later),
        TEST(books_no_date_in_the_way_of_another),
        TEST(counts_its_own_dates_among_the_uses),
        TEST(moves_the_booking_with_its_date),
        TEST(ends_earlier_whatever_is_asked_of_new_uses),
        TEST(keeps_the_date_whose_booking_is_given_back),
        TEST(frees_what_a_withdrawn_resource_was_booked_for),
        TEST(names_a_booking_after_its_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
