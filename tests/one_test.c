/* SPDX-License-Identifier: Apache-2.0 */
/*
 * one_test.c - JUSHA_TEST=NAME runs the tests of that name alone, in every program of tests
 *
 * NAME may have * and ?. A program without such a test is skipped, so that the name finds its
 * program: JUSHA_TEST='refuses_a_tick_*' meson test -C build. The linker puts this in front of
 * cmocka's own (--wrap, tests/meson.build).
 */
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { MESON_SKIPPED = 77 };

/* The names are the linker's. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
int __real__cmocka_run_group_tests(const char *group, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);
int __wrap__cmocka_run_group_tests(const char *group, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);

static bool has_test(const char *wanted, const struct CMUnitTest *tests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fnmatch(wanted, tests[i].name, 0) == 0)
            return true;
    return false;
}

int __wrap__cmocka_run_group_tests(const char *group, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown)
{
    const char *wanted = getenv("JUSHA_TEST"), *output = getenv("CMOCKA_MESSAGE_OUTPUT");

    if (wanted && !has_test(wanted, tests, count)) {
        printf("1..0 # SKIP no test here is named %s\n", wanted);
        return output && strcmp(output, "TAP") == 0 ? 0 : MESON_SKIPPED;
    }
    if (wanted)
        cmocka_set_test_filter(wanted);
    return __real__cmocka_run_group_tests(group, tests, count, setup, teardown);
}
/* NOLINTEND(bugprone-reserved-identifier) */
