/* SPDX-License-Identifier: Apache-2.0 */
/* test_log_why.c - which requests leave a line, and what stands for their trace */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "libcommon/base/id.h"
#include "libcommon/base/log_why.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SAMPLED "00-" TRACE "-b7ad6b7169203331-01"
#define UNSAMPLED "00-" TRACE "-b7ad6b7169203331-00"
#define ID "019336a0-0000-7000-8000-00000000000a" /* its random digits: 10 */

static void says_why(void **state)
{
    /* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): rows are read in this order */
    static const struct {
        struct log_limits limits;
        const char *id;
        bool traced;
        int64_t whole_ms;
        enum log_why why;
    } cases[] = {
        {{SETTING_OFF, SETTING_OFF}, ID, false, 3600000, LOG_WHY_NOT},
        {{500, SETTING_OFF}, ID, false, 499, LOG_WHY_NOT},
        {{500, SETTING_OFF}, ID, false, 500, LOG_WHY_SLOW},
        {{0, SETTING_OFF}, ID, false, 0, LOG_WHY_EACH},
        {{500, SETTING_OFF}, ID, true, 0, LOG_WHY_TRACED},
        {{500, SETTING_OFF}, ID, true, 500, LOG_WHY_SLOW},
        {{SETTING_OFF, 5}, ID, false, 0, LOG_WHY_SAMPLE},
        {{SETTING_OFF, 3}, ID, false, 0, LOG_WHY_NOT},
        {{SETTING_OFF, 1}, "", false, 0, LOG_WHY_NOT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(log_why(&cases[i].limits, cases[i].id, cases[i].traced, cases[i].whole_ms),
                         cases[i].why);
}

/* Each program that a request passes decides by itself, and alike. */
static void takes_one_in_so_many(void **state)
{
    const struct log_limits limits = {SETTING_OFF, 10};
    char id[ID_CHARS + 1];
    int taken = 0;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        id_new(id);
        taken += log_why(&limits, id, false, 0) == LOG_WHY_SAMPLE;
    }
    assert_in_range(taken, 700, 1300);
}

static void knows_a_trace(void **state)
{
    (void)state;
    assert_true(log_why_traced(SAMPLED));
    assert_false(log_why_traced(UNSAMPLED));
    assert_false(log_why_traced(""));
    assert_false(log_why_traced("01-" TRACE "-b7ad6b7169203331-01"));
    assert_string_equal(LOG_TRACE_ID(SAMPLED), TRACE);
    assert_string_equal(LOG_TRACE_ID(UNSAMPLED), TRACE);
    assert_string_equal(LOG_TRACE_ID(""), "");
    assert_string_equal(LOG_TRACE_ID("x\ny"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_why),
        cmocka_unit_test(takes_one_in_so_many),
        cmocka_unit_test(knows_a_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
