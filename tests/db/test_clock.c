/* SPDX-License-Identifier: Apache-2.0 */
/* test_clock.c - a process whose clock is set looks at the server's again, and does nothing until
 * then */
#include "bed_registry.h"

#include "libcommon/base/clock.h"
#include "libcommon/service/database/db_clock.h"

enum { HOUR_MS = 3600 * 1000 };

/* As if ours had been right when the server was asked, and had been set by so much since. */
static void set_clock(int64_t by_ms)
{
    struct clock_reading then = db_clock_read();

    then.unix_ms -= by_ms;
    db_clock_compare(then, then.unix_ms);
}

/* There are few questions to a server whose clock is not ours, so it may take a moment. */
static void wait_until_open(struct bed *bed)
{
    int64_t until = clock_monotonic_ms() + 30000;

    while (!db_slot_open(&bed->slot))
        assert_true(clock_monotonic_ms() < until);
}

static void a_connection_knows_the_servers_time(void **state)
{
    struct bed *bed = *state;

    set_clock(HOUR_MS);
    wait_until_open(bed);
    assert_in_range(db_clock_ahead_ms() + 1000, 0, 2000); /* it is the same machine's */
}

static void a_connection_does_not_outlive_a_clock_that_was_set(void **state)
{
    static const int64_t sets_ms[] = {HOUR_MS, -HOUR_MS, INT64_C(40) * 24 * HOUR_MS};
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof sets_ms / sizeof *sets_ms; i++) {
        unsigned opened = bed->slot.opened;

        assert_true(db_slot_open(&bed->slot));
        assert_int_equal(bed->slot.opened, opened);
        set_clock(sets_ms[i]);
        assert_false(db_alive(bed->slot.db));
        wait_until_open(bed);
        assert_true(bed->slot.opened > opened);
        assert_true(db_alive(bed->slot.db));
        bed_ok(bed, "GetStreet", "{}");
    }
}

static void a_connection_outlives_a_clock_that_was_corrected_a_little(void **state)
{
    struct bed *bed = *state;
    unsigned opened = bed->slot.opened;

    set_clock(2000);
    assert_true(db_slot_open(&bed->slot));
    assert_int_equal(bed->slot.opened, opened);
}

/* Ids made now are of another time for it, but it is the one who is wrong. */
static void refuses_for_now_while_its_clock_is_off(void **state)
{
    static const int64_t sets_ms[] = {HOUR_MS, -HOUR_MS};
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof sets_ms / sizeof *sets_ms; i++) {
        set_clock(sets_ms[i]);
        struct call *call = bed_call(bed, "GetStreet", "{}");
        bed_assert_outcome(call, STATUS_UNAVAILABLE, "", "clock");
        bed_free(call);
        wait_until_open(bed);
        bed_ok(bed, "GetStreet", "{}");
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_connection_knows_the_servers_time),
        TEST(a_connection_does_not_outlive_a_clock_that_was_set),
        TEST(a_connection_outlives_a_clock_that_was_corrected_a_little),
        TEST(refuses_for_now_while_its_clock_is_off),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
