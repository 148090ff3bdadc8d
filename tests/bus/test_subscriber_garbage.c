/* SPDX-License-Identifier: Apache-2.0 */
/* test_subscriber_garbage.c - what is no journal's page and no event is dropped, and the rest comes
 * all the same */
#include "journal_peer.h"

#include <string.h>

#include "libcommon/base/mem.h"

static void refuses_a_page_that_is_not_in_order(void **state)
{
    static const struct {
        const char *why;
        int64_t seqs[5];
    } table[] = {
        {"a hole", {1, 2, 4}},
        {"a double", {1, 2, 2}},
        {"backwards", {2, 1}},
        {"from before", {1, 2, 3, 1}},
    };
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];
    struct subscriber_event event;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        journal->head = 5;
        journal->bad_page = journal_page(stage->bed->memory, journal, table[i].seqs);
        stage_subscribe(stage, 1, NULL, 0);
        if (stage_next(stage, &event) != STATUS_INTERNAL)
            fail_msg("took a page with %s", table[i].why);
        expect_recovery(stage, 1); /* it asks again */
        expect_events(stage, journal, 2, 5);
        expect_caught_up(stage); /* no question is under way */
    }
}

static void refuses_a_page_of_garbage(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } table[] = {
        {"\x0a", 1},
        {"\x0a\x05"
         "ab",
         4},
        {"\xff\xff\xff\xff", 4},
        {"\x0a\x00", 2},
        {"\x12\x03"
         "ab",
         4},
        {"garbage", 7},
        {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11},
        {"\x0a\x0e\x2a\x0c\x0a\x08sequence\x12\x00", 16}, /* an attribute without a value */
    };
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];
    struct subscriber_event event;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        journal->head = 2;
        journal->bad_page = (ProtobufCBinaryData){
            table[i].size, mem_copy(stage->bed->memory, table[i].bytes, table[i].size)};
        stage_subscribe(stage, 1, NULL, 0);
        if (stage_next(stage, &event) != STATUS_INTERNAL)
            fail_msg("row %zu was taken", i);
        expect_recovery(stage, 1);
        expect_events(stage, journal, 2, 2);
        expect_caught_up(stage);
    }
}

/* A page whose numbers are right and whose second event is no CloudEvent. */
static void goes_on_behind_an_event_that_cannot_be_read(void **state)
{
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];
    struct subscriber_event event;

    journal->head = 3;
    journal->bad_page = journal_page(stage->bed->memory, journal, (int64_t[]){1, 2, 3, 0});
    size_t size = journal->bad_page.len / 3;
    uint8_t *second = journal->bad_page.data + size;

    for (size_t i = 0; i + 4 < size; i++)
        if (memcmp(second + i, "1.0", 3) == 0)
            second[i] = 0xff; /* no UTF-8 */
    stage_subscribe(stage, 1, NULL, 0);
    expect_events(stage, journal, 1, 1);
    assert_int_equal(stage_next(stage, &event), STATUS_INTERNAL);
    expect_events(stage, journal, 2, 3);
}

static void drops_live_garbage(void **state)
{
#define BYTES(text)                                                                                \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }
    static const struct {
        const char *bytes;
        size_t size;
    } table[] = {
        BYTES(""),
        BYTES("xiasha/registry/"), /* no NUL */
        BYTES("xiasha/registry/\0\xff\xff"),
        BYTES("xiasha/registry/UnitRegistered"),
        BYTES("xiasha/registry/UnitRegistered\0"),
        BYTES("xiasha/registry/UnitRegistered\0garbage"),
        BYTES("xiasha/registry/UnitRegistered\0\x2a\x24\x0a\x08sequence\x12\x18\x1a\x16"
              "0000000000000000000001"), /* 22 digits */
        BYTES("xiasha/registry/UnitRegistered\0\x2a\x22\x0a\x08sequence\x12\x16\x1a\x14"
              "99999999999999999999"), /* beyond 2^63 */
        BYTES("\x01xiasha/registry/"), /* a follower's word */
        BYTES("\x1f"),
        BYTES("\x11xiasha/registry/"), /* no NUL */
        BYTES("\x11xiasha/registry/\0\xff\xff"),
        BYTES("\x13more"),
        BYTES("\x15xiasha/registry/\0\xff\xff"),
    };
    struct stage *stage = *state;
    struct journal *journal = &stage->journal[0];

    stage_subscribe(stage, 1, NULL, 0);
    wait_subscribed(stage, 1);
    expect_caught_up(stage);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        peer_say(&stage->bed->peer[0], table[i].bytes, table[i].size);
    journal->head = 1;
    publish(stage, 0, journal, 1);
    expect_events(stage, journal, 1, 1);
    expect_caught_up(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        stage_test(refuses_a_page_that_is_not_in_order),
        stage_test(refuses_a_page_of_garbage),
        stage_test(goes_on_behind_an_event_that_cannot_be_read),
        stage_test(drops_live_garbage),
    };
    return cmocka_run_group_tests_name("subscriber_garbage", tests, NULL, NULL);
}
