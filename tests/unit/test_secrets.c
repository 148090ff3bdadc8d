/* SPDX-License-Identifier: Apache-2.0 */
/* test_secrets.c - a process that guards its secrets leaves nothing behind */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "capture.h"
#include "libcommon/base/secrets.h"

static void look_behind_the_guard(void *argument)
{
    struct rlimit core;

    (void)argument;
    secrets_guard();
    assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
    assert_int_equal(core.rlim_cur, 0);
    assert_int_equal(core.rlim_max, 0);
#if !defined __SANITIZE_ADDRESS__ && !defined __clang__ /* whose sanitizer looks into it */
    assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
#endif
    assert_int_equal(umask(0), 077);
}

static void makes_no_dumps_and_no_files_for_others(void **state)
{
    static struct capture capture;

    (void)state;
    capture_run(look_behind_the_guard, NULL, &capture);
    assert_int_equal(capture.exit_code, 0);
}

static void overwrites_what_it_forgets(void **state)
{
    char secret[64], nothing[sizeof secret] = {0};

    (void)state;
    memset(secret, 's', sizeof secret);
    secrets_lock(secret, sizeof secret);
    assert_int_equal(secret[0], 's');
    secrets_forget(secret, sizeof secret);
    assert_memory_equal(secret, nothing, sizeof secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_no_dumps_and_no_files_for_others),
        cmocka_unit_test(overwrites_what_it_forgets),
    };

    return cmocka_run_group_tests_name("secrets", tests, NULL, NULL);
}
