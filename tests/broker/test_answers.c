/* SPDX-License-Identifier: Apache-2.0 */
/* test_answers.c - finals of a worker with credit that are no good Answer */
#include <string.h>

#include "tests/broker/story.h"

#define BYTES(text)                                                                                \
    {                                                                                              \
        sizeof(text) - 1, (uint8_t *)(text)                                                        \
    }

static void drops_finals_that_are_no_answer(void **state)
{
    static const struct {
        size_t count;
        ProtobufCBinaryData frame[4];
        unsigned malformed, stale;
    } rows[] = {
        {0, {{0}}, 1, 0},
        {1, {BYTES("\xff")}, 1, 0},                           /* no protobuf */
        {1, {BYTES("\x0a\x10")}, 1, 0},                       /* a ticket that is cut short */
        {1, {BYTES("\x08\x01")}, 1, 0},                       /* a ticket that is a number */
        {2, {BYTES("\x0a\x01t"), BYTES("x")}, 1, 0},          /* one frame too many */
        {4, {BYTES("t"), {0}, BYTES("h"), BYTES("p")}, 1, 0}, /* as a plain worker */
        {1, {{0}}, 0, 1},                                     /* an Answer without ticket */
        {1, {BYTES("\x0a\x01t\x12\x01h")}, 0, 1},             /* with a short one */
    };
    struct story *story = *state;

    ready(story, "w1", "registry", "1");
    ask_street(story, 1, "registry@xiasha");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct broker_counters before = *broker_counters(story->broker);

        finish_raw(story, "w1", rows[i].frame, rows[i].count);
        assert_no_reply(story);
        assert_counter(story, malformed, before.malformed + rows[i].malformed);
        assert_counter(story, stale_finals, before.stale_finals + rows[i].stale);
    }
    finish(story, "w1");
    assert_reply(story, "c", STATUS_OK, NULL);
}

static void tells_the_caller_of_an_answer_without_header(void **state)
{
    struct story *story = *state;
    uint8_t bytes[2 + STORY_TICKET] = {0x0a, STORY_TICKET};

    ready(story, "w1", "registry", "1");
    ask_street(story, 1, "registry@xiasha");
    memcpy(bytes + 2, story->held[0].ticket, STORY_TICKET);
    finish_raw(story, "w1", &(ProtobufCBinaryData){sizeof bytes, bytes}, 1);
    assert_reply(story, "c", STATUS_UNKNOWN, "reply");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(drops_finals_that_are_no_answer),
        story_test(tells_the_caller_of_an_answer_without_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
