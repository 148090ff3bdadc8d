/* SPDX-License-Identifier: Apache-2.0 */
/* test_feed_limits.c - the event side's core: who does not keep up, who asks too much, who is
 * forgotten */
#include "services/broker/held.h"
#include "tests/broker/feed_world.h"

/* ---- who does not keep up ---- */

static void has_events_wait_in_order_for_who_is_full(void **state)
{
    static const char *const topics[] = {"xiasha/registry/A", "xiasha/registry/B",
                                         "xiasha/registry/C", "xiasha/registry/D"};
    struct world *world = *state;

    world_follow(world, 1, &office, "xiasha/");
    world_clear(&world->peer[1]);
    world->peer[1].room = 1;
    for (size_t i = 0; i < 4; i++)
        world_publish(world, &registry, topics[i]);
    assert_hears(world, 1, "20 xiasha/registry/A event");
    assert_true(feed_retry(world->feed));
    assert_hears(world, 1, "20 xiasha/registry/B event");
    world_ping(world, 1, &office); /* its answer waits behind the others */
    world->peer[1].room = ROOM;
    assert_false(feed_retry(world->feed));
    assert_hears(world, 1, "20 xiasha/registry/C event");
    assert_hears(world, 1, "20 xiasha/registry/D event");
    assert_hears(world, 1, "13  ");
    assert_int_equal(feed_counters(world->feed)->events_lost, 0);
}

static void loses_events_for_the_slow_one_alone_and_tells_it_how_many(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &office, "xiasha/");
    world_follow(world, 2, &office, "xiasha/");
    world_clear(&world->peer[1]);
    world_clear(&world->peer[2]);
    world->peer[1].room = 1;
    for (int i = 0; i < 1 + WAITING + 5; i++)
        world_publish(world, &registry, "xiasha/registry/X");
    assert_int_equal(world->peer[2].count, 1 + WAITING + 5);
    assert_int_equal(feed_counters(world->feed)->events_lost, 5);
    assert_hears(world, 1, "20 xiasha/registry/X event");
    feed_retry(world->feed);
    world_publish(world, &registry,
                  "xiasha/registry/Y"); /* the place goes to the news of the loss */
    world->peer[1].room = ROOM;
    feed_retry(world->feed);
    for (int i = 0; i < WAITING; i++)
        assert_hears(world, 1, "20 xiasha/registry/X event");
    assert_hears(world, 1, "14  5");
    world_publish(world, &registry, "xiasha/registry/Z");
    assert_hears(world, 1, "14  1");
    assert_hears(world, 1, "20 xiasha/registry/Z event");
    assert_silence(world, 1);
}

static void tells_a_loss_at_the_next_tick(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &office, "xiasha/");
    world_clear(&world->peer[1]);
    world->peer[1].room = 0;
    for (int i = 0; i < WAITING + 1; i++)
        world_publish(world, &registry, "xiasha/registry/X");
    world->peer[1].room = ROOM;
    world_pass(world, 50);
    for (int i = 0; i < WAITING; i++)
        assert_hears(world, 1, "20 xiasha/registry/X event");
    assert_hears(world, 1, "14  1");
    world_pass(world, 1000);
    assert_silence(world, 1);
}

static void forgets_who_takes_nothing_for_ten_seconds(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &office, "xiasha/");
    world_clear(&world->peer[1]);
    world->peer[1].room = 0;
    world_publish(world, &registry, "xiasha/registry/X");
    for (int i = 0; i < 9; i++) {
        world_pass(world, 1000);
        world_ping(world, 1, &office); /* it speaks, and does not listen */
    }
    assert_int_equal(feed_load(world->feed).followers, 1);
    world_pass(world, 1100);
    assert_int_equal(feed_load(world->feed).followers, 0);
    assert_int_equal(feed_counters(world->feed)->followers_stuck, 1);
    world->peer[1].room = ROOM;
    world_ping(world, 1, &office);
    assert_refused(world, 1, "", STATUS_NOT_FOUND, "followed");
}

static void holds_a_megabyte_for_one_that_does_not_read(void **state)
{
    struct world *world = *state;
    static char large[100 * 1024];

    world_follow(world, 1, &office, "xiasha/");
    world_follow(world, 2, &system_, "xiasha/");
    world_clear(&world->peer[1]);
    for (int i = 0; i < 50; i++) {
        world_clear(&world->peer[2]);
        world_publish_bytes(world, &registry, "xiasha/registry/X", large, sizeof large);
        assert_int_equal(world->peer[2].count, 1);
    }
    assert_int_equal(world->peer[1].count, 10);
    assert_in_range(feed_load(world->feed).held, 10 * sizeof large, 11 * sizeof large + 2000);
    world_clear(&world->peer[1]);
    world_clear(&world->peer[2]);
    assert_int_equal(feed_load(world->feed).held, 0);
}

