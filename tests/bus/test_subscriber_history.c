/* SPDX-License-Identifier: Apache-2.0 */
/* test_subscriber_history.c - a journal that was restored from a backup while it was followed */
#include "journal_peer.h"

/* Handed over are events 1 to 10 and their like of the other journal; then this one is another. */
static struct journal *read_ten(struct stage *stage)
{
    struct journal *journal = &stage->journal[0];

    journal->head = 10;
    stage_subscribe(stage, 1, NULL, 0);
    wait_subscribed(stage, 1);
    expect_events(stage, journal, 1, 10);
    expect_caught_up(stage);
    return journal;
}

static struct journal *follow_ten(struct stage *stage)
{
    struct journal *journal = read_ten(stage);

    beat(stage, 0, journal, 10);
    expect_nothing(stage, 50); /* and its incarnation is known */
    return journal;
}

static void restore(struct journal *journal, int64_t fork, int64_t head, bool announced)
{
    journal->history++;
    journal->fork = fork;
    journal->head = head;
    journal->announced = announced;
}

static void expect_other_history(struct stage *stage)
{
    struct subscriber_event event;

    assert_int_equal(stage_next(stage, &event), STATUS_ABORTED);
    assert_true(subscriber_of_other_history(stage->subscriber));
    assert_int_equal(stage_next(stage, &event), STATUS_ABORTED); /* permanently */
}

/* Nothing new is said there, so the numbers alone look like those of a heartbeat that is late. */
static void notices_that_a_quiet_journal_lost_its_last_events(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = follow_ten(stage);

    restore(journal, 7, 7, true);
    beat(stage, 0, journal, 7);
    expect_other_history(stage);
}

/* It was restored before its first heartbeat came: there is no incarnation to compare with. */
static void notices_a_shorter_journal_by_its_first_heartbeat(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = read_ten(stage);

    restore(journal, 7, 7, false);
    beat(stage, 0, journal, 7);
    expect_other_history(stage);
}

static void notices_other_events_of_the_same_numbers(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = follow_ten(stage);

    restore(journal, 7, 10, false);
    beat(stage, 0, journal, 10);
    expect_other_history(stage);
}

/* The journal grew past the position before anybody looked: live it looks like the next one. */
static void takes_no_live_event_of_another_history(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = follow_ten(stage);

    restore(journal, 7, 11, false);
    publish(stage, 0, journal, 11);
    expect_other_history(stage);
}

static void goes_on_where_the_backup_has_all_that_was_read(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = follow_ten(stage);

    restore(journal, 10, 12, true);
    beat(stage, 0, journal, 12);
    expect_events(stage, journal, 11, 12);
    expect_caught_up(stage);
}

static void begins_at_no_number_that_the_journal_has_not(void **state)
{
    struct stage *stage = *state;

    stage->journal[0].head = 100;
    stage_subscribe(stage, 1, NULL, 499);
    expect_other_history(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        stage_test(notices_that_a_quiet_journal_lost_its_last_events),
        stage_test(notices_a_shorter_journal_by_its_first_heartbeat),
        stage_test(notices_other_events_of_the_same_numbers),
        stage_test(takes_no_live_event_of_another_history),
        stage_test(goes_on_where_the_backup_has_all_that_was_read),
        stage_test(begins_at_no_number_that_the_journal_has_not),
    };

    return cmocka_run_group_tests_name("subscriber_history", tests, NULL, NULL);
}
