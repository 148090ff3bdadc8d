/* SPDX-License-Identifier: Apache-2.0 */
/* test_occurrences.c - what is special about the dates of an activity: moved, cancelled, listed
 * one by one */
#include "bed_scheduling.h"
#include "libcommon/base/mem.h"
#include "life_cycle_walk.h"
#include "services/scheduling/occurrence/occurrence.h"

static char *change_occurrence(struct bed *bed, const char *occurrence, int revision)
{
    return bed_json(bed,
                    "{'occurrenceId': '%s', 'action': 'CANCEL', 'reason': '天气', 'revision': %d}",
                    occurrence, revision);
}

static char *move(struct bed *bed, const char *occurrence, int days, const char *time, int revision)
{
    return bed_json(bed, "{'occurrenceId': '%s', 'startLocal': '%sT%s', 'revision': %d}",
                    occurrence, bed_day(bed, days), time, revision);
}

static void gives_a_date_the_same_id_whenever_it_is_made(void **state)
{
    struct bed *bed = *state;
    struct call *call = bed_call(bed, "GetOccurrence", "{}");
    const char *activity = "019336a0-0000-7000-8000-000000000001";
    const char *id = occurrence_id_of(call, activity, "2026-06-29T09:00:00");

    assert_string_equal(id, occurrence_id_of(call, activity, "2026-06-29T09:00:00"));
    assert_string_not_equal(id, occurrence_id_of(call, activity, "2026-06-30T09:00:00"));
    assert_int_equal(id[14], '8'); /* the version */
    bed_free(call);
}

static void moves_one_date_and_leaves_the_others(void **state)
{
    struct bed *bed = *state;
    char *activity =
        bed_activity(bed, "", "FREQ=DAILY;COUNT=3", ", 'capacity': 1, 'signUpClosesMinutes': 30");
    char *first = bed_occurrence(bed, activity, 0);

    bed_ok(bed, "MoveOccurrence", move(bed, first, 5, "20:00:00", 1));
    assert_string_equal(bed_column(bed, "occurrence", first, "original_start_local"),
                        mem_printf(bed->slot.parent, "%sT09:00:00", bed_day(bed, 1)));
    assert_string_equal(bed_column(bed, "occurrence", first, "start_time - sign_up_until_time"),
                        "00:30:00");
    assert_string_equal(bed_column(bed, "occurrence", first, "end_time - start_time"), "01:00:00");
    assert_string_equal(bed_occurrence(bed, activity, 2), first);
    assert_int_equal(bed_events(bed, "OccurrenceMoved"), 1);
    bed_refused(bed, "MoveOccurrence", move(bed, first, 6, "20:00:00", 1), STATUS_ABORTED,
                "revision", "stale");
    bed_refused(bed, "MoveOccurrence", move(bed, first, -1, "20:00:00", 2),
                STATUS_FAILED_PRECONDITION, "start_local", "past");
    /* the second date is the first now, and START waits for it */
    bed_fire_timers(bed);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.timer t, scheduling.occurrence o"
                                " WHERE t.street = '%s' AND t.due = o.start_time"
                                " AND o.occurrence_id = '%s'",
                                bed->street, bed_occurrence(bed, activity, 0)),
                     1);
}

static void says_nothing_of_a_move_to_where_it_is(void **state)
{
    struct bed *bed = *state;
    char *date = bed_occurrence(bed, bed_activity(bed, "", "", ""), 0);

    bed_ok(bed, "MoveOccurrence", move(bed, date, 1, "09:00:00", 1));
    assert_int_equal(bed_events(bed, "OccurrenceMoved"), 0);
    assert_string_equal(bed_column(bed, "occurrence", date, "revision"), "1");
}

