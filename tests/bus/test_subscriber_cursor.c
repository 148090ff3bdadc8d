/* SPDX-License-Identifier: Apache-2.0 */
/* test_subscriber_cursor.c - named cursors: where a subscriber goes on after a crash */
#include "journal_peer.h"

#include <string.h>

#include "libcommon/base/clock.h"

static enum status flush(struct stage *stage)
{
    return subscriber_flush(stage->subscriber);
}

/* subscriber_flush waits, so answers are given before: the move is sent by subscriber_next. */
static void serve_until_moved_to(struct stage *stage, int64_t seq)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;

    while (stage->journal[0].cursor != seq) {
        expect_nothing(stage, 10);
        assert_true(clock_monotonic_ms() < until);
    }
    expect_nothing(stage, 100); /* the answer arrives */
}

static void goes_on_where_its_cursor_stands(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    journal->head = 40;
    journal->cursor = 25;
    stage_subscribe(stage, 1, "mirror", 0); /* the cursor counts, not the number */
    expect_events(stage, journal, 26, 40);
    serve_until_moved_to(stage, 40);
    assert_int_equal(flush(stage), STATUS_OK); /* nothing to do */
    journal->head = 45;
    stage_subscribe(stage, 1, "mirror", 0); /* as after a restart */
    expect_events(stage, journal, 41, 45);
}

static void a_new_cursor_starts_at_the_first_event(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    journal->head = 3;
    stage_subscribe(stage, 1, "mirror", 77);
    expect_events(stage, journal, 1, 3);
}

static void what_was_not_done_comes_again(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];
    struct subscriber_event event;

    journal->head = 10;
    stage_subscribe(stage, 1, "mirror", 0);
    expect_events(stage, journal, 1, 6);
    for (int i = 0; i < 4; i++) /* returned, but not handled */
        assert_int_equal(stage_next(stage, &event), STATUS_OK);
    serve_until_moved_to(stage, 6);
    stage_subscribe(stage, 1, "mirror", 0);
    expect_events(stage, journal, 7, 10);
}

static void moves_at_most_once_a_second(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];
    int64_t start_ms = clock_monotonic_ms();

    journal->head = 1;
    stage_subscribe(stage, 1, "mirror", 0);
    wait_subscribed(stage, 1);
    for (int64_t seq = 1; clock_monotonic_ms() - start_ms < 3500; seq++) {
        if (seq > 1)
            publish(stage, 0, journal, seq);
        journal->head = seq;
        expect_events(stage, journal, seq, seq);
    }
    assert_in_range(journal->moves, 2, 5);
    serve_until_moved_to(stage, journal->head);
}

static void moves_while_events_are_at_hand(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];
    int64_t start_ms = clock_monotonic_ms(), seq = 0;

    journal->head = 500; /* one page lasts for the whole test */
    stage_subscribe(stage, 1, "mirror", 0);
    while (journal->moves == 0) {
        seq++;
        expect_events(stage, journal, seq, seq);
        for (int64_t next_ms = clock_monotonic_ms() + 10; clock_monotonic_ms() < next_ms;)
            stage_serve(stage);
        assert_true(clock_monotonic_ms() - start_ms < 3000 && seq < 500);
    }
}

static void a_second_subscriber_under_one_name_is_told(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];
    struct subscriber_event event;

    journal->head = 5;
    stage_subscribe(stage, 1, "mirror", 0);
    expect_events(stage, journal, 1, 1);
    journal->cursor = 4; /* the other one was here */
    journal->move_id[0] = '\0';
    enum status status;

    do {
        status = stage_next(stage, &event);
        if (status == STATUS_OK)
            subscriber_done(stage->subscriber, &event);
    } while (status == STATUS_OK && event.seq < 5);
    int64_t until = clock_monotonic_ms() + WAIT_MS;

    while (status != STATUS_ABORTED && clock_monotonic_ms() < until) {
        stage_serve(stage);
        status = subscriber_next(stage->subscriber, stage->bed->memory, 5, &event);
    }
    assert_int_equal(status, STATUS_ABORTED);
    assert_int_equal(subscriber_next(stage->subscriber, stage->bed->memory, 0, &event),
                     STATUS_ABORTED); /* permanently */
    assert_int_equal(journal->cursor, 4);
}

