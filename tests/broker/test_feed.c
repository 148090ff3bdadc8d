/* SPDX-License-Identifier: Apache-2.0 */
/* test_feed.c - the event side's core: who may follow what, who gets a publication, what may be
 * published */
#include "tests/broker/feed_world.h"

/* ---- following ---- */

static void tells_an_event_to_whom_it_is_granted_and_who_asked(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &office, "xiasha/");
    world_follow(world, 2, &system_, "xiasha/registry/");
    world_follow(world, 3, &office, "yanlan/");
    world_follow(world, 4, &registry, "");
    for (uint32_t peer = 1; peer <= 4; peer++)
        world_take(world, peer);
    assert_int_equal(world_publish(world, &registry, "xiasha/registry/UnitRegistered"),
                     FEED_PASSED);
    assert_hears(world, 1, "20 xiasha/registry/UnitRegistered event");
    assert_hears(world, 2, "20 xiasha/registry/UnitRegistered event");
    assert_hears(world, 4, "20 xiasha/registry/UnitRegistered event");
    assert_silence(world, 3);
}

static void refuses_with_a_reason_what_is_not_granted(void **state)
{
    static const struct {
        const struct certificate *from;
        const char *prefix;
    } rows[] = {
        {&office, ""},
        {&office, "chaoming/"},
        {&office, "xiasha"},
        {&office, "xias"},
        {&office, "!registry/"},
        {&volunteer, "xiasha/"},
        {&robot, "xiasha/"},
        {&robot, ""},
        {&robot, "xiasha/robot/"},
        {&kiosk, ""},
        {&kiosk, "yanlan/"},
        {&system_, "yanlan/"},
        {&system_, "?system"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world_follow(world, 1, rows[i].from, rows[i].prefix);
        assert_refused(world, 1, rows[i].prefix, STATUS_PERMISSION_DENIED, "granted");
    }
    assert_int_equal(feed_load(world->feed).followers, 0);
    world_publish(world, &registry, "xiasha/registry/UnitRegistered");
    assert_silence(world, 1);
}

static void tells_an_event_once_however_many_prefixes_match(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &registry, "");
    world_follow(world, 1, &registry, "xiasha/");
    world_follow(world, 1, &registry, "xiasha/registry/");
    world_follow(world, 1, &registry, "xia");
    world_clear(&world->peer[1]);
    world_publish(world, &registry, "xiasha/registry/UnitRegistered");
    assert_hears(world, 1, "20 xiasha/registry/UnitRegistered event");
    assert_silence(world, 1);
}

static void tells_only_the_types_that_were_named_and_heartbeats(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &office, "xiasha/registry/|UnitRegistered|UnitChanged");
    assert_hears(world, 1, "11 xiasha/registry/ ");
    world_publish(world, &registry, "xiasha/registry/UnitRegistered");
    world_publish(world, &registry, "xiasha/registry/UnitRegisteredX");
    world_publish(world, &registry, "xiasha/registry/Unit");
    world_publish(world, &registry, "xiasha/registry/UnitChanged");
    world_publish(world, &registry, "xiasha/registry/");
    assert_hears(world, 1, "20 xiasha/registry/UnitRegistered event");
    assert_hears(world, 1, "20 xiasha/registry/UnitChanged event");
    assert_hears(world, 1, "20 xiasha/registry/ event");
    assert_silence(world, 1);
    world_follow(world, 1, &office,
                 "xiasha/registry/|Unit"); /* the same prefix again: other types */
    assert_hears(world, 1, "11 xiasha/registry/ event");
    world_publish(world, &registry, "xiasha/registry/UnitRegistered");
    world_publish(world, &registry, "xiasha/registry/Unit");
    assert_hears(world, 1, "20 xiasha/registry/Unit event");
    assert_silence(world, 1);
    assert_int_equal(feed_load(world->feed).prefixes, 1);
}

