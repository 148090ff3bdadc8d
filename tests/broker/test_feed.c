/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_feed.c - the event side's core: who may follow what, who gets a publication, who is forgotten
 *
 * Around it stands a world of a few connections, each with room for so many frames.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bus_envelope.pb-c.h"
#include "journal_live.pb-c.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/feed.h"
#include "services/broker/feed/feed.h"
#include "services/broker/held.h"

enum { PEERS = 80, ROOM = 400, WAITING = 3, START_MS = 1000000, EVENT = 0x20 };

static struct certificate registry = {"registry", BUS__ROLE__ROLE_SERVICE, "*", "key of registry"},
                          kiosk = {"kiosk", BUS__ROLE__ROLE_SERVICE, "xiasha", "key of kiosk"},
                          office = {"office", BUS__ROLE__ROLE_STREET_STAFF, "xiasha yanlan",
                                    "key of office"},
                          system_ = {"system", BUS__ROLE__ROLE_INTEGRATOR, "xiasha",
                                     "key of system"},
                          volunteer = {"volunteer", BUS__ROLE__ROLE_VOLUNTEER, "xiasha",
                                       "key of volunteer"},
                          robot = {"robot", BUS__ROLE__ROLE_WORKER, "xiasha", "key of robot"};

struct peer {
    zmq_msg_t frame[ROOM]; /* that it has not read yet */
    size_t count, room;
    bool is_away;
};

struct world {
    struct feed *feed;
    int64_t now_ms;
    struct peer peer[PEERS];
    const struct certificate *revoked;
    char wanted[FEED_TOPIC_MAX + 1]; /* the last one */
    char read[64 * 1024];            /* what take returned */
};

/* ---- the world ---- */

static enum feed_sent send_to(void *context, uint32_t number, zmq_msg_t *frame)
{
    struct world *world = context;
    struct peer *peer = &world->peer[number];

    if (peer->is_away)
        return FEED_GONE;
    if (peer->count == peer->room)
        return FEED_FULL;
    zmq_msg_init(&peer->frame[peer->count]);
    zmq_msg_move(&peer->frame[peer->count++], frame);
    return FEED_SENT;
}

static bool holds(void *context, const struct certificate *certificate)
{
    const struct world *world = context;

    return !world->revoked || strcmp(world->revoked->name, certificate->name) != 0;
}

static void want(void *context, const char *prefix, size_t size)
{
    struct world *world = context;

    snprintf(world->wanted, sizeof world->wanted, "%.*s", (int)size, prefix);
}

static int begin(void **state)
{
    struct world *world = mem_new(NULL, struct world);
    struct feed_surroundings around = {
        .context = world, .waiting_max = WAITING, .send = send_to, .holds = holds, .want = want};

    for (size_t i = 0; i < PEERS; i++)
        world->peer[i].room = ROOM;
    world->now_ms = START_MS;
    world->feed = feed_create(world, &around, START_MS);
    *state = world;
    return 0;
}

static void clear(struct peer *peer)
{
    while (peer->count > 0)
        zmq_msg_close(&peer->frame[--peer->count]);
}

static int end(void **state)
{
    struct world *world = *state;

    for (size_t i = 0; i < PEERS; i++)
        clear(&world->peer[i]);
    feed_destroy(&world->feed);
    talloc_free(world);
    return 0;
}

/* ---- what happens ---- */

static enum refusal hear(struct world *world, uint32_t peer, const struct certificate *from,
                         const void *data, size_t size)
{
    zmq_msg_t frame;

    zmq_msg_init_size(&frame, size);
    memcpy(zmq_msg_data(&frame), data, size);
    enum refusal refusal = feed_hear(world->feed, peer, &frame, from, world->now_ms);
    zmq_msg_close(&frame);
    return refusal;
}

/* text: the prefix, then types behind a '|' each. */
static enum refusal follow(struct world *world, uint32_t peer, const struct certificate *from,
                           const char *text)
{
    char data[FEED_REQUEST_MAX];
    int size = snprintf(data, sizeof data, "\x01%s", text);

    for (char *bar = data; (bar = strchr(bar, '|'));)
        *bar = 0, bar++;
    return hear(world, peer, from, data, (size_t)size);
}

static enum refusal ping(struct world *world, uint32_t peer, const struct certificate *from)
{
    return hear(world, peer, from, "\x03", 1);
}

