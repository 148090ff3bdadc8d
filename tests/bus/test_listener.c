/* SPDX-License-Identifier: Apache-2.0 */
/* test_listener.c - following at event ports that forget, drop, refuse, fall silent and come
 * back */
#include "journal_peer.h"

#include <stdio.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/listener.h"

/* Serves until the condition holds: no event may come. */
#define SERVE_UNTIL(stage, condition)                                                              \
    for (int64_t until_ms = clock_monotonic_ms() + WAIT_MS; !(condition);) {                       \
        struct subscriber_event ignored;                                                           \
        stage_serve(stage);                                                                        \
        assert_int_equal(subscriber_next((stage)->subscriber, (stage)->bed->memory, 5, &ignored),  \
                         STATUS_NOT_FOUND);                                                        \
        assert_true(clock_monotonic_ms() < until_ms);                                              \
    }

/* One that follows from the start and has nothing to read. */
static struct stage *follow(void **state)
{
    struct stage *stage = *state;

    stage_subscribe(stage, 1, NULL, 0);
    wait_subscribed(stage, 1);
    expect_caught_up(stage);
    return stage;
}

static void pings_so_that_it_is_not_forgotten(void **state)
{
    struct stage *stage = follow(state);
    const struct peer *peer = stage->bed->peer;

    SERVE_UNTIL(stage, peer[0].feed_pings >= 3 && peer[1].feed_pings >= 3);
    assert_int_equal(peer[0].followed, 1); /* once told is enough */
}

static void follows_again_where_it_was_forgotten(void **state)
{
    struct stage *stage = follow(state);
    struct journal *journal = &stage->journal[0];
    struct peer *peer = stage->bed->peer;

    peer_forget(&peer[0]);
    peer_forget(&peer[1]);
    SERVE_UNTIL(stage, peer[0].n_follows == 1 && peer[1].n_follows == 1);
    expect_caught_up(stage);
    unsigned reads = journal->reads;

    journal->head = 1;
    publish(stage, 0, journal, 1);
    expect_events(stage, journal, 1, 1);
    assert_int_equal(journal->reads, reads); /* live */
}

static void reads_the_journal_when_it_was_told_that_it_lags(void **state)
{
    struct stage *stage = follow(state);
    struct journal *journal = &stage->journal[0];

    beat(stage, 0, journal, 0);
    expect_nothing(stage, 50);
    journal->head = 3;
    int64_t start_ms = clock_monotonic_ms();

    peer_say(&stage->bed->peer[0],
             "\x14"
             "3",
             2);
    expect_events(stage, journal, 1, 3);
    assert_true(clock_monotonic_ms() - start_ms < 1500); /* and not by the silence of 3 s */
}

static void begins_with_the_heartbeat_of_followed(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    journal->head = 100;
    for (size_t i = 0; i < PEERS; i++)
        stage->bed->peer[i].heartbeat =
            journal_heartbeat(stage->bed->memory, &stage->journal[0], 100);
    stage_subscribe(stage, 1, NULL, -1);
    expect_caught_up(stage); /* no heartbeat came, and no event of the 100 */
    journal->head = 101;
    publish(stage, 0, journal, 101);
    expect_events(stage, journal, 101, 101);
}

/* What a broker remembers may be old: it does not prove that there is no more. */
static void reads_on_behind_an_old_heartbeat(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    journal->head = 9;
    for (size_t i = 0; i < PEERS; i++)
        stage->bed->peer[i].heartbeat =
            journal_heartbeat(stage->bed->memory, &stage->journal[0], 7);
    stage_subscribe(stage, 1, NULL, -1);
    wait_subscribed(stage, 1);
    int64_t start_ms = clock_monotonic_ms();

    expect_events(stage, journal, 8, 9);
    assert_true(clock_monotonic_ms() - start_ms < 2500); /* and not by the silence of 3 s */
}

static void opens_a_silent_feed_anew(void **state)
{
    struct stage *stage = follow(state);
    struct peer *peer = stage->bed->peer;
    uint8_t before[5];

    memcpy(before, peer[0].follow[0].id, sizeof before);
    peer[0].mute = true;
    int64_t start_ms = clock_monotonic_ms();

    while (clock_monotonic_ms() - start_ms < 4500) { /* a ping after 1 s, silence after 3 more */
        struct subscriber_event ignored;

        beat(stage, 1, &stage->journal[0], 0);
        stage_serve(stage);
        assert_int_equal(subscriber_next(stage->subscriber, stage->bed->memory, 5, &ignored),
                         STATUS_NOT_FOUND);
    }
    peer_forget(&peer[0]);
    peer[0].mute = false;
    SERVE_UNTIL(stage, peer[0].n_follows == 1);
    assert_memory_not_equal(before, peer[0].follow[0].id, sizeof before);
}

/* The first status that is neither "nothing" nor "for a while". */
static enum status next_told(struct stage *stage, int ms)
{
    int64_t until_ms = clock_monotonic_ms() + ms;
    enum status status = STATUS_NOT_FOUND;
    struct subscriber_event event;

