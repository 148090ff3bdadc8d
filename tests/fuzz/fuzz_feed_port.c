/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_feed_port.c - the event side's core under any sequence of messages at its two ports, of
 * losses and pauses
 *
 * The input is a list of acts, a byte for each and then what it needs: `acts` names them. Messages
 * are frames as peers send them, with places for chance, or of chance alone. After each act the
 * core's state is counted again; whatever it says is a message of a broker's, and an event only to
 * whom it is granted; in the end it has forgotten everybody.
 */
#include <stdio.h>

#include "bus_envelope.pb-c.h"
#include "bytes.h"
#include "libcommon/base/wire.h"
#include "services/broker/feed/topic.h"
#include "tests/broker/feed_recount.h"

enum { PEERS = 4, ACTS_MAX = 80, SILENCE_MS = 30000 };

/* Of peers and of publishers, by number. */
static const struct certificate people[] = {
    {.name = "office",
     .role = BUS__ROLE__ROLE_STREET_STAFF,
     .streets = "xiasha",
     .public_key = "o"},
    {.name = "registry", .role = BUS__ROLE__ROLE_SERVICE, .streets = "*", .public_key = "r"},
    {.name = "kiosk", .role = BUS__ROLE__ROLE_SERVICE, .streets = "xiasha", .public_key = "k"},
    {.name = "robot", .role = BUS__ROLE__ROLE_WORKER, .streets = "xiasha", .public_key = "w"},
    {.name = "shop", .role = BUS__ROLE__ROLE_SHOP, .streets = "*", .public_key = "s"},
};
static const char *const prefixes[] = {"xiasha/",    "xiasha/registry/",  "",
                                       "!registry/", "!registry/x",       "yanlan/",
                                       "x",          "xiasha/registry/Un"};
static const char *const topics[] = {"xiasha/registry/UnitRegistered",
                                     "xiasha/registry/",
                                     "yanlan/registry/UnitRegistered",
                                     "!registry/xiasha",
                                     "?registry",
                                     "xiasha/kiosk/Thing",
                                     "xiasha/robot/Moved",
                                     "yanlan/kiosk/"};

#define PICK(table, byte) ((table)[(byte) % (sizeof(table) / sizeof *(table))])

struct world {
    struct input input;
    struct feed *feed;
    int64_t now_ms;
    const struct certificate *who[PEERS]; /* the last one that spoke through it */
    enum feed_sent takes[PEERS];          /* what becomes of a frame to it */
    bool is_revoked[sizeof people / sizeof *people];
};

/* ---- around the core ---- */

static void check_refusal(const struct feed_message *message)
{
    struct violations violations = {0};
    void *memory = mem_check(talloc_new(NULL));
    ProtobufCMessage *header;
    enum status status = wire_unpack(memory, &bus__reply_header__descriptor, message->body,
                                     message->body_size, &violations, &header);

    assert(status == STATUS_OK && ((Bus__ReplyHeader *)header)->code != TYPE__CODE__CODE_OK);
    talloc_free(memory);
}

static enum feed_sent send_to(void *context, uint32_t peer, zmq_msg_t *frame)
{
    struct world *world = context;
    struct feed_message message;

    assert(peer < PEERS);
    bool good = feed_read(zmq_msg_data(frame), zmq_msg_size(frame), &message);
    assert(good && message.word >= FEED_FOLLOWED);
    if (message.word == FEED_REFUSED)
        check_refusal(&message);
    if (message.word == FEED_PUBLISHED)
        assert(topic_may_follow(world->who[peer], message.topic, message.topic_size));
    if (world->takes[peer] == FEED_SENT) {
        zmq_msg_close(frame);
        zmq_msg_init(frame);
    }
    return world->takes[peer];
}

static bool holds(void *context, const struct certificate *certificate)
{
    const struct world *world = context;

    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        if (strcmp(people[i].public_key, certificate->public_key) == 0)
            return !world->is_revoked[i];
    return false;
}

static void want(void *context, const char *prefix, size_t size)
{
    (void)context, (void)prefix;
    assert(size <= FEED_TOPIC_MAX);
}

/* ---- acts ---- */

