/* SPDX-License-Identifier: Apache-2.0 */
/* test_plans.c - what was said of an activity's times stays what was said, whatever is derived from
 * it */
#include "bed_scheduling.h"

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

    bed_refused(bed, "CreateActivity", planned(bed, "2030-01-02", "FREQ=WEEKLY;BYDAY=SA", ""),
                STATUS_INVALID_ARGUMENT, "activity.schedule.first_start_local", "first_of_rule");
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

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(begins_on_a_day_of_its_rule),
        TEST(opens_sign_up_before_it_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
