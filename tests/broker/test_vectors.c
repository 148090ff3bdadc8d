/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_vectors.c - every kind of frame, byte for byte, in both styles
 *
 * test_vectors FILE... plays each file against the core (vectors/README.md).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"
#include "services/broker/feed/feed.h"
#include "services/broker/route/route.h"
#include "tests/broker/vector.h"

enum { CALLERS_MAX = 6, TICKETS_MAX = 4, START_MS = 1000000 };

struct play {
    void *memory;
    const char *path;
    bool leading_empty;
    struct broker *broker;
    struct feed *feed;
    struct outbox *out; /* of both cores */
    int64_t now_ms;
    struct certificate caller[CALLERS_MAX];
    size_t callers;
    struct {
        const char *name;
        uint8_t bytes[VECTOR_TICKET];
    } ticket[TICKETS_MAX];
    size_t tickets;
};

#define fail_at(play, step, ...)                                                                   \
    do {                                                                                           \
        print_error("%s:%d: ", (play)->path, (step)->line);                                        \
        print_error(__VA_ARGS__);                                                                  \
        print_error("\n");                                                                         \
        fail();                                                                                    \
        abort(); /* fail does not return */                                                        \
    } while (0)

static const char *const ports[BROKER_PORTS] = {
    [PORT_CLIENT] = "client", [PORT_WORKER] = "worker", [PORT_SUBSCRIBE] = "follower"};

static enum broker_port find_port(struct play *play, const struct vector_step *step)
{
    for (int port = 0; port < BROKER_PORTS; port++)
        if (ports[port] && strcmp(ports[port], step->word[1]) == 0)
            return (enum broker_port)port;
    fail_at(play, step, "who is %s?", step->word[1]);
    return BROKER_PORTS;
}

static const struct certificate *find_caller(struct play *play, const struct vector_step *step,
                                             const char *name)
{
    for (size_t i = 0; i < play->callers; i++)
        if (strcmp(play->caller[i].name, name) == 0)
            return &play->caller[i];
    fail_at(play, step, "no caller %s", name);
    return NULL;
}

/* NULL: not seen yet. */
static uint8_t *find_ticket(struct play *play, const char *name)
{
    for (size_t i = 0; i < play->tickets; i++)
        if (strcmp(play->ticket[i].name, name) == 0)
            return play->ticket[i].bytes;
    return NULL;
}

static void check_type(struct play *play, const struct vector_step *step,
                       const struct vector_frame *frame)
{
    const ProtobufCMessageDescriptor *type = types_message(frame->type);
    struct violations violations = {0};
    ProtobufCMessage *message;

    assert_non_null(type);
    if (wire_unpack(play->memory, type, frame->data, frame->size, &violations, &message) !=
        STATUS_OK)
        fail_at(play, step, "not a %s", frame->type);
    ProtobufCBinaryData packed = wire_pack(play->memory, message);
    if (packed.len != frame->size || memcmp(packed.data, frame->data, packed.len) != 0)
        fail_at(play, step, "a %s is not packed like this", frame->type);
}

static void fill_ticket(struct play *play, const struct vector_frame *frame)
{
    assert_non_null(find_ticket(play, frame->ticket));
    memcpy(frame->data + frame->ticket_at, find_ticket(play, frame->ticket), VECTOR_TICKET);
}

static struct frames to_frames(struct play *play, const struct vector_step *step)
{
    struct frames frames = {0};

    for (size_t i = 0; i < step->count; i++) {
        const struct vector_frame *frame = &step->frame[i];

        if (i == 1 && play->leading_empty)
            frames_add(&frames, "", 0);
        if (frame->ticket)
            fill_ticket(play, frame);
        frames_add(&frames, frame->data, frame->size);
    }
    return frames;
}

/* Where it first stands the broker chose it. */
static void learn_ticket(struct play *play, const struct vector_frame *frame, const uint8_t *data)
{
    if (find_ticket(play, frame->ticket))
        return;
    assert_true(play->tickets < TICKETS_MAX);
    play->ticket[play->tickets].name = frame->ticket;
    memcpy(play->ticket[play->tickets++].bytes, data + frame->ticket_at, VECTOR_TICKET);
}

