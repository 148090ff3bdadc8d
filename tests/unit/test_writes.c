/* SPDX-License-Identifier: Apache-2.0 */
/* test_writes.c - what counts as a database that takes nothing, and who tries then */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "libcommon/base/clock.h"
#include "libcommon/service/database/writes.h"

enum { WAIT_MS = 30000, LOOK_US = 1000 };

static void only_want_of_room_concerns_everybody(void **state)
{
    static const struct {
        const char *sqlstate;
        bool fails;
    } rows[] = {
        {"53100", true},  {"53200", true},  {"58030", true},  {"55P03", false}, {"40P01", false},
        {"57014", false}, {"23505", false}, {"22003", false}, {"08006", false}, {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        writes_failed(rows[i].sqlstate);
        if (writes_fail() != rows[i].fails)
            fail_msg("%s", rows[i].sqlstate);
        writes_succeeded();
        assert_false(writes_fail());
    }
}

static void one_tries_a_second_while_they_fail(void **state)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(writes_may_try());
    writes_failed("53100");
    assert_false(writes_may_try());
    while (!writes_may_try()) {
        assert_true(clock_monotonic_ms() < until);
        usleep(LOOK_US);
    }
    assert_false(writes_may_try()); /* that was its turn */
    assert_true(writes_fail());
    writes_succeeded();
    for (int i = 0; i < 3; i++)
        assert_true(writes_may_try());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_want_of_room_concerns_everybody),
        cmocka_unit_test(one_tries_a_second_while_they_fail),
    };

    return cmocka_run_group_tests_name("writes", tests, NULL, NULL);
}