    while (clock_monotonic_ms() < until_ms &&
           (status == STATUS_NOT_FOUND || status == STATUS_UNAVAILABLE)) {
        stage_serve(stage);
        status = subscriber_next(stage->subscriber, stage->bed->memory, 5, &event);
    }
    return status;
}

static void tells_once_that_it_may_not_follow_and_asks_again(void **state)
{
    static const enum status table[] = {STATUS_PERMISSION_DENIED, STATUS_UNAUTHENTICATED};
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];
    struct peer *peer = stage->bed->peer;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        peer[0].refusal = peer[1].refusal = table[i];
        stage_subscribe(stage, 1, NULL, journal->head);
        assert_int_equal(next_told(stage, WAIT_MS), table[i]);
        assert_int_equal(next_told(stage, 500), STATUS_NOT_FOUND);
        peer[0].refusal = peer[1].refusal = STATUS_OK;
        SERVE_UNTIL(stage, peer[0].n_follows == 1 && peer[1].n_follows == 1);
        journal->head++;
        publish(stage, 0, journal, journal->head);
        expect_events(stage, journal, journal->head, journal->head);
        peer_forget(&peer[0]); /* it may follow no more */
        peer_forget(&peer[1]);
        peer[0].refusal = peer[1].refusal = table[i];
        assert_int_equal(next_told(stage, WAIT_MS), table[i]);
    }
}

static void says_nothing_while_one_broker_lets_it_follow(void **state)
{
    struct stage *stage = *state;
    struct peer *peer = stage->bed->peer;

    peer[0].refusal = STATUS_PERMISSION_DENIED;
    stage_subscribe(stage, 1, NULL, 0);
    SERVE_UNTIL(stage, peer[0].followed > 0 && peer[1].n_follows == 1);
    expect_nothing(stage, 500);
}

static void waits_for_no_broker_that_is_away_to_say_that_it_may_not(void **state)
{
    struct stage *stage = *state;

    peer_down(&stage->bed->peer[1]);
    stage->bed->peer[0].refusal = STATUS_PERMISSION_DENIED;
    stage_subscribe(stage, 1, NULL, 0);
    assert_int_equal(next_told(stage, WAIT_MS), STATUS_PERMISSION_DENIED);
}

static void passes_over_what_is_refused_for_a_while(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    stage->bed->peer[0].refusal = stage->bed->peer[1].refusal = STATUS_RESOURCE_EXHAUSTED;
    stage_subscribe(stage, 1, NULL, 0);
    journal->head = 2;
    expect_recovery(stage, 1); /* from the journal */
    expect_events(stage, journal, 2, 2);
}

static void tells_that_its_certificate_is_refused(void **state)
{
    struct stage *stage = *state;
    struct certificate stranger;
    const char *services[] = {"registry", NULL};
    char path[100];

    assert_int_equal(certificate_create(stage->bed->folder, "stranger", BUS__ROLE__ROLE_INTEGRATOR,
                                        "xiasha", &stranger),
                     STATUS_OK);
    snprintf(path, sizeof path, "%s/stranger.key", stage->bed->folder);
    assert_int_equal(remove(path), 0);
    stage->subscriber = subscriber_new(
        NULL, stage->bed->context, stage->bed->client, bed_brokers(PEERS), &stranger,
        broker_keys_of(stage->bed->memory, stage->bed->broker.public_key),
        &(struct subscriber_options){.street = "xiasha", .services = services, .after_seq = 0});
    assert_int_equal(next_told(stage, WAIT_MS), STATUS_UNAUTHENTICATED);
}

static void without_topics_it_connects_nowhere(void **state)
{
    struct stage *stage = *state;
    const struct listener_options options = {
        .zmq_context = stage->bed->context,
        .brokers = bed_brokers(PEERS),
        .prefixes = (const char *const[]){NULL},
        .own = &stage->bed->caller,
        .broker_keys = broker_keys_of(stage->bed->memory, stage->bed->broker.public_key)};
    struct listener *listener = listener_new(stage->bed->memory, &options);
    zmq_pollitem_t items[LISTENER_POLL_MAX];
    struct listener_news news;
    long wait_ms = -1;

    assert_false(listener_next(listener, &news));
    assert_int_equal(listener_poll(listener, items, &wait_ms), 0);
    assert_int_equal(listener_status(listener), STATUS_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        stage_test(pings_so_that_it_is_not_forgotten),
        stage_test(follows_again_where_it_was_forgotten),
        stage_test(reads_the_journal_when_it_was_told_that_it_lags),
        stage_test(begins_with_the_heartbeat_of_followed),
        stage_test(reads_on_behind_an_old_heartbeat),
        stage_test(opens_a_silent_feed_anew),
        stage_test(tells_once_that_it_may_not_follow_and_asks_again),
        stage_test(says_nothing_while_one_broker_lets_it_follow),
        stage_test(waits_for_no_broker_that_is_away_to_say_that_it_may_not),
        stage_test(passes_over_what_is_refused_for_a_while),
        stage_test(tells_that_its_certificate_is_refused),
        stage_test(without_topics_it_connects_nowhere),
    };
    return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