static void changes_nothing_about_a_date_that_began_or_was_cancelled(void **state)
{
    struct bed *bed = *state;
    char *activity = bed_activity(bed, "", "FREQ=DAILY;COUNT=3", "");
    char *first = bed_occurrence(bed, activity, 0), *last = bed_occurrence(bed, activity, 2);

    bed_ok(bed, "ChangeOccurrence", change_occurrence(bed, last, 1));
    bed_refused(bed, "ChangeOccurrence", change_occurrence(bed, last, 2),
                STATUS_FAILED_PRECONDITION, "action", "life_cycle");
    bed_refused(bed, "MoveOccurrence", move(bed, last, 9, "09:00:00", 2),
                STATUS_FAILED_PRECONDITION, "occurrence_id", "final");
    bed_pass(bed, 2);
    bed_refused(bed, "ChangeOccurrence", change_occurrence(bed, first, 1),
                STATUS_FAILED_PRECONDITION, "occurrence_id", "past");
    bed_refused(bed, "MoveOccurrence", move(bed, first, 9, "09:00:00", 1),
                STATUS_FAILED_PRECONDITION, "occurrence_id", "past");
    bed_refused(bed, "RebookOccurrence",
                bed_json(bed, "{'occurrenceId': '%s', 'revision': 1}", first),
                STATUS_FAILED_PRECONDITION, "occurrence_id", "past");
}

static void is_cancelled_when_all_its_dates_were(void **state)
{
    struct bed *bed = *state;
    char *activity = bed_activity(bed, "", "", "");

    bed_ok(bed, "ChangeOccurrence", change_occurrence(bed, bed_occurrence(bed, activity, 0), 1));
    bed_fire_timers(bed);
    assert_string_equal(bed_column(bed, "activity", activity, "status"), "CANCELLED");
    assert_int_equal(bed_events(bed, "ActivityCancelled"), 1);
}

/* What counts is the last end, not the end of the last start. */
static void goes_on_while_a_longer_date_that_was_moved_runs(void **state)
{
    struct bed *bed = *state;
    char *activity = bed_activity(bed, "", "FREQ=DAILY;COUNT=3", "");

    bed_ok(bed, "MoveOccurrence",
           bed_json(bed,
                    "{'occurrenceId': '%s', 'startLocal': '%sT10:00:00', 'durationMinutes': 8640,"
                    " 'revision': 1}",
                    bed_occurrence(bed, activity, 0), bed_day(bed, 1)));
    bed_fire_timers(bed);
    bed_pass(bed, 5); /* all began, and the first lasts six days */
    bed_fire_timers(bed);
    assert_string_equal(bed_column(bed, "activity", activity, "status"), "ONGOING");
    bed_pass(bed, 5);
    bed_fire_timers(bed);
    assert_string_equal(bed_column(bed, "activity", activity, "status"), "COMPLETED");
}

static void completes_when_the_dates_that_are_left_were_held(void **state)
{
    struct bed *bed = *state;
    char *activity = bed_activity(bed, "", "FREQ=DAILY;COUNT=2", "");

    bed_fire_timers(bed);
    bed_ok(bed, "ChangeOccurrence", change_occurrence(bed, bed_occurrence(bed, activity, 1), 1));
    bed_pass(bed, 2);
    bed_fire_timers(bed);
    assert_string_equal(bed_column(bed, "activity", activity, "status"), "COMPLETED");
}

static void lists_occurrences_in_order_of_time_page_by_page(void **state)
{
    struct bed *bed = *state;
    const char *token = "";
    int64_t last = 0;
    size_t count = 0;

    bed_activity(bed, "", "FREQ=DAILY;COUNT=5", "");
    bed_activity(bed, "", "FREQ=DAILY;COUNT=5", ""); /* at the same times */
    do {
        struct call *call =
            bed_run(bed, bed_call(bed, "ListOccurrences",
                                  bed_json(bed,
                                           "{'pageSize': 3, 'pageToken': '%s', 'fromTime': '%s',"
                                           " 'untilTime': '%s'}",
                                           token, bed_instant(bed, 2, "09:00:00"),
                                           bed_instant(bed, 5, "09:00:00"))));
        const Scheduling__ListOccurrencesResponse *page = call->response;
        bed_assert_outcome(call, STATUS_OK, "", "");
        for (size_t i = 0; i < page->n_occurrences; i++, count++) {
            assert_true(page->occurrences[i]->start_time->seconds >= last);
            last = page->occurrences[i]->start_time->seconds;
        }
        token = mem_text(bed->slot.parent, page->next_page_token);
        bed_free(call);
    } while (token[0]);
    assert_int_equal(count, 6); /* of days 2, 3 and 4 */
}