/* The journal moved it, and the answer was lost: the same request_id asks again, and our own move
 * is not taken for somebody else's. */
static void an_unanswered_move_is_repeated_under_its_id(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];
    char id[sizeof journal->move_id];

    journal->head = 5;
    journal->move_fault = STATUS_UNKNOWN;
    stage_subscribe(stage, 1, "mirror", 0);
    expect_events(stage, journal, 1, 5);
    int64_t until = clock_monotonic_ms() + WAIT_MS;

    while (journal->moves < 1) {
        expect_nothing(stage, 10);
        assert_true(clock_monotonic_ms() < until);
    }
    snprintf(id, sizeof id, "%s", journal->move_id);
    unsigned moves = journal->moves;

    while (journal->moves < moves + 2) {
        expect_nothing(stage, 10);
        assert_true(clock_monotonic_ms() < until);
    }
    assert_text(journal->move_id, id);
    journal->move_fault = STATUS_OK;
    serve_until_moved_to(stage, 5);
}

/* Its id is of a time that the service does not take: no later try under it would do better. */
static void a_move_of_another_time_is_made_anew(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    journal->head = 5;
    stage_subscribe(stage, 1, "mirror", 0);
    expect_events(stage, journal, 1, 5);
    journal->refuses_ages = true;
    int64_t until = clock_monotonic_ms() + WAIT_MS;

    while (journal->cursor != 5) {
        struct subscriber_event event;

        stage_serve(stage);
        enum status status = subscriber_next(stage->subscriber, stage->bed->memory, 5, &event);

        assert_true(status == STATUS_NOT_FOUND || status == STATUS_UNAVAILABLE);
        assert_true(clock_monotonic_ms() < until);
        if (journal->refused_move[0])
            journal->refuses_ages = false;
    }
    assert_string_not_equal(journal->refused_move, "");
    assert_string_not_equal(journal->refused_move, journal->move_id);
}

static void each_service_has_a_cursor_of_the_name(void **state)
{
    struct stage *stage = *state;
    struct subscriber_event event;

    stage->journal[0].head = stage->journal[1].head = 9;
    stage->journal[0].cursor = 7;
    stage->journal[1].cursor = 8;
    stage_subscribe(stage, 2, "mirror", 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(stage_next(stage, &event), STATUS_OK);
        assert_true(event.seq > (event.service[0] == 's' ? 8 : 7));
        subscriber_done(stage->subscriber, &event);
    }
    serve_until_moved_to(stage, 9);
    int64_t until = clock_monotonic_ms() + WAIT_MS;

    while (stage->journal[1].cursor != 9) {
        expect_nothing(stage, 10);
        assert_true(clock_monotonic_ms() < until);
    }
}

static void a_flush_says_when_nobody_answers(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    journal->head = 1;
    stage_subscribe(stage, 1, "mirror", 0);
    expect_events(stage, journal, 1, 1);
    for (size_t i = 0; i < PEERS; i++)
        peer_down(&stage->bed->peer[i]);
    int64_t start_ms = clock_monotonic_ms();

    assert_true(flush(stage) != STATUS_OK);
    assert_true(clock_monotonic_ms() - start_ms < 8000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        stage_test(goes_on_where_its_cursor_stands),
        stage_test(a_new_cursor_starts_at_the_first_event),
        stage_test(what_was_not_done_comes_again),
        stage_test(moves_at_most_once_a_second),
        stage_test(moves_while_events_are_at_hand),
        stage_test(a_second_subscriber_under_one_name_is_told),
        stage_test(an_unanswered_move_is_repeated_under_its_id),
        stage_test(a_move_of_another_time_is_made_anew),
        stage_test(each_service_has_a_cursor_of_the_name),
        stage_test(a_flush_says_when_nobody_answers),
    };
    return cmocka_run_group_tests_name("subscriber_cursor", tests, NULL, NULL);
}