static enum feed_verdict publish_bytes(struct world *world, const struct certificate *from,
                                       const char *topic, const void *body, size_t size)
{
    zmq_msg_t frame;

    feed_write(&frame, FEED_PUBLISHED, topic, strlen(topic), body, size);
    return feed_publish(world->feed, &frame, from, world->now_ms);
}

static enum feed_verdict publish(struct world *world, const struct certificate *from,
                                 const char *topic)
{
    return publish_bytes(world, from, topic, "event", 5);
}

/* In ticks of 50 ms. */
static void pass(struct world *world, int64_t ms)
{
    for (int64_t end_ms = world->now_ms + ms; world->now_ms < end_ms;) {
        world->now_ms += 50;
        feed_tick(world->feed, world->now_ms);
    }
}

/* ---- what a peer hears ---- */

/* The next frame as text: the word's number if it is one, then the topic, then the body unless it is a header. */
static const char *take(struct world *world, uint32_t number)
{
    struct peer *peer = &world->peer[number];
    struct feed_message message;

    if (peer->count == 0)
        return "nothing";
    assert_true(feed_read(zmq_msg_data(peer->frame), zmq_msg_size(peer->frame), &message));
    bool has_body = message.word != FEED_REFUSED && message.body_size < 100;
    snprintf(world->read, sizeof world->read, "%x %.*s %.*s", message.word, (int)message.topic_size,
             message.topic_size ? message.topic : "", has_body ? (int)message.body_size : 0,
             (const char *)message.body);
    zmq_msg_close(peer->frame);
    memmove(peer->frame, peer->frame + 1, --peer->count * sizeof *peer->frame);
    return world->read;
}

#define assert_hears(world, peer, expected) assert_string_equal(take(world, peer), expected)
#define assert_silence(world, peer) assert_string_equal(take(world, peer), "nothing")

static void assert_refused(struct world *world, uint32_t number, const char *prefix,
                           enum status code, const char *rule)
{
    struct peer *peer = &world->peer[number];
    struct violations violations = {0};
    struct feed_message message;
    ProtobufCMessage *read;

    assert_true(peer->count > 0);
    assert_true(feed_read(zmq_msg_data(peer->frame), zmq_msg_size(peer->frame), &message));
    assert_int_equal(message.word, FEED_REFUSED);
    assert_int_equal(message.topic_size, strlen(prefix));
    assert_memory_equal(message.topic_size ? message.topic : "", prefix, message.topic_size);
    assert_int_equal(wire_unpack(world, &bus__reply_header__descriptor, message.body,
                                 message.body_size, &violations, &read),
                     STATUS_OK);
    const Bus__ReplyHeader *header = (const Bus__ReplyHeader *)read;
    assert_int_equal(header->code, code);
    assert_string_equal(header->violations[0]->rule, rule);
    take(world, number);
}

/* ---- following ---- */

static void tells_an_event_to_whom_it_is_granted_and_who_asked(void **state)
{
    struct world *world = *state;

    follow(world, 1, &office, "xiasha/");
    follow(world, 2, &system_, "xiasha/registry/");
    follow(world, 3, &office, "yanlan/");
    follow(world, 4, &registry, "");
    for (uint32_t peer = 1; peer <= 4; peer++)
        take(world, peer);
    assert_int_equal(publish(world, &registry, "xiasha/registry/UnitRegistered"), FEED_PASSED);
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
        follow(world, 1, rows[i].from, rows[i].prefix);
        assert_refused(world, 1, rows[i].prefix, STATUS_PERMISSION_DENIED, "granted");
    }
    assert_int_equal(feed_load(world->feed).followers, 0);
    publish(world, &registry, "xiasha/registry/UnitRegistered");
    assert_silence(world, 1);
}

static void tells_an_event_once_however_many_prefixes_match(void **state)
{
    struct world *world = *state;

    follow(world, 1, &registry, "");
    follow(world, 1, &registry, "xiasha/");
    follow(world, 1, &registry, "xiasha/registry/");
    follow(world, 1, &registry, "xia");
    clear(&world->peer[1]);
    publish(world, &registry, "xiasha/registry/UnitRegistered");
    assert_hears(world, 1, "20 xiasha/registry/UnitRegistered event");
    assert_silence(world, 1);
}

