/* SPDX-License-Identifier: Apache-2.0 */
/* test_get_on.c - whatever is open in scheduling, somebody can get on with it, on any day */
#include "bed_scheduling.h"
#include "get_on_walk.h"
#include "services/scheduling/activity/activity.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/sign_up/sign_up.h"

/* ---- activities ---- */

static char *activity(struct bed *bed)
{
    return bed_make(bed, "CreateActivity",
                    bed_json(bed,
                             "{'activity': {'title': '健康小屋', 'kind': 'SERVICE_POINT',"
                             " 'schedule': {'firstStartLocal': '%sT09:00:00',"
                             " 'durationMinutes': 60}}}",
                             bed_day(bed, 1)));
}

/* The first start that a draft plans; dates that were made are in days of an hour or of many. */
static void set_activity(struct bed *bed, const char *id, int first, int last)
{
    bed_sql(bed,
            "UPDATE scheduling.activity SET schedule = jsonb_set(schedule, '{firstStartLocal}',"
            " to_jsonb('%sT09:00:00'::text)) WHERE activity_id = '%s'",
            bed_day(bed, first), id);
    bed_sql(bed,
            "UPDATE scheduling.occurrence SET start_time = now() + interval '%d days',"
            " sign_up_until_time = now() + interval '%d days', end_time = now() + interval '%d"
            " days' WHERE activity_id = '%s'",
            first, first, last, id);
}

static struct put_off put_off_activity(struct bed *bed, const char *id)
{
    return (struct put_off){
        "UpdateActivity",
        bed_json(bed,
                 "{'activity': {'activityId': '%s', 'schedule': {'firstStartLocal':"
                 " '%sT09:00:00', 'durationMinutes': 60}, 'revision': %ld},"
                 " 'updateMask': 'schedule'}",
                 id, bed_day(bed, 30), revision_of(bed, "activity", "activity_id", id))};
}

/* ---- their dates ---- */

static char *occurrence(struct bed *bed)
{
    return bed_occurrence(bed, bed_activity(bed, "", "", ", 'capacity': 1, 'waitlist': 1"), 0);
}

static void set_occurrence(struct bed *bed, const char *id, int first, int last)
{
    set_activity(bed, bed_column(bed, "occurrence", id, "activity_id"), first, last);
}

static struct put_off put_off_occurrence(struct bed *bed, const char *id)
{
    return (struct put_off){
        "MoveOccurrence",
        bed_json(bed, "{'occurrenceId': '%s', 'startLocal': '%sT09:00:00', 'revision': %ld}", id,
                 bed_day(bed, 30), revision_of(bed, "occurrence", "occurrence_id", id))};
}

/* ---- bookings ---- */

static char *booking(struct bed *bed)
{
    return bed_make(bed, "BookResource",
                    bed_json(bed,
                             "{'booking': {'resourceId': '%s', 'startTime': '%s', 'endTime': '%s',"
                             " 'purpose': '开会'}}",
                             bed_resource(bed, "{'everyone': true}", ""),
                             bed_instant(bed, 1, "09:00"), bed_instant(bed, 1, "10:00")));
}

static void set_booking(struct bed *bed, const char *id, int first, int last)
{
    bed_sql(bed,
            "UPDATE scheduling.booking SET start_time = now() + interval '%d days',"
            " end_time = now() + interval '%d days' WHERE booking_id = '%s'",
            first, last, id);
}

/* ---- sign-ups ---- */

static char *signed_up_for(struct bed *bed, const char *occurrence)
{
    return bed_make(bed, "SignUpPerson",
                    bed_json(bed, "{'occurrenceId': '%s', 'personId': '%s'}", occurrence,
                             bed_person(bed, NULL)));
}

static char *signed_up(struct bed *bed)
{
    return signed_up_for(bed, occurrence(bed));
}

static char *waiting(struct bed *bed)
{
    char *full = occurrence(bed);

    signed_up_for(bed, full);
    return signed_up_for(bed, full);
}

static void set_sign_up(struct bed *bed, const char *id, int first, int last)
{
    set_occurrence(bed, bed_column(bed, "sign_up", id, "occurrence_id"), first, last);
}

static void lets_somebody_get_on_on_any_day(void **state)
{
    enum { ALWAYS = BEFORE | WITHIN | AFTER, BEGAN = WITHIN | AFTER };
    static const struct dated objects[] = {
        {{&activity_life_cycle, "activity", "ChangeActivity", "activity_id"},
         .make = activity,
         .set_days = set_activity,
         .put_off = put_off_activity},
        {{&occurrence_life_cycle, "occurrence", "ChangeOccurrence", "occurrence_id"},
         .make = occurrence,
         .set_days = set_occurrence,
         .put_off = put_off_occurrence},
        {{&booking_life_cycle, "booking", "ChangeBooking", "booking_id"},
         .make = booking,
         .set_days = set_booking},
        {{&sign_up_life_cycle, "sign_up", "ChangeSignUp", "sign_up_id"},
         .make = signed_up,
         .other = {SCHEDULING__SIGN_UP_STATUS__SIGN_UP_STATUS_WAITING, waiting},
         .set_days = set_sign_up},
        {{0}},
    };
    static const struct standing standing[] = {
        {"activity", "PUBLISHED", IS_NOT_PUT_OFF, ALWAYS, "its dates are, each by itself"},
        {"activity", "ONGOING", IS_NOT_PUT_OFF, ALWAYS, "the same"},
        {"occurrence", "SCHEDULED", TAKES_NO_STEP, BEGAN, "it was held: history"},
        {"occurrence", "SCHEDULED", IS_NOT_PUT_OFF, BEGAN, "it was held: history"},
        {"booking", "BOOKED", TAKES_NO_STEP, BEGAN, "it was used: history"},
        {"sign_up", "SIGNED_UP", TAKES_NO_STEP, BEGAN, "they took part: history"},
        {"sign_up", "WAITING", TAKES_NO_STEP, BEGAN, "they had no place: history"},
        {0},
    };

    walk_get_on(*state, objects, standing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lets_somebody_get_on_on_any_day, bed_up, bed_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