static void refuses_types_that_are_no_names(void **state)
{
    struct world *world = *state;
    static const char *const bad[] = {"|A", "A|", "A||B", "1a", "A-", "\xff", "a.b", " "};
    char text[FEED_REQUEST_MAX];
    int size = snprintf(text, sizeof text, "xiasha/");

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "xiasha/|%s", bad[i]);
        assert_int_equal(world_follow(world, 1, &office, text), REFUSAL_FOLLOW_TYPES);
        assert_refused(world, 1, "xiasha/", STATUS_INVALID_ARGUMENT, "pattern");
    }
    for (int i = 0; i <= FEED_TYPES_MAX; i++)
        size += snprintf(text + size, sizeof text - (size_t)size, "|T%d", i);
    assert_int_equal(world_follow(world, 1, &office, text), REFUSAL_FOLLOW_TYPES);
    *strrchr(text, '|') = 0;
    assert_int_equal(world_follow(world, 1, &office, text), REFUSAL_NONE);
    snprintf(text, sizeof text, "xiasha/|%065d", 0);
    text[strlen("xiasha/|")] = 'T';
    assert_int_equal(world_follow(world, 1, &office, text), REFUSAL_FOLLOW_TYPES);
}

static void answers_what_is_no_message_of_a_follower(void **state)
{
    static const char *const bad[] = {"x", "\x04", "\x11xiasha/", "\x15", "\x1f", "\x03x", "\xff"};
    struct world *world = *state;
    char longest[FEED_TOPIC_MAX + 3] = "\x01";

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        world_hear(world, 1, &office, bad[i], strlen(bad[i]));
        assert_refused(world, 1, "", STATUS_INVALID_ARGUMENT, "frames");
    }
    world_hear(world, 1, &office, "", 0);
    assert_refused(world, 1, "", STATUS_INVALID_ARGUMENT, "frames");
    feed_hear(world->feed, 1, NULL, &office, world->now_ms);
    assert_refused(world, 1, "", STATUS_INVALID_ARGUMENT, "frames");
    memset(longest + 1, 'a', FEED_TOPIC_MAX + 1);
    world_hear(world, 1, &office, longest, FEED_TOPIC_MAX + 2);
    assert_refused(world, 1, "", STATUS_INVALID_ARGUMENT, "frames");
    assert_int_equal(feed_counters(world->feed)->follower_noise, 10);
}

static void says_the_last_heartbeat_of_exactly_that_journal(void **state)
{
    struct world *world = *state;

    world_publish_bytes(world, &registry, "xiasha/registry/", "41", 2);
    world_publish_bytes(world, &registry, "xiasha/registry/", "42", 2);
    world_follow(world, 1, &office, "xiasha/registry/");
    assert_hears(world, 1, "11 xiasha/registry/ 42");
    world_follow(world, 1, &office, "xiasha/");
    assert_hears(world, 1, "11 xiasha/ ");
    world_pass(world, FEED_BEAT_MS); /* a silent journal is not alive */
    world_follow(world, 1, &office, "xiasha/registry/");
    assert_hears(world, 1, "11 xiasha/registry/ ");
}

static void asks_publishers_for_what_is_granted_only(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &office, "chaoming/");
    assert_string_equal(world->wanted, "");
    world_follow(world, 1, &office, "yanlan/");
    assert_string_equal(world->wanted, "yanlan/");
}

static void ends_what_is_unfollowed(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &office, "xiasha/");
    world_follow(world, 1, &office, "yanlan/");
    world_clear(&world->peer[1]);
    world_hear(world, 1, &office, "\x02xiasha/", 8);
    assert_hears(world, 1, "12 xiasha/ ");
    world_publish(world, &registry, "xiasha/registry/X");
    assert_silence(world, 1);
    world_publish(world, &registry, "yanlan/registry/X");
    assert_hears(world, 1, "20 yanlan/registry/X event");
    world_hear(world, 1, &office, "\x02yanlan/", 8);
    world_hear(world, 1, &office, "\x02yanlan/", 8);
    assert_int_equal(feed_load(world->feed).followers, 0);
}

/* ---- publishing ---- */