static bool is_frame(struct play *play, const struct vector_frame *frame, struct frames *frames,
                     size_t index)
{
    if (frames_size(frames, index) != frame->size)
        return false;
    if (frame->ticket) {
        learn_ticket(play, frame, frames_data(frames, index));
        fill_ticket(play, frame);
    }
    return frames_equal(frames, index, frame->data, frame->size);
}

static void expect(struct play *play, const struct vector_step *step)
{
    struct outbox_message *message = play->out->messages;
    enum broker_port port = find_port(play, step);
    bool leading_empty = play->leading_empty && port != PORT_SUBSCRIBE;
    size_t at = 0;

    if (!message)
        fail_at(play, step, "the broker sends nothing");
    if (message->port != port)
        fail_at(play, step, "the broker sends to another port");
    if (message->frames.count != step->count + leading_empty)
        fail_at(play, step, "%zu frames", message->frames.count);
    for (size_t i = 0; i < step->count; i++, at++) {
        if (i == 1 && leading_empty && !frames_equal(&message->frames, at++, "", 0))
            fail_at(play, step, "no leading empty frame");
        if (!is_frame(play, &step->frame[i], &message->frames, at))
            fail_at(play, step, "frame %zu differs", i + 1);
    }
    DL_DELETE(play->out->messages, message);
    frames_clear(&message->frames);
    talloc_free(message);
}

static void expect_silence(struct play *play, const struct vector_step *step)
{
    if (play->out->messages)
        fail_at(play, step, "before this the broker sent what no vector says");
    outbox_clear(play->out);
}

static void play_caller(struct play *play, const struct vector_step *step)
{
    struct certificate *caller = &play->caller[play->callers++];

    assert_true(play->callers <= CALLERS_MAX);
    snprintf(caller->name, sizeof caller->name, "%s", step->word[1]);
    snprintf(caller->streets, sizeof caller->streets, "%s", step->word[3]);
    snprintf(caller->public_key, sizeof caller->public_key, "%s",
             step->word[1]); /* not two have the same */
    caller->role = role_of(step->word[2]);
    assert_int_not_equal(caller->role, BUS__ROLE__ROLE_UNSPECIFIED);
}

/* Behind 00 and four bytes of the routing id. */
static uint32_t peer_in(struct play *play, const struct vector_step *step)
{
    const uint8_t *id = step->frame[0].data;

    if (step->frame[0].size != 5 || id[0] != 0)
        fail_at(play, step, "a follower's routing id is 00 and four bytes");
    return (uint32_t)id[1] << 24 | (uint32_t)id[2] << 16 | (uint32_t)id[3] << 8 | id[4];
}

static void hear_follower(struct play *play, const struct vector_step *step)
{
    zmq_msg_t frame;

    zmq_msg_init_size(&frame, step->frame[1].size);
    memcpy(zmq_msg_data(&frame), step->frame[1].data, step->frame[1].size);
    feed_hear(play->feed, peer_in(play, step), step->count == 2 ? &frame : NULL,
              find_caller(play, step, step->word[2]), play->now_ms);
    zmq_msg_close(&frame);
}

static void play_from(struct play *play, const struct vector_step *step)
{
    enum broker_port port = find_port(play, step);

    expect_silence(play, step);
    if (port == PORT_SUBSCRIBE) {
        hear_follower(play, step);
        return;
    }
    struct frames frames = to_frames(play, step);
    broker_step(play->broker, port == PORT_CLIENT ? BROKER_FROM_CLIENT : BROKER_FROM_WORKER,
                &frames, find_caller(play, step, step->word[2]), play->now_ms, play->out);
}

static void play_tick(struct play *play, const struct vector_step *step)
{
    expect_silence(play, step);
    play->now_ms = START_MS + strtol(step->word[1], NULL, 10);
    broker_step(play->broker, BROKER_TICK, NULL, NULL, play->now_ms, play->out);
    feed_tick(play->feed, play->now_ms);
}