static void holds_four_megabytes_for_all_connections_of_a_certificate(void **state)
{
    struct world *world = *state;
    static char large[100 * 1024];
    size_t held = 0;

    for (uint32_t peer = 1; peer < 20; peer++)
        world_follow(world, peer, &office, "xiasha/");
    for (uint32_t peer = 1; peer < 20; peer++)
        world_clear(&world->peer[peer]);
    for (int i = 0; i < 50; i++)
        world_publish_bytes(world, &registry, "xiasha/registry/X", large, sizeof large);
    for (uint32_t peer = 1; peer < 20; peer++)
        held += world->peer[peer].count;
    assert_int_equal(held, 40);
    /* Forgotten or not, what they hold counts until libzmq lets go of it. */
    for (uint32_t peer = 1; peer < 20; peer++)
        feed_gone(world->feed, peer);
    world_pass(world, 60000);
    world_follow(world, 20, &office, "xiasha/");
    world_clear(&world->peer[20]);
    world_publish_bytes(world, &registry, "xiasha/registry/X", large, sizeof large);
    assert_silence(world, 20);
}

static void takes_no_more_prefixes_than_there_is_room_for(void **state)
{
    struct world *world = *state;
    char prefix[64];

    for (int i = 0; i <= FEED_PREFIXES_OF_PEER; i++) {
        snprintf(prefix, sizeof prefix, "xiasha/%d", i);
        assert_int_equal(world_follow(world, 1, &office, prefix),
                         i < FEED_PREFIXES_OF_PEER ? REFUSAL_NONE : REFUSAL_FOLLOW_COUNT);
    }
    assert_int_equal(world_follow(world, 1, &office, "xiasha/1"),
                     REFUSAL_NONE); /* is there already */
    world_pass(world, 4000);
    for (int i = 0; i < FEED_PREFIXES_OF_CERTIFICATE - FEED_PREFIXES_OF_PEER; i++) {
        snprintf(prefix, sizeof prefix, "xiasha/%d", i % 40);
        assert_int_equal(world_follow(world, 2 + (uint32_t)i / 40, &office, prefix), REFUSAL_NONE);
    }
    world_clear(&world->peer[70]);
    assert_int_equal(world_follow(world, 70, &office, "xiasha/"), REFUSAL_FOLLOW_COUNT);
    assert_refused(world, 70, "xiasha/", STATUS_RESOURCE_EXHAUSTED, "count");
    assert_int_equal(world_follow(world, 71, &system_, "xiasha/"), REFUSAL_NONE);
}

static void limits_what_a_certificate_may_ask_and_says_when_to_come_back(void **state)
{
    struct world *world = *state;
    int answered = 0;

    world_follow(world, 1, &office, "xiasha/");
    world_clear(&world->peer[1]);
    for (uint32_t i = 0; i < 1000; i++) /* through as many connections as it likes */
        world_ping(world, 1 + i % 5, &office);
    assert_int_equal(feed_counters(world->feed)->followers_limited, 801);
    for (uint32_t peer = 1; peer <= 5; peer++) {
        answered += (int)world->peer[peer].count;
        world_clear(&world->peer[peer]);
    }
    assert_int_equal(answered, 200);
    world_pass(world, FEED_REFUSE_MS);
    for (int i = 0; i < 51; i++)
        world_ping(world, 1, &office);
    for (int i = 0; i < 50; i++)
        assert_hears(world, 1, "13  ");
    assert_refused(world, 1, "", STATUS_RESOURCE_EXHAUSTED, "rate");
    assert_int_equal(world_ping(world, 9, &system_),
                     REFUSAL_FOLLOW_UNKNOWN); /* another has its own */
}

/* ---- who leaves ---- */

static void forgets_who_says_nothing_for_five_seconds(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &office, "xiasha/");
    world_follow(world, 2, &office, "xiasha/");
    for (int i = 0; i < 6; i++) {
        world_pass(world, 1000);
        world_ping(world, 2, &office);
    }
    assert_int_equal(feed_load(world->feed).followers, 1);
    assert_int_equal(feed_counters(world->feed)->followers_lapsed, 1);
    world_clear(&world->peer[1]);
    world_publish(world, &registry, "xiasha/registry/X");
    assert_silence(world, 1);
    world_ping(world, 1, &office);
    assert_refused(world, 1, "", STATUS_NOT_FOUND, "followed");
}

