/* SPDX-License-Identifier: Apache-2.0 */
/* test_connects.c - who may open a session, and when */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "libcommon/base/clock.h"
#include "libcommon/service/database/connects.h"

enum { WAIT_MS = 30000, LOOK_US = 1000 };

static void pauses_grow_by_chance_up_to_the_longest(void **state)
{
    static const struct {
        unsigned failures;
        uint32_t chance;
        int64_t pause_ms;
    } rows[] = {
        {1, 0, CONNECTS_PAUSE_MIN_MS / 2},
        {1, UINT32_MAX, CONNECTS_PAUSE_MIN_MS * 3 / 2 - 1},
        {2, 0, CONNECTS_PAUSE_MIN_MS},
        {3, 0, CONNECTS_PAUSE_MIN_MS * 2},
        {6, 0, CONNECTS_PAUSE_MAX_MS / 2},
        {7, 0, CONNECTS_PAUSE_MAX_MS / 2},
        {UINT32_MAX, 0, CONNECTS_PAUSE_MAX_MS / 2},
        {UINT32_MAX, UINT32_MAX, CONNECTS_PAUSE_MAX_MS * 3 / 2 - 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (connects_pause_ms(rows[i].failures, rows[i].chance) != rows[i].pause_ms)
            fail_msg("row %zu: %lld", i,
                     (long long)connects_pause_ms(rows[i].failures, rows[i].chance));
}

static void knows_what_a_server_has_room_for(void **state)
{
    static const struct {
        int wanted, most, taken;
        enum connects_room room;
    } rows[] = {
        {6, 197, 1, ROOM_ENOUGH},   {6, 6, 1, ROOM_ENOUGH},    {6, 6, 2, ROOM_SHORT},
        {6, 197, 192, ROOM_ENOUGH}, {6, 197, 193, ROOM_SHORT}, {6, 5, 1, ROOM_NEVER},
        {66, 47, 40, ROOM_NEVER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (connects_room(rows[i].wanted, rows[i].most, rows[i].taken) != rows[i].room)
            fail_msg("row %zu", i);
}

/* Returns how long it took until somebody may try. */
static int64_t wait_for_turn(void)
{
    int64_t began = clock_monotonic_ms();

    while (!connects_begin()) {
        assert_true(clock_monotonic_ms() < began + WAIT_MS);
        usleep(LOOK_US);
    }
    return clock_monotonic_ms() - began;
}

static void one_opens_at_a_time(void **state)
{
    (void)state;
    assert_true(connects_begin());
    assert_false(connects_begin());
    connects_end(true);
    assert_true(connects_begin());
    connects_end(true);
}

static void nobody_tries_before_the_pause_is_over(void **state)
{
    (void)state;
    for (int failures = 0; failures < 4; failures++) {
        wait_for_turn();
        connects_end(false);
        assert_false(connects_begin());
    }
    assert_true(wait_for_turn() > 0);
    connects_end(true);
    assert_true(connects_begin()); /* one that went well ends all pauses */
    connects_end(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_a_server_has_room_for),
        cmocka_unit_test(pauses_grow_by_chance_up_to_the_longest),
        cmocka_unit_test(one_opens_at_a_time),
        cmocka_unit_test(nobody_tries_before_the_pause_is_over),
    };

    return cmocka_run_group_tests_name("connects", tests, NULL, NULL);
}