static size_t occurrences_between(struct bed *bed, const char *from, const char *until,
                                  const char *activity)
{
    struct call *call = bed_run(
        bed, bed_call(bed, "ListOccurrences",
                      bed_json(bed, "{'fromTime': '%s', 'untilTime': '%s'%s}",
                               bed_instant(bed, 3, from), bed_instant(bed, 3, until), activity)));

    bed_assert_outcome(call, STATUS_OK, "", "");
    size_t count = ((const Scheduling__ListOccurrencesResponse *)call->response)->n_occurrences;
    bed_free(call);
    return count;
}

static void lists_what_overlaps_a_time_whenever_it_began(void **state)
{
    struct bed *bed = *state;
    char *activity = bed_activity(bed, "", "", "");
    const char *of_it = bed_json(bed, ", 'activityId': '%s'", activity);

    bed_ok(bed, "MoveOccurrence",
           bed_json(bed,
                    "{'occurrenceId': '%s', 'startLocal': '%sT08:00:00', 'durationMinutes': 720,"
                    " 'revision': 1}",
                    bed_occurrence(bed, activity, 0), bed_day(bed, 3)));
    for (int i = 0; i < 2; i++) {
        const char *which = i ? of_it : "";
        assert_int_equal(occurrences_between(bed, "10:00:00", "12:00:00", which), 1);
        assert_int_equal(occurrences_between(bed, "19:59:59", "21:00:00", which), 1);
        assert_int_equal(occurrences_between(bed, "20:00:00", "21:00:00", which), 0);
        assert_int_equal(occurrences_between(bed, "07:00:00", "08:00:00", which), 0);
    }
}

static void lets_community_staff_cancel_dates_of_their_own_community_only(void **state)
{
    struct bed *bed = *state;
    char *own = bed_community(bed), *sibling = bed_community(bed);
    char *ours = bed_activity(bed, own, "", ""), *theirs = bed_activity(bed, sibling, "", "");

    bed_grant(bed, "staff-1", "COMMUNITY_STAFF", own, NULL);
    bed_outcome_for(bed, "staff-1", "ChangeOccurrence",
                    change_occurrence(bed, bed_occurrence(bed, ours, 0), 1), STATUS_OK, "", "");
    bed_outcome_for(bed, "staff-1", "ChangeOccurrence",
                    change_occurrence(bed, bed_occurrence(bed, theirs, 0), 1), STATUS_NOT_FOUND,
                    "occurrence_id", "exists");
}

static void walks_the_life_cycle(void **state)
{
    static const struct changing occurrences = {&occurrence_life_cycle, "occurrence",
                                                "ChangeOccurrence", "occurrence_id"};
    struct bed *bed = *state;

    walk_life_cycle(bed, &occurrences, bed_occurrence(bed, bed_activity(bed, "", "", ""), 0));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(gives_a_date_the_same_id_whenever_it_is_made),
        TEST(moves_one_date_and_leaves_the_others),
        TEST(says_nothing_of_a_move_to_where_it_is),
        TEST(changes_nothing_about_a_date_that_began_or_was_cancelled),
        TEST(is_cancelled_when_all_its_dates_were),
        TEST(goes_on_while_a_longer_date_that_was_moved_runs),
        TEST(completes_when_the_dates_that_are_left_were_held),
        TEST(lists_occurrences_in_order_of_time_page_by_page),
        TEST(lists_what_overlaps_a_time_whenever_it_began),
        TEST(lets_community_staff_cancel_dates_of_their_own_community_only),
        TEST(walks_the_life_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