static void forgives_silence_while_it_was_away_itself(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &office, "xiasha/");
    world_pass(world, 3000);
    world->now_ms += 60000; /* stopped */
    feed_tick(world->feed, world->now_ms);
    assert_int_equal(feed_load(world->feed).followers, 1);
    world_pass(world, 5100);
    assert_int_equal(feed_load(world->feed).followers, 0);
}

static void forgets_a_connection_that_is_gone(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &office, "xiasha/");
    world_follow(world, 1, &office, "yanlan/");
    world_follow(world, 2, &office, "xiasha/");
    world_follow(world, 3, &office, "xiasha/");
    world->peer[1].is_away = true;
    world_clear(&world->peer[2]);
    world_publish(world, &registry, "xiasha/registry/X");
    assert_hears(world, 2, "20 xiasha/registry/X event");
    assert_int_equal(feed_load(world->feed).followers, 2);
    feed_gone(world->feed, 3);
    feed_gone(world->feed, 99);
    assert_int_equal(feed_load(world->feed).followers, 1);
    assert_int_equal(feed_load(world->feed).prefixes, 1);
}

static void tells_whose_certificate_is_taken_away_and_forgets_it(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &office, "xiasha/");
    world_follow(world, 1, &office, "yanlan/");
    world_follow(world, 2, &system_, "xiasha/");
    world_clear(&world->peer[1]);
    world_clear(&world->peer[2]);
    world->revoked = &office;
    feed_revoke(world->feed);
    assert_refused(world, 1, "xiasha/", STATUS_UNAUTHENTICATED, "certificate");
    assert_refused(world, 1, "yanlan/", STATUS_UNAUTHENTICATED, "certificate");
    world_publish(world, &registry, "xiasha/registry/X");
    assert_silence(world, 1);
    assert_hears(world, 2, "20 xiasha/registry/X event");
    zmq_msg_t frame;
    feed_write(&frame, FEED_PING, NULL, 0, NULL, 0);
    assert_int_equal(feed_hear(world->feed, 1, &frame, NULL, world->now_ms),
                     REFUSAL_FOLLOW_REVOKED);
    assert_refused(world, 1, "", STATUS_UNAUTHENTICATED, "certificate");
}

static void serves_nobody_by_a_certificate_as_it_was(void **state)
{
    struct world *world = *state;
    struct certificate less = office;

    world_follow(world, 1, &office, "xiasha/");
    world_follow(world, 2, &office, "xiasha/");
    world_clear(&world->peer[1]);
    world_clear(&world->peer[2]);
    snprintf(less.streets, sizeof less.streets, "yanlan");
    world_ping(world, 2, &less); /* before anybody said that certificates changed */
    assert_refused(world, 1, "xiasha/", STATUS_UNAUTHENTICATED, "certificate");
    assert_refused(world, 2, "xiasha/", STATUS_UNAUTHENTICATED, "certificate");
    assert_refused(world, 2, "", STATUS_NOT_FOUND, "followed");
    assert_int_equal(world_follow(world, 2, &less, "xiasha/"), REFUSAL_FOLLOW_PREFIX);
}

static void gives_nothing_to_who_comes_under_the_same_number(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &office, "yanlan/");
    world_follow(world, 1, &system_, "xiasha/");
    world_clear(&world->peer[1]);
    world_publish(world, &registry, "yanlan/registry/X");
    assert_silence(world, 1);
    world_publish(world, &registry, "xiasha/registry/X");
    assert_hears(world, 1, "20 xiasha/registry/X event");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        feed_test(has_events_wait_in_order_for_who_is_full),
        feed_test(loses_events_for_the_slow_one_alone_and_tells_it_how_many),
        feed_test(tells_a_loss_at_the_next_tick),
        feed_test(forgets_who_takes_nothing_for_ten_seconds),
        feed_test(holds_a_megabyte_for_one_that_does_not_read),
        feed_test(holds_four_megabytes_for_all_connections_of_a_certificate),
        feed_test(takes_no_more_prefixes_than_there_is_room_for),
        feed_test(limits_what_a_certificate_may_ask_and_says_when_to_come_back),
        feed_test(forgets_who_says_nothing_for_five_seconds),
        feed_test(forgives_silence_while_it_was_away_itself),
        feed_test(forgets_a_connection_that_is_gone),
        feed_test(tells_whose_certificate_is_taken_away_and_forgets_it),
        feed_test(serves_nobody_by_a_certificate_as_it_was),
        feed_test(gives_nothing_to_who_comes_under_the_same_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