static void tells_only_the_types_that_were_named_and_heartbeats(void **state)
{
    struct world *world = *state;

    follow(world, 1, &office, "xiasha/registry/|UnitRegistered|UnitChanged");
    assert_hears(world, 1, "11 xiasha/registry/ ");
    publish(world, &registry, "xiasha/registry/UnitRegistered");
    publish(world, &registry, "xiasha/registry/UnitRegisteredX");
    publish(world, &registry, "xiasha/registry/Unit");
    publish(world, &registry, "xiasha/registry/UnitChanged");
    publish(world, &registry, "xiasha/registry/");
    assert_hears(world, 1, "20 xiasha/registry/UnitRegistered event");
    assert_hears(world, 1, "20 xiasha/registry/UnitChanged event");
    assert_hears(world, 1, "20 xiasha/registry/ event");
    assert_silence(world, 1);
    follow(world, 1, &office, "xiasha/registry/|Unit"); /* the same prefix again: other types */
    assert_hears(world, 1, "11 xiasha/registry/ event");
    publish(world, &registry, "xiasha/registry/UnitRegistered");
    publish(world, &registry, "xiasha/registry/Unit");
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
        assert_int_equal(follow(world, 1, &office, text), REFUSAL_FOLLOW_TYPES);
        assert_refused(world, 1, "xiasha/", STATUS_INVALID_ARGUMENT, "pattern");
    }
    for (int i = 0; i <= FEED_TYPES_MAX; i++)
        size += snprintf(text + size, sizeof text - (size_t)size, "|T%d", i);
    assert_int_equal(follow(world, 1, &office, text), REFUSAL_FOLLOW_TYPES);
    *strrchr(text, '|') = 0;
    assert_int_equal(follow(world, 1, &office, text), REFUSAL_NONE);
    snprintf(text, sizeof text, "xiasha/|%065d", 0);
    text[strlen("xiasha/|")] = 'T';
    assert_int_equal(follow(world, 1, &office, text), REFUSAL_FOLLOW_TYPES);
}

static void answers_what_is_no_message_of_a_follower(void **state)
{
    static const char *const bad[] = {"x", "\x04", "\x11xiasha/", "\x15", "\x1f", "\x03x", "\xff"};
    struct world *world = *state;
    char longest[FEED_TOPIC_MAX + 3] = "\x01";

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hear(world, 1, &office, bad[i], strlen(bad[i]));
        assert_refused(world, 1, "", STATUS_INVALID_ARGUMENT, "frames");
    }
    hear(world, 1, &office, "", 0);
    assert_refused(world, 1, "", STATUS_INVALID_ARGUMENT, "frames");
    feed_hear(world->feed, 1, NULL, &office, world->now_ms);
    assert_refused(world, 1, "", STATUS_INVALID_ARGUMENT, "frames");
    memset(longest + 1, 'a', FEED_TOPIC_MAX + 1);
    hear(world, 1, &office, longest, FEED_TOPIC_MAX + 2);
    assert_refused(world, 1, "", STATUS_INVALID_ARGUMENT, "frames");
    assert_int_equal(feed_counters(world->feed)->follower_noise, 10);
}

static void says_the_last_heartbeat_of_exactly_that_journal(void **state)
{
    struct world *world = *state;

    publish_bytes(world, &registry, "xiasha/registry/", "41", 2);
    publish_bytes(world, &registry, "xiasha/registry/", "42", 2);
    follow(world, 1, &office, "xiasha/registry/");
    assert_hears(world, 1, "11 xiasha/registry/ 42");
    follow(world, 1, &office, "xiasha/");
    assert_hears(world, 1, "11 xiasha/ ");
    pass(world, FEED_BEAT_MS); /* a silent journal is not alive */
    follow(world, 1, &office, "xiasha/registry/");
    assert_hears(world, 1, "11 xiasha/registry/ ");
}

static void asks_publishers_for_what_is_granted_only(void **state)
{
    struct world *world = *state;

    follow(world, 1, &office, "chaoming/");
    assert_string_equal(world->wanted, "");
    follow(world, 1, &office, "yanlan/");
    assert_string_equal(world->wanted, "yanlan/");
}

