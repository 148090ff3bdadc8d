/* SPDX-License-Identifier: Apache-2.0 */
/* test_subscriber.c - every event, in order, each once, whatever the live side does */
#include "journal_peer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "journal_service.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

static void reads_the_journal_from_the_start(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    journal->head = 1234; /* three pages */
    stage_subscribe(stage, 1, NULL, 0);
    expect_events(stage, journal, 1, 1234);
    expect_caught_up(stage);
}

static void starts_behind_a_number_or_at_the_head(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    journal->head = 100;
    stage_subscribe(stage, 1, NULL, 97);
    expect_events(stage, journal, 98, 100);
    wait_subscribed(stage, 1);
    stage_subscribe(stage, 1, NULL, -1);
    assert_false(subscriber_caught_up(stage->subscriber)); /* where is the head? */
    int64_t until = clock_monotonic_ms() + WAIT_MS;

    while (!subscriber_caught_up(stage->subscriber)) {
        struct subscriber_event event;

        stage_serve(stage);
        beat(stage, 0, journal, 100); /* until it is followed there */
        assert_int_equal(subscriber_next(stage->subscriber, stage->bed->memory, 20, &event),
                         STATUS_NOT_FOUND);
        assert_true(clock_monotonic_ms() < until);
    }
    journal->head = 101;
    publish(stage, 0, journal, 101);
    expect_events(stage, journal, 101, 101);
}

static void follows_live_events(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    journal->head = 10;
    stage_subscribe(stage, 1, NULL, 0);
    wait_subscribed(stage, 1);
    expect_events(stage, journal, 1, 10);
    expect_caught_up(stage);
    unsigned reads = journal->reads;

    for (int64_t seq = 11; seq <= 300; seq++) { /* each by both brokers */
        journal->head = seq;
        publish(stage, 0, journal, seq);
        publish(stage, 1, journal, seq);
    }
    expect_events(stage, journal, 11, 300);
    expect_nothing(stage, 100);
    assert_int_equal(journal->reads, reads); /* the journal was not needed */
}

static void puts_doubled_and_shuffled_live_events_right(void **state)
{
    static const int64_t order[] = {2, 1, 1, 3, 3, 3,  7,  5,  4,  6,
                                    7, 2, 1, 9, 8, 10, 10, 20, 12, 11};
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    stage_subscribe(stage, 1, NULL, 0);
    wait_subscribed(stage, 1);
    expect_caught_up(stage);
    journal->head = 20;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        publish(stage, i % 3 == 0, journal, order[i]);
    expect_events(stage, journal, 1, 20);
    expect_nothing(stage, 300);
}

static void a_random_stream_comes_out_in_order(void **state)
{
    enum { ALL = 3000 };
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];
    int64_t expected = 1;
    struct subscriber_event event;

    srand(20260301); /* the same stream each time */
    journal->page = 7;
    stage_subscribe(stage, 1, NULL, 0);
    wait_subscribed(stage, 1);
    while (expected <= ALL) { /* of each event: lost, once, doubled, late */
        for (int i = 0; i < 20 && journal->head < ALL; i++) {
            journal->head++;
            for (int copies = rand() % 3; copies > 0; copies--)
                publish(stage, (size_t)(rand() % PEERS), journal, journal->head);
            if (rand() % 4 == 0 && journal->head > 5)
                publish(stage, (size_t)(rand() % PEERS), journal, journal->head - rand() % 5);
        }
        if (rand() % 5 == 0)
            beat(stage, 0, journal, journal->head);
        if (journal->head == ALL)
            beat(stage, 1, journal, ALL);
        stage_serve(stage);
        for (int i = 0; i < 20; i++)
            if (subscriber_next(stage->subscriber, stage->bed->memory, 1, &event) == STATUS_OK)
                assert_int_equal(event.seq, expected++);
    }
    expect_nothing(stage, 100);
}

static void learns_from_a_heartbeat_that_the_last_events_were_lost(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    stage_subscribe(stage, 1, NULL, 0);
    wait_subscribed(stage, 1);
    expect_caught_up(stage);
    beat(stage, 0, journal, 0);
    journal->head = 3;
    beat(stage, 0, journal, 3);
    int64_t start_ms = clock_monotonic_ms();

    expect_events(stage, journal, 1, 3);
    assert_true(clock_monotonic_ms() - start_ms < 1500); /* and not by the silence of 3 s */
}

