/* SPDX-License-Identifier: Apache-2.0 */
/* feed_world.c - a world of followers and publishers without a socket */
#include "tests/broker/feed_world.h"

#include "bus_envelope.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

struct certificate registry = {"registry", BUS__ROLE__ROLE_SERVICE, "*", "key of registry"},
                   kiosk = {"kiosk", BUS__ROLE__ROLE_SERVICE, "xiasha", "key of kiosk"},
                   office = {"office", BUS__ROLE__ROLE_STREET_STAFF, "xiasha yanlan",
                             "key of office"},
                   system_ = {"system", BUS__ROLE__ROLE_INTEGRATOR, "xiasha", "key of system"},
                   volunteer = {"volunteer", BUS__ROLE__ROLE_VOLUNTEER, "xiasha",
                                "key of volunteer"},
                   robot = {"robot", BUS__ROLE__ROLE_WORKER, "xiasha", "key of robot"};

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

int world_begin(void **state)
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

void world_clear(struct peer *peer)
{
    while (peer->count > 0)
        zmq_msg_close(&peer->frame[--peer->count]);
}

int world_end(void **state)
{
    struct world *world = *state;

    for (size_t i = 0; i < PEERS; i++)
        world_clear(&world->peer[i]);
    feed_destroy(&world->feed);
    talloc_free(world);
    return 0;
}

/* ---- what happens ---- */

enum refusal world_hear(struct world *world, uint32_t peer, const struct certificate *from,
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
enum refusal world_follow(struct world *world, uint32_t peer, const struct certificate *from,
                          const char *text)
{
    char data[FEED_REQUEST_MAX];
    int size = snprintf(data, sizeof data, "\x01%s", text);

    for (char *bar = data; (bar = strchr(bar, '|'));)
        *bar = 0, bar++;
    return world_hear(world, peer, from, data, (size_t)size);
}

enum refusal world_ping(struct world *world, uint32_t peer, const struct certificate *from)
{
    return world_hear(world, peer, from, "\x03", 1);
}

enum feed_verdict world_publish_bytes(struct world *world, const struct certificate *from,
                                      const char *topic, const void *body, size_t size)
{
    zmq_msg_t frame;

    feed_write(&frame, FEED_PUBLISHED, topic, strlen(topic), body, size);
    return feed_publish(world->feed, &frame, from, world->now_ms);
}

enum feed_verdict world_publish(struct world *world, const struct certificate *from,
                                const char *topic)
{
    return world_publish_bytes(world, from, topic, "event", 5);
}

/* In ticks of 50 ms. */
void world_pass(struct world *world, int64_t ms)
{
    for (int64_t end_ms = world->now_ms + ms; world->now_ms < end_ms;) {
        world->now_ms += 50;
        feed_tick(world->feed, world->now_ms);
    }
}

/* ---- what a peer hears ---- */

/* The next frame as text: the word's number if it is one, then the topic, then the body unless it
 * is a header. */
const char *world_take(struct world *world, uint32_t number)
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

void assert_refused(struct world *world, uint32_t number, const char *prefix, enum status code,
                    const char *rule)
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
    world_take(world, number);
}
