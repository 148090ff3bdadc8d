/* SPDX-License-Identifier: Apache-2.0 */
/* test_db_clock.c - when this process's clock and the database's count as apart */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "libcommon/service/database/db_clock.h"

enum { HOUR_MS = 3600 * 1000, NOON_MS = 43200000, UP_MS = 5000 };

static void measures_only_what_the_wait_for_the_answer_cannot_explain(void **state)
{
    static const struct {
        const char *what;
        int64_t took_ms, server_ms, ahead_ms;
    } rows[] = {
        {"the same", 0, NOON_MS, 0},
        {"asked, then looked, then answered", 10, NOON_MS + 4, 0},
        {"as it was asked", 10, NOON_MS, 0},
        {"as it was answered", 10, NOON_MS + 10, 0},
        {"we are ahead", 10, NOON_MS - 70000, 70000},
        {"we are behind", 10, NOON_MS + 70000, -69990},
        {"we were stopped while it answered", 100000, NOON_MS + 90000, 0},
        {"we are far ahead", 10, 0, NOON_MS},
        {"we are far behind", 10, NOON_MS + INT64_C(40) * 24 * HOUR_MS,
         10 - INT64_C(40) * 24 * HOUR_MS},
    };
    const struct clock_reading asked = {NOON_MS, UP_MS};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (db_clock_difference(asked, UP_MS + rows[i].took_ms, rows[i].server_ms) !=
            rows[i].ahead_ms)
            fail_msg("%s", rows[i].what);
}

/* As if a server had been asked when both clocks stood there: since then ours was set by so
 * much. */
static void set_since_it_was_right(int64_t by_ms)
{
    struct clock_reading then = db_clock_read();

    then.unix_ms -= by_ms;
    db_clock_compare(then, then.unix_ms);
}

static void notices_a_clock_that_was_set(void **state)
{
    static const struct {
        int64_t by_ms;
        bool is_off;
    } rows[] = {
        {0, false},     {50000, false},  {-50000, false},  {70000, true},
        {-70000, true}, {HOUR_MS, true}, {-HOUR_MS, true}, {INT64_C(400) * 24 * HOUR_MS, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        set_since_it_was_right(rows[i].by_ms);
        assert_in_range(db_clock_ahead_ms() - rows[i].by_ms + 5000, 0, 10000);
        assert_int_equal(db_clock_is_off(), rows[i].is_off);
    }
}

/* Whatever the server says: both go by one clock, often. */
static void believes_no_year_that_lies_beside_those_of_the_contract(void **state)
{
    static const struct {
        int64_t unix_s;
        bool is_believable;
    } rows[] = {
        {INT64_MIN / 1000, false},    {0, false}, /* a machine that has no battery */
        {INT64_C(63071999), false},               /* 1971-12-31 */
        {INT64_C(63072000), true},                /* 1972-01-01 */
        {INT64_C(1798761600), true},              /* 2027-01-01 */
        {INT64_C(6626966399), true},              /* 2179-12-31 */
        {INT64_C(6626966400), false},             /* 2180-01-01 */
        {INT64_C(7258118400), false},             /* 2200-01-01 */
        {INT64_C(1) << 50, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (db_clock_is_believable(rows[i].unix_s * 1000) != rows[i].is_believable)
            fail_msg("row %zu", i);
}

static void believes_the_server_that_it_asks_again(void **state)
{
    struct clock_reading now = db_clock_read();

    (void)state;
    set_since_it_was_right(HOUR_MS); /* as after a machine slept */
    assert_true(db_clock_is_off());
    db_clock_compare(now, now.unix_ms);
    assert_false(db_clock_is_off());
    db_clock_compare(now, now.unix_ms - HOUR_MS);
    assert_true(db_clock_is_off());
}

static void asks_at_will_while_it_agrees_and_seldom_while_it_does_not(void **state)
{
    int asked = 0;

    (void)state;
    set_since_it_was_right(0);
    for (int i = 0; i < 1000; i++)
        assert_true(db_clock_may_ask());
    set_since_it_was_right(HOUR_MS);
    for (int i = 0; i < 1000; i++)
        asked += db_clock_may_ask();
    assert_in_range(asked, 1, 999);
    set_since_it_was_right(0);
    assert_true(db_clock_may_ask());
}

static void is_right_before_any_server_was_asked(void **state)
{
    (void)state;
    assert_int_equal(db_clock_ahead_ms(), 0);
    assert_false(db_clock_is_off());
    assert_true(db_clock_may_ask());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            is_right_before_any_server_was_asked), /* the first: the clock is the process's */
        cmocka_unit_test(measures_only_what_the_wait_for_the_answer_cannot_explain),
        cmocka_unit_test(notices_a_clock_that_was_set),
        cmocka_unit_test(believes_no_year_that_lies_beside_those_of_the_contract),
        cmocka_unit_test(believes_the_server_that_it_asks_again),
        cmocka_unit_test(asks_at_will_while_it_agrees_and_seldom_while_it_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