static void hear(struct world *world, zmq_msg_t *frame)
{
    uint8_t peer = input_byte(&world->input) % PEERS, who = input_byte(&world->input) % 5;

    world->who[peer] = &people[who];
    feed_hear(world->feed, peer, frame, world->is_revoked[who] ? NULL : &people[who],
              world->now_ms);
    if (frame)
        zmq_msg_close(frame);
}

/* A frame: a word, one of the texts, and bytes of chance. */
static void make(struct world *world, zmq_msg_t *frame, enum feed_word word, const char *text)
{
    size_t size;
    const uint8_t *bytes = input_bytes(&world->input, input_byte(&world->input), &size);

    feed_write(frame, word, text, strlen(text), bytes, size);
}

static void follow(struct world *world)
{
    zmq_msg_t frame;

    make(world, &frame, FEED_FOLLOW, PICK(prefixes, input_byte(&world->input)));
    hear(world, &frame);
}

static void unfollow(struct world *world)
{
    zmq_msg_t frame;

    make(world, &frame, FEED_UNFOLLOW, PICK(prefixes, input_byte(&world->input)));
    hear(world, &frame);
}

static void ping(struct world *world)
{
    zmq_msg_t frame;

    feed_write(&frame, FEED_PING, "", 0, "", 0);
    hear(world, &frame);
}

static void take_chance(struct world *world, zmq_msg_t *frame)
{
    size_t size;
    const uint8_t *bytes = input_bytes(&world->input, input_byte(&world->input), &size);

    zmq_msg_init_size(frame, size);
    if (size > 0)
        memcpy(zmq_msg_data(frame), bytes, size);
}

static void follower_of_chance(struct world *world)
{
    zmq_msg_t frame;

    take_chance(world, &frame);
    hear(world, &frame);
}

static void follower_of_many_frames(struct world *world)
{
    hear(world, NULL);
}

static void publish_frame(struct world *world, zmq_msg_t *frame)
{
    feed_publish(world->feed, frame, &PICK(people, input_byte(&world->input)), world->now_ms);
}

static void publish(struct world *world)
{
    zmq_msg_t frame;

    make(world, &frame, FEED_PUBLISHED, PICK(topics, input_byte(&world->input)));
    publish_frame(world, &frame);
}

static void publisher_of_chance(struct world *world)
{
    zmq_msg_t frame;

    take_chance(world, &frame);
    publish_frame(world, &frame);
}

static void change_peer(struct world *world)
{
    uint8_t byte = input_byte(&world->input);

    world->takes[byte % PEERS] = (enum feed_sent)(byte / PEERS % (FEED_GONE + 1));
}

static void gone(struct world *world)
{
    feed_gone(world->feed, input_byte(&world->input)); /* maybe nobody */
}

static void revoke(struct world *world)
{
    bool *is_revoked = &PICK(world->is_revoked, input_byte(&world->input));

    *is_revoked = !*is_revoked;
    feed_revoke(world->feed);
}

static void tick(struct world *world)
{
    world->now_ms += (int64_t)input_byte(&world->input) * 40;
    feed_tick(world->feed, world->now_ms);
}

static void (*const acts[])(struct world *) = {
    follow,
    unfollow,
    ping,
    follower_of_chance,
    follower_of_many_frames,
    publish,
    publisher_of_chance,
    gone,
    change_peer,
    tick,
    revoke,
};

/* ---- a run ---- */

/* Stops the fuzzer, which keeps the input. */
static void stop_if(const char *wrong)
{
    if (!wrong)
        return;
    fprintf(stderr, "%s\n", wrong);
    abort();
}

void target_start(void)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world world = {.input = {data, data + size}};
    struct feed_surroundings around = {
        .context = &world, .waiting_max = 8, .send = send_to, .holds = holds, .want = want};

    world.feed = feed_create(NULL, &around, world.now_ms);
    for (int i = 0; i < ACTS_MAX && world.input.at < world.input.end; i++) {
        PICK(acts, input_byte(&world.input))(&world);
        stop_if(feed_wrong(world.feed));
    }
    for (int64_t end_ms = world.now_ms + SILENCE_MS; world.now_ms < end_ms;)
        feed_tick(world.feed, world.now_ms += 500);
    stop_if(feed_left(world.feed));
    feed_destroy(&world.feed);
    return 0;
}