static void old_heartbeats_change_nothing(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    journal->head = 50;
    stage_subscribe(stage, 1, NULL, 0);
    wait_subscribed(stage, 1);
    beat(stage, 0, journal, 50);
    expect_events(stage, journal, 1, 50);
    beat(stage, 1, journal, 20);
    beat(stage, 1, journal, 0);
    beat(stage, 1, journal, -5);
    expect_nothing(stage, 200);
    assert_true(subscriber_caught_up(stage->subscriber));
    publish(stage, 1, journal, 51);
    journal->head = 51;
    expect_events(stage, journal, 51, 51);
}

static void reads_each_second_while_no_heart_beats(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    stage_subscribe(stage, 1, NULL, 0);
    expect_caught_up(stage);
    for (int64_t seq = 1; seq <= 4; seq++) {
        int64_t start_ms = clock_monotonic_ms();

        journal->head = seq;
        expect_events(stage, journal, seq, seq);
        assert_true(clock_monotonic_ms() - start_ms < (seq == 1 ? 5000 : 2500));
    }
    assert_true(journal->reads < 20);
}

static void comes_back_when_the_brokers_were_away(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    journal->head = 2;
    stage_subscribe(stage, 1, NULL, 0);
    expect_events(stage, journal, 1, 2);
    peer_down(&stage->bed->peer[0]);
    peer_down(&stage->bed->peer[1]);
    int64_t until = clock_monotonic_ms() + 2000;
    struct subscriber_event event;

    while (clock_monotonic_ms() < until)
        assert_int_not_equal(subscriber_next(stage->subscriber, stage->bed->memory, 100, &event),
                             STATUS_OK);
    journal->head = 4;
    peer_up(stage->bed, 0);
    peer_up(stage->bed, 1);
    expect_recovery(stage, 3);
    expect_events(stage, journal, 4, 4);
    wait_subscribed(stage, 1); /* and live again */
    expect_caught_up(stage);
    journal->head = 5;
    publish(stage, 1, journal, 5);
    expect_events(stage, journal, 5, 5);
}

/* As over a slow way: what is asked for never arrives until less is. */
static void asks_for_less_where_a_page_does_not_come_in_time(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    journal->head = 1000;
    journal->slow = 200;
    stage_subscribe(stage, 1, NULL, 0);
    expect_recovery(stage, 1);
    expect_events(stage, journal, 2, 300);
    journal->slow = 0;
    expect_events(stage, journal, 301, 1000);
    expect_caught_up(stage);
}

static void passes_over_what_retention_took(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    journal->oldest = 700;
    journal->head = 1300;
    stage_subscribe(stage, 1, NULL, 3);
    expect_events(stage, journal, 700, 1300);
    expect_caught_up(stage);
}

static void tells_what_the_journal_refuses_and_goes_on(void **state)
{
    static const struct {
        enum status fault, told;
    } table[] = {
        {STATUS_PERMISSION_DENIED, STATUS_PERMISSION_DENIED},
        {STATUS_NOT_FOUND, STATUS_FAILED_PRECONDITION},
        {STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT},
        {STATUS_RESOURCE_EXHAUSTED, STATUS_UNAVAILABLE},
        {STATUS_UNKNOWN, STATUS_UNAVAILABLE},
    };
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];
    struct subscriber_event event;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        journal->head = 2;
        journal->fault = table[i].fault;
        stage_subscribe(stage, 1, NULL, 0);
        enum status told = stage_next(stage, &event);

        if (told != table[i].told)
            fail_msg("%s was told as %s", status_name(table[i].fault), status_name(told));
        journal->fault = STATUS_OK;
        expect_recovery(stage, 1);
        expect_events(stage, journal, 2, 2);
        expect_caught_up(stage);
    }
}

static void goes_on_when_clocks_are_right_again(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];
    struct subscriber_event event;

    journal->head = 2;
    journal->refuses_ages = true;
    stage_subscribe(stage, 1, NULL, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(stage_next(stage, &event), STATUS_UNAVAILABLE); /* and nothing worse */
    journal->refuses_ages = false;
    expect_recovery(stage, 1);
    expect_events(stage, journal, 2, 2);
    expect_caught_up(stage);
}

static void follows_two_services_at_a_time(void **state)
{
    struct stage *stage = *state;
    int64_t last[JOURNALS] = {0};

    stage->journal[0].head = 700;
    stage->journal[1].head = 900;
    stage_subscribe(stage, 2, NULL, 0);
    for (int n = 0; n < 1600; n++) {
        struct subscriber_event event;

        assert_int_equal(stage_next(stage, &event), STATUS_OK);
        size_t which = event.service[0] == 's';

        assert_text(event.service, stage->journal[which].service);
        assert_int_equal(event.seq, ++last[which]);
    }
    expect_caught_up(stage);
}