static void ends_what_is_unfollowed(void **state)
{
    struct world *world = *state;

    follow(world, 1, &office, "xiasha/");
    follow(world, 1, &office, "yanlan/");
    clear(&world->peer[1]);
    hear(world, 1, &office, "\x02xiasha/", 8);
    assert_hears(world, 1, "12 xiasha/ ");
    publish(world, &registry, "xiasha/registry/X");
    assert_silence(world, 1);
    publish(world, &registry, "yanlan/registry/X");
    assert_hears(world, 1, "20 yanlan/registry/X event");
    hear(world, 1, &office, "\x02yanlan/", 8);
    hear(world, 1, &office, "\x02yanlan/", 8);
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

    follow(world, 1, &registry, "");
    clear(&world->peer[1]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(publish(world, rows[i].from, rows[i].topic), FEED_NOT_ITS_OWN);
    assert_silence(world, 1);
    assert_int_equal(publish(world, &robot, "xiasha/robot/X"), FEED_PASSED);
    assert_hears(world, 1, "20 xiasha/robot/X event");
}

static void never_passes_a_word_of_the_broker_s_from_a_publisher(void **state)
{
    struct world *world = *state;

    follow(world, 1, &registry, "");
    clear(&world->peer[1]);
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

    follow(world, 1, &registry, "");
    follow(world, 1, &registry, "?");
    clear(&world->peer[1]);
    assert_int_equal(publish(world, &registry, "?registry"), FEED_HELLO);
    assert_int_equal(publish(world, &robot, "?robot"), FEED_HELLO);
    assert_silence(world, 1);
}

static void limits_what_a_foreign_worker_publishes(void **state)
{
    struct world *world = *state;
    static char large[200 * 1024];
    int passed = 0, large_passed = 0;

    while (publish(world, &robot, "xiasha/robot/X") == FEED_PASSED)
        passed++;
    assert_int_equal(passed, 1000);
    pass(world, 1000);
    for (passed = 0; publish(world, &robot, "xiasha/robot/X") == FEED_PASSED;)
        passed++;
    assert_in_range(passed, 199, 201);
    pass(world, 1000);
    while (publish_bytes(world, &robot, "xiasha/robot/X", large, sizeof large) == FEED_PASSED)
        large_passed++;
    assert_in_range(large_passed, 13, 16); /* 13 tokens each */
    assert_int_equal(publish(world, &registry, "xiasha/registry/X"), FEED_PASSED);
}

/* ---- who does not keep up ---- */

static void has_events_wait_in_order_for_who_is_full(void **state)
{
    static const char *const topics[] = {"xiasha/registry/A", "xiasha/registry/B",
                                         "xiasha/registry/C", "xiasha/registry/D"};
    struct world *world = *state;

    follow(world, 1, &office, "xiasha/");
    clear(&world->peer[1]);
    world->peer[1].room = 1;
    for (size_t i = 0; i < 4; i++)
        publish(world, &registry, topics[i]);
    assert_hears(world, 1, "20 xiasha/registry/A event");
    assert_true(feed_retry(world->feed));
    assert_hears(world, 1, "20 xiasha/registry/B event");
    ping(world, 1, &office); /* its answer waits behind the others */
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

    follow(world, 1, &office, "xiasha/");
    follow(world, 2, &office, "xiasha/");
    clear(&world->peer[1]);
    clear(&world->peer[2]);
    world->peer[1].room = 1;
    for (int i = 0; i < 1 + WAITING + 5; i++)
        publish(world, &registry, "xiasha/registry/X");
    assert_int_equal(world->peer[2].count, 1 + WAITING + 5);
    assert_int_equal(feed_counters(world->feed)->events_lost, 5);
    assert_hears(world, 1, "20 xiasha/registry/X event");
    feed_retry(world->feed);
    publish(world, &registry, "xiasha/registry/Y"); /* the place goes to the news of the loss */
    world->peer[1].room = ROOM;
    feed_retry(world->feed);
    for (int i = 0; i < WAITING; i++)
        assert_hears(world, 1, "20 xiasha/registry/X event");
    assert_hears(world, 1, "14  5");
    publish(world, &registry, "xiasha/registry/Z");
    assert_hears(world, 1, "14  1");
    assert_hears(world, 1, "20 xiasha/registry/Z event");
    assert_silence(world, 1);
}

static void tells_a_loss_at_the_next_tick(void **state)
{
    struct world *world = *state;

    follow(world, 1, &office, "xiasha/");
    clear(&world->peer[1]);
    world->peer[1].room = 0;
    for (int i = 0; i < WAITING + 1; i++)
        publish(world, &registry, "xiasha/registry/X");
    world->peer[1].room = ROOM;
    pass(world, 50);
    for (int i = 0; i < WAITING; i++)
        assert_hears(world, 1, "20 xiasha/registry/X event");
    assert_hears(world, 1, "14  1");
    pass(world, 1000);
    assert_silence(world, 1);
}

static void forgets_who_takes_nothing_for_ten_seconds(void **state)
{
    struct world *world = *state;

    follow(world, 1, &office, "xiasha/");
    clear(&world->peer[1]);
    world->peer[1].room = 0;
    publish(world, &registry, "xiasha/registry/X");
    for (int i = 0; i < 9; i++) {
        pass(world, 1000);
        ping(world, 1, &office); /* it speaks, and does not listen */
    }
    assert_int_equal(feed_load(world->feed).followers, 1);
    pass(world, 1100);
    assert_int_equal(feed_load(world->feed).followers, 0);
    assert_int_equal(feed_counters(world->feed)->followers_stuck, 1);
    world->peer[1].room = ROOM;
    ping(world, 1, &office);
    assert_refused(world, 1, "", STATUS_NOT_FOUND, "followed");
}

static void holds_a_megabyte_for_one_that_does_not_read(void **state)
{
    struct world *world = *state;
    static char large[100 * 1024];

    follow(world, 1, &office, "xiasha/");
    follow(world, 2, &system_, "xiasha/");
    clear(&world->peer[1]);
    for (int i = 0; i < 50; i++) {
        clear(&world->peer[2]);
        publish_bytes(world, &registry, "xiasha/registry/X", large, sizeof large);
        assert_int_equal(world->peer[2].count, 1);
    }
    assert_int_equal(world->peer[1].count, 10);
    assert_in_range(feed_load(world->feed).held, 10 * sizeof large, 11 * sizeof large + 2000);
    clear(&world->peer[1]);
    clear(&world->peer[2]);
    assert_int_equal(feed_load(world->feed).held, 0);
}

static void holds_four_megabytes_for_all_connections_of_a_certificate(void **state)
{
    struct world *world = *state;
    static char large[100 * 1024];
    size_t held = 0;

    for (uint32_t peer = 1; peer < 20; peer++)
        follow(world, peer, &office, "xiasha/");
    for (uint32_t peer = 1; peer < 20; peer++)
        clear(&world->peer[peer]);
    for (int i = 0; i < 50; i++)
        publish_bytes(world, &registry, "xiasha/registry/X", large, sizeof large);
    for (uint32_t peer = 1; peer < 20; peer++)
        held += world->peer[peer].count;
    assert_int_equal(held, 40);
    /* Forgotten or not, what they hold counts until libzmq lets go of it. */
    for (uint32_t peer = 1; peer < 20; peer++)
        feed_gone(world->feed, peer);
    pass(world, 60000);
    follow(world, 20, &office, "xiasha/");
    clear(&world->peer[20]);
    publish_bytes(world, &registry, "xiasha/registry/X", large, sizeof large);
    assert_silence(world, 20);
}

static void takes_no_more_prefixes_than_there_is_room_for(void **state)
{
    struct world *world = *state;
    char prefix[64];

    for (int i = 0; i <= FEED_PREFIXES_OF_PEER; i++) {
        snprintf(prefix, sizeof prefix, "xiasha/%d", i);
        assert_int_equal(follow(world, 1, &office, prefix),
                         i < FEED_PREFIXES_OF_PEER ? REFUSAL_NONE : REFUSAL_FOLLOW_COUNT);
    }
    assert_int_equal(follow(world, 1, &office, "xiasha/1"), REFUSAL_NONE); /* is there already */
    pass(world, 4000);
    for (int i = 0; i < FEED_PREFIXES_OF_CERTIFICATE - FEED_PREFIXES_OF_PEER; i++) {
        snprintf(prefix, sizeof prefix, "xiasha/%d", i % 40);
        assert_int_equal(follow(world, 2 + (uint32_t)i / 40, &office, prefix), REFUSAL_NONE);
    }
    clear(&world->peer[70]);
    assert_int_equal(follow(world, 70, &office, "xiasha/"), REFUSAL_FOLLOW_COUNT);
    assert_refused(world, 70, "xiasha/", STATUS_RESOURCE_EXHAUSTED, "count");
    assert_int_equal(follow(world, 71, &system_, "xiasha/"), REFUSAL_NONE);
}

static void limits_what_a_certificate_may_ask_and_says_when_to_come_back(void **state)
{
    struct world *world = *state;
    int answered = 0;

    follow(world, 1, &office, "xiasha/");
    clear(&world->peer[1]);
    for (uint32_t i = 0; i < 1000; i++) /* through as many connections as it likes */
        ping(world, 1 + i % 5, &office);
    assert_int_equal(feed_counters(world->feed)->followers_limited, 801);
    for (uint32_t peer = 1; peer <= 5; peer++) {
        answered += (int)world->peer[peer].count;
        clear(&world->peer[peer]);
    }
    assert_int_equal(answered, 200);
    pass(world, FEED_REFUSE_MS);
    for (int i = 0; i < 51; i++)
        ping(world, 1, &office);
    for (int i = 0; i < 50; i++)
        assert_hears(world, 1, "13  ");
    assert_refused(world, 1, "", STATUS_RESOURCE_EXHAUSTED, "rate");
    assert_int_equal(ping(world, 9, &system_), REFUSAL_FOLLOW_UNKNOWN); /* another has its own */
}

/* ---- who leaves ---- */

static void forgets_who_says_nothing_for_five_seconds(void **state)
{
    struct world *world = *state;

    follow(world, 1, &office, "xiasha/");
    follow(world, 2, &office, "xiasha/");
    for (int i = 0; i < 6; i++) {
        pass(world, 1000);
        ping(world, 2, &office);
    }
    assert_int_equal(feed_load(world->feed).followers, 1);
    assert_int_equal(feed_counters(world->feed)->followers_lapsed, 1);
    clear(&world->peer[1]);
    publish(world, &registry, "xiasha/registry/X");
    assert_silence(world, 1);
    ping(world, 1, &office);
    assert_refused(world, 1, "", STATUS_NOT_FOUND, "followed");
}

static void forgives_silence_while_it_was_away_itself(void **state)
{
    struct world *world = *state;

    follow(world, 1, &office, "xiasha/");
    pass(world, 3000);
    world->now_ms += 60000; /* stopped */
    feed_tick(world->feed, world->now_ms);
    assert_int_equal(feed_load(world->feed).followers, 1);
    pass(world, 5100);
    assert_int_equal(feed_load(world->feed).followers, 0);
}

static void forgets_a_connection_that_is_gone(void **state)
{
    struct world *world = *state;

    follow(world, 1, &office, "xiasha/");
    follow(world, 1, &office, "yanlan/");
    follow(world, 2, &office, "xiasha/");
    follow(world, 3, &office, "xiasha/");
    world->peer[1].is_away = true;
    clear(&world->peer[2]);
    publish(world, &registry, "xiasha/registry/X");
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

    follow(world, 1, &office, "xiasha/");
    follow(world, 1, &office, "yanlan/");
    follow(world, 2, &system_, "xiasha/");
    clear(&world->peer[1]);
    clear(&world->peer[2]);
    world->revoked = &office;
    feed_revoke(world->feed);
    assert_refused(world, 1, "xiasha/", STATUS_UNAUTHENTICATED, "certificate");
    assert_refused(world, 1, "yanlan/", STATUS_UNAUTHENTICATED, "certificate");
    publish(world, &registry, "xiasha/registry/X");
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

    follow(world, 1, &office, "xiasha/");
    follow(world, 2, &office, "xiasha/");
    clear(&world->peer[1]);
    clear(&world->peer[2]);
    snprintf(less.streets, sizeof less.streets, "yanlan");
    ping(world, 2, &less); /* before anybody said that certificates changed */
    assert_refused(world, 1, "xiasha/", STATUS_UNAUTHENTICATED, "certificate");
    assert_refused(world, 2, "xiasha/", STATUS_UNAUTHENTICATED, "certificate");
    assert_refused(world, 2, "", STATUS_NOT_FOUND, "followed");
    assert_int_equal(follow(world, 2, &less, "xiasha/"), REFUSAL_FOLLOW_PREFIX);
}

static void gives_nothing_to_who_comes_under_the_same_number(void **state)
{
    struct world *world = *state;

    follow(world, 1, &office, "yanlan/");
    follow(world, 1, &system_, "xiasha/");
    clear(&world->peer[1]);
    publish(world, &registry, "yanlan/registry/X");
    assert_silence(world, 1);
    publish(world, &registry, "xiasha/registry/X");
    assert_hears(world, 1, "20 xiasha/registry/X event");
}

#define feed_test(function) cmocka_unit_test_setup_teardown(function, begin, end)

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