static void play_publish(struct play *play, const struct vector_step *step)
{
    static const char *const verdicts[] = {[FEED_PASSED] = "passed",
                                           [FEED_HELLO] = "greeting",
                                           [FEED_NOT_ITS_OWN] = "refused",
                                           [FEED_TOO_MANY] = "too_many"};
    zmq_msg_t frame;

    expect_silence(play, step);
    zmq_msg_init_size(&frame, step->frame[0].size);
    memcpy(zmq_msg_data(&frame), step->frame[0].data, step->frame[0].size);
    enum feed_verdict verdict =
        feed_publish(play->feed, &frame, find_caller(play, step, step->word[1]), play->now_ms);
    if (strcmp(verdicts[verdict], step->word[2]) != 0)
        fail_at(play, step, "the publication is %s", verdicts[verdict]);
}

static const struct {
    const char *word;
    void (*play)(struct play *play, const struct vector_step *step);
} verbs[] = {{"caller", play_caller},
             {"from", play_from},
             {"to", expect},
             {"tick", play_tick},
             {"publish", play_publish}};

static void play_step(struct play *play, const struct vector_step *step)
{
    for (size_t i = 0; i < step->count; i++)
        if (step->frame[i].type)
            check_type(play, step, &step->frame[i]);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(step->word[0], verbs[i].word) == 0) {
            verbs[i].play(play, step);
            return;
        }
    }
    fail_at(play, step, "what is %s?", step->word[0]);
}

/* ---- around the event side's core ---- */

static enum feed_sent send_to(void *context, uint32_t peer, zmq_msg_t *frame)
{
    struct play *play = context;
    struct frames *frames = &outbox_message(play->out, PORT_SUBSCRIBE)->frames;
    uint8_t id[] = {0, (uint8_t)(peer >> 24), (uint8_t)(peer >> 16), (uint8_t)(peer >> 8),
                    (uint8_t)peer};

    frames_add(frames, id, sizeof id);
    frames_add_move(frames, frame);
    return FEED_SENT;
}

static bool holds(void *context, const struct certificate *certificate)
{
    (void)context, (void)certificate;
    return true;
}

static void want(void *context, const char *prefix, size_t size)
{
    (void)context, (void)prefix, (void)size;
}

static void play_file(const char *path, bool leading_empty)
{
    struct broker_options options = {.street_max = 8, .certificate_max = 8, .total_max = 8};
    struct play play = {.path = path, .leading_empty = leading_empty, .now_ms = START_MS};
    struct vector_step *steps, *step;

    play.memory = mem_check(talloc_new(NULL));
    play.broker = broker_create(play.memory, &options, START_MS);
    struct feed_surroundings around = {.context = &play,
                                       .waiting_max = FEED_WAITING_OF_PEER,
                                       .send = send_to,
                                       .holds = holds,
                                       .want = want};
    play.feed = feed_create(play.memory, &around, START_MS);
    play.out = outbox_create(play.memory);
    steps = vector_read(play.memory, path);
    assert_non_null(steps);
    DL_FOREACH(steps, step)
    {
        play_step(&play, step);
    }
    expect_silence(&play, steps->prev); /* the last one */
    outbox_destroy(&play.out);
    broker_destroy(&play.broker);
    feed_destroy(&play.feed);
    talloc_free(play.memory);
}

static void speaks_as_the_rfc_says(void **state)
{
    play_file(*state, false);
}

static void speaks_with_a_leading_empty_frame(void **state)
{
    play_file(*state, true);
}

int main(int argc, char **argv)
{
    int failed = argc < 2;

    for (int i = 1; i < argc; i++) {
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_prestate(speaks_as_the_rfc_says, argv[i]),
            cmocka_unit_test_prestate(speaks_with_a_leading_empty_frame, argv[i]),
        };

        failed += cmocka_run_group_tests_name(argv[i], tests, NULL, NULL);
    }
    return failed;
}
