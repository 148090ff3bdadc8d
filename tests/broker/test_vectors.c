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
#include <cmocka.h>
#include <utlist.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"
#include "services/broker/route.h"
#include "services/broker/topic.h"
#include "tests/broker/vector.h"

enum { CALLERS_MAX = 6, TICKETS_MAX = 4, START_MS = 1000000 };

struct play {
    void *memory;
    const char *path;
    bool leading_empty;
    struct broker *broker;
    struct outbox *out;
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
    enum broker_port port = strcmp(step->word[1], "client") == 0 ? PORT_CLIENT : PORT_WORKER;
    size_t at = 0;

    if (!message)
        fail_at(play, step, "the broker sends nothing");
    if (message->port != port)
        fail_at(play, step, "the broker sends to the other side");
    if (message->frames.count != step->count + play->leading_empty)
        fail_at(play, step, "%zu frames", message->frames.count);
    for (size_t i = 0; i < step->count; i++, at++) {
        if (i == 1 && play->leading_empty && !frames_equal(&message->frames, at++, "", 0))
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
    caller->role = role_of(step->word[2]);
    assert_int_not_equal(caller->role, BUS__ROLE__ROLE_UNSPECIFIED);
}

static void play_from(struct play *play, const struct vector_step *step)
{
    bool client = strcmp(step->word[1], "client") == 0;
    struct frames frames = to_frames(play, step);

    expect_silence(play, step);
    broker_step(play->broker, client ? BROKER_FROM_CLIENT : BROKER_FROM_WORKER, &frames,
                find_caller(play, step, step->word[2]), play->now_ms, play->out);
}

static void play_tick(struct play *play, const struct vector_step *step)
{
    expect_silence(play, step);
    play->now_ms = START_MS + strtol(step->word[1], NULL, 10);
    broker_step(play->broker, BROKER_TICK, NULL, NULL, play->now_ms, play->out);
}

static void play_right(struct play *play, const struct vector_step *step)
{
    bool publish = strcmp(step->word[0], "publish") == 0;
    const struct certificate *caller = find_caller(play, step, step->word[1]);
    bool may = publish ? topic_may_publish(caller, step->frame[0].data, step->frame[0].size)
                       : topic_may_follow(caller, step->frame[0].data + 1, step->frame[0].size - 1);

    if (may != (strcmp(step->word[2], "yes") == 0))
        fail_at(play, step, "%s is %s", step->word[0], may ? "granted" : "refused");
}

static const struct {
    const char *word;
    void (*play)(struct play *play, const struct vector_step *step);
} verbs[] = {{"caller", play_caller}, {"from", play_from},     {"to", expect},
             {"tick", play_tick},     {"publish", play_right}, {"follow", play_right}};

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

static void play_file(const char *path, bool leading_empty)
{
    struct broker_options options = {.street_max = 8, .certificate_max = 8, .total_max = 8};
    struct play play = {.path = path, .leading_empty = leading_empty, .now_ms = START_MS};
    struct vector_step *steps, *step;

    play.memory = mem_check(talloc_new(NULL));
    play.broker = broker_create(play.memory, &options, START_MS);
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