static void passes_no_publication_in_another_s_name(void **state)
{
    static const struct {
        const struct certificate *from;
        const char *topic;
    } rows[] = {
        {&office, "xiasha/office/X"},
        {&kiosk, "xiasha/registry/X"},
        {&kiosk, "yanlan/kiosk/X"},
        {&kiosk, "!registry/xiasha"},
        {&robot, "xiasha/registry/X"},
        {&robot, "yanlan/robot/X"},
        {&robot, "!registry/xiasha"},
        {&robot, "!robot/yanlan"},
        {&robot, "!robot/"}, /* of every street */
        {&kiosk, "!kiosk/"},
        {&kiosk, "!registry/"},
        {&volunteer, "?volunteer"},
        {&kiosk, "?registry"},
        {&registry, "?"},
        {&registry, ""},
        {&registry, "\x11xiasha/"},
        {&registry, "\x01xiasha/"},
        {&registry, "\x15"},
        {&registry, "xiasha"},
        {&registry, "xiasha/registry/a/b"},
    };
    struct world *world = *state;

    world_follow(world, 1, &registry, "");
    world_clear(&world->peer[1]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(world_publish(world, rows[i].from, rows[i].topic), FEED_NOT_ITS_OWN);
    assert_silence(world, 1);
    assert_int_equal(world_publish(world, &robot, "xiasha/robot/X"), FEED_PASSED);
    assert_hears(world, 1, "20 xiasha/robot/X event");
}

static void never_passes_a_word_of_the_broker_s_from_a_publisher(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &registry, "");
    world_clear(&world->peer[1]);
    for (int first = 0; first < EVENT; first++) {
        zmq_msg_t frame;

        zmq_msg_init_size(&frame, 30);
        memset(zmq_msg_data(&frame), 0, 30);
        snprintf(zmq_msg_data(&frame), 30, "%cxiasha/registry/X", first);
        assert_int_equal(feed_publish(world->feed, &frame, &registry, world->now_ms),
                         FEED_NOT_ITS_OWN);
    }
    assert_silence(world, 1);
}

static void keeps_the_greeting_of_a_publisher_to_itself(void **state)
{
    struct world *world = *state;

    world_follow(world, 1, &registry, "");
    world_follow(world, 1, &registry, "?");
    world_clear(&world->peer[1]);
    assert_int_equal(world_publish(world, &registry, "?registry"), FEED_HELLO);
    assert_int_equal(world_publish(world, &robot, "?robot"), FEED_HELLO);
    assert_silence(world, 1);
}

static void limits_what_a_foreign_worker_publishes(void **state)
{
    struct world *world = *state;
    static char large[200 * 1024];
    int passed = 0, large_passed = 0;

    while (world_publish(world, &robot, "xiasha/robot/X") == FEED_PASSED)
        passed++;
    assert_int_equal(passed, 1000);
    world_pass(world, 1000);
    for (passed = 0; world_publish(world, &robot, "xiasha/robot/X") == FEED_PASSED;)
        passed++;
    assert_in_range(passed, 199, 201);
    world_pass(world, 1000);
    while (world_publish_bytes(world, &robot, "xiasha/robot/X", large, sizeof large) == FEED_PASSED)
        large_passed++;
    assert_in_range(large_passed, 13, 16); /* 13 tokens each */
    assert_int_equal(world_publish(world, &registry, "xiasha/registry/X"), FEED_PASSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        feed_test(tells_an_event_to_whom_it_is_granted_and_who_asked),
        feed_test(refuses_with_a_reason_what_is_not_granted),
        feed_test(tells_an_event_once_however_many_prefixes_match),
        feed_test(tells_only_the_types_that_were_named_and_heartbeats),
        feed_test(refuses_types_that_are_no_names),
        feed_test(answers_what_is_no_message_of_a_follower),
        feed_test(says_the_last_heartbeat_of_exactly_that_journal),
        feed_test(asks_publishers_for_what_is_granted_only),
        feed_test(ends_what_is_unfollowed),
        feed_test(passes_no_publication_in_another_s_name),
        feed_test(never_passes_a_word_of_the_broker_s_from_a_publisher),
        feed_test(keeps_the_greeting_of_a_publisher_to_itself),
        feed_test(limits_what_a_foreign_worker_publishes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