/* ---- how fast a journal is read back: the peer works in a thread of its own ---- */

struct replay {
    struct stage *stage;
    ProtobufCBinaryData page;
    int64_t head;
    _Atomic bool stop;
};

/* Made once with numbers that are written over: making events is not what is measured. */
static void serve_replay_page(struct replay *replay, struct request *request, int64_t after)
{
    size_t size = replay->page.len / 500;
    char digits[21];

    for (int64_t i = 0; i < 500; i++) {
        uint8_t *event = replay->page.data + (size_t)i * size;
        uint8_t *place = memmem(event, size, "\x1a\x14", 2); /* ce_string of 20 */

        snprintf(digits, sizeof digits, "%020ld", (long)(after + 1 + i));
        memcpy(place + 2, digits, 20);
    }
    answer(request, STATUS_OK, replay->page.data, after < replay->head ? replay->page.len : 0);
}

static void *replay_run(void *argument)
{
    struct replay *replay = argument;
    struct peer *peer = &replay->stage->bed->peer[0];
    zmq_pollitem_t item = {.socket = peer->router, .events = ZMQ_POLLIN};

    while (!replay->stop) {
        struct request request = {.peer = peer};

        zmq_poll(&item, 1, 10);
        while (frames_recv(peer->router, &request.frames)) {
            void *memory = talloc_new(NULL);
            struct violations violations = {0};
            Journal__ReadRequest *read;

            if (frames_equal(&request.frames, 3, "registry@xiasha", 15)) {
                if (wire_unpack(memory, &bus__request_header__descriptor,
                                frames_data(&request.frames, 4), frames_size(&request.frames, 4),
                                &violations, (ProtobufCMessage **)&request.header) != STATUS_OK ||
                    wire_unpack(memory, &journal__read_request__descriptor,
                                frames_data(&request.frames, 5), frames_size(&request.frames, 5),
                                &violations, (ProtobufCMessage **)&read) != STATUS_OK)
                    abort();
                serve_replay_page(replay, &request, read->after_seq);
            }
            talloc_free(memory);
            request_clear(&request);
        }
    }
    return NULL;
}

static void reads_a_long_journal_fast(void **state)
{
    enum { ALL = 200000 };
    struct stage *stage = *state;
    struct replay replay = {.stage = stage, .head = ALL};
    int64_t seqs[501] = {0};
    pthread_t thread;

    for (int64_t i = 0; i < 500; i++)
        seqs[i] = i + 2; /* of one size: the first event has no predecessor */
    replay.page = journal_page(stage->bed->memory, &stage->journal[0], seqs);
    peer_down(&stage->bed->peer[1]);
    assert_int_equal(pthread_create(&thread, NULL, replay_run, &replay), 0);
    stage_subscribe(stage, 1, NULL, 0);
    int64_t start_ms = clock_monotonic_ms();

    for (int64_t seq = 1; seq <= ALL; seq++) {
        void *memory = talloc_new(stage->bed->memory);
        struct subscriber_event event;

        assert_int_equal(subscriber_next(stage->subscriber, memory, WAIT_MS, &event), STATUS_OK);
        assert_int_equal(event.seq, seq);
        talloc_free(memory);
    }
    int64_t ms = clock_monotonic_ms() - start_ms;

    replay.stop = true;
    pthread_join(thread, NULL);
    print_message("%d events read back: %d/s\n", ALL, (int)(ALL * 1000L / ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        stage_test(reads_the_journal_from_the_start),
        stage_test(starts_behind_a_number_or_at_the_head),
        stage_test(follows_live_events),
        stage_test(puts_doubled_and_shuffled_live_events_right),
        stage_test(a_random_stream_comes_out_in_order),
        stage_test(learns_from_a_heartbeat_that_the_last_events_were_lost),
        stage_test(old_heartbeats_change_nothing),
        stage_test(reads_each_second_while_no_heart_beats),
        stage_test(comes_back_when_the_brokers_were_away),
        stage_test(asks_for_less_where_a_page_does_not_come_in_time),
        stage_test(passes_over_what_retention_took),
        stage_test(tells_what_the_journal_refuses_and_goes_on),
        stage_test(goes_on_when_clocks_are_right_again),
        stage_test(follows_two_services_at_a_time),
        stage_test(reads_a_long_journal_fast),
    };
    return cmocka_run_group_tests_name("subscriber", tests, NULL, NULL);
}
