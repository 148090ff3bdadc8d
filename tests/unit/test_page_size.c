/* SPDX-License-Identifier: Apache-2.0 */
/* test_page_size.c - how many events are asked for where some do not come in time */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "libcommon/base/page_size.h"

enum { MOST = 256 };

static void asks_for_less_until_it_is_one(void **state)
{
    uint32_t events = MOST;
    int tries = 0;

    (void)state;
    for (; events > 1; tries++)
        events =
            page_size_next(events, MOST, tries % 2 ? STATUS_UNKNOWN : STATUS_DEADLINE_EXCEEDED);
    assert_in_range(tries, 2, 8);
    assert_int_equal(page_size_next(1, MOST, STATUS_UNKNOWN), 1);
}

static void asks_for_more_again_little_by_little(void **state)
{
    uint32_t events = 1;
    int pages = 0;

    (void)state;
    for (; events < MOST; pages++) {
        uint32_t next = page_size_next(events, MOST, STATUS_OK);
        assert_in_range(next, events + 1, events + events / 2 + 1);
        events = next;
    }
    assert_in_range(pages, 10, 100);
    assert_int_equal(page_size_next(MOST, MOST, STATUS_OK), MOST);
}

static void says_nothing_by_a_refusal(void **state)
{
    (void)state;
    assert_int_equal(page_size_next(64, MOST, STATUS_UNAVAILABLE), 64);
    assert_int_equal(page_size_next(64, MOST, STATUS_FAILED_PRECONDITION), 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_less_until_it_is_one),
        cmocka_unit_test(asks_for_more_again_little_by_little),
        cmocka_unit_test(says_nothing_by_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
