/* SPDX-License-Identifier: Apache-2.0 */
/* test_log.c - lines as an operator reads them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <unistr.h>

#include "capture.h"
#include "libcommon/base/log.h"

enum { THREADS = 4, LINES = 200 };

static struct capture capture;

static void log_one_of_each(void *argument)
{
    (void)argument;
    log_debug("hidden", "n=%d", 1);
    log_info("started", "port=%d name=%s", 5550, LOG_QUOTED("a \"b\"\\\n\x01z"));
    log_set_level(LOG_ERROR);
    log_warning("hidden", "n=%d", 2);
    log_error("broken", "reason=%s", LOG_QUOTED(NULL));
}

static void writes_logfmt_from_the_level_on(void **state)
{
    static const char expected[] =
        "^ts=[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "
        "level=info event=started port=5550 name=\"a \\\\\"b\\\\\"\\\\\\\\\\\\n\\\\x01z\"\n"
        "ts=[^ ]+ level=error event=broken reason=\"\"\n$";
    regex_t pattern;

    (void)state;
    capture_run(log_one_of_each, NULL, &capture);
    assert_int_equal(capture.exit_code, 0);
    assert_int_equal(regcomp(&pattern, expected, REG_EXTENDED | REG_NOSUB), 0);
    if (regexec(&pattern, capture.err, 0, NULL, 0) != 0)
        fail_msg("wrote %s", capture.err);
    regfree(&pattern);
}

static void log_long_line(void *argument)
{
    char text[6000];

    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "聚", 3);
    text[sizeof text - 3] = '\0';
    log_info("long", "%.*stext=%s", *(int *)argument, "abc", text);
}

static void cuts_a_long_line_at_a_character_and_ends_it(void **state)
{
    (void)state;
    for (int shift = 0; shift < 3; shift++) {
        capture_run(log_long_line, &shift, &capture);
        size_t bytes = strlen(capture.err);
        assert_in_range(bytes, 1990, 2000);
        assert_int_equal(capture.err[bytes - 1], '\n');
        assert_null(u8_check((uint8_t *)capture.err, bytes));
    }
}

static void quotes_at_most_200_bytes_and_no_half_character(void **state)
{
    char controls[300], wide[1200];

    (void)state;
    memset(controls, 1, sizeof controls - 1);
    controls[sizeof controls - 1] = '\0';
    assert_int_equal(strlen(LOG_QUOTED(controls)), 200 * 4 + 2);

    for (size_t i = 0; i < sizeof wide; i += 4)
        memcpy(wide + i, "𠮷", 4);
    wide[sizeof wide - 1] = '\0';
    assert_int_equal(strlen(LOG_QUOTED(wide + 4)), 202);
    for (int shift = 1; shift < 4; shift++) {
        wide[0] = wide[1] = wide[2] = wide[3] = 'x';
        const char *quoted = LOG_QUOTED(wide + shift);
        assert_in_range(strlen(quoted), 199, 202);
        assert_null(u8_check((const uint8_t *)quoted, strlen(quoted)));
    }
}

static void *log_many(void *argument)
{
    for (int i = 0; i < LINES / THREADS; i++)
        log_info("many", "thread=%s line=%d end", (const char *)argument, i);
    return NULL;
}

static void log_from_threads(void *argument)
{
    static char names[THREADS][2] = {"a", "b", "c", "d"};
    pthread_t threads[THREADS];

    (void)argument;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, log_many, names[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void never_mixes_lines_of_threads(void **state)
{
    int lines = 0;

    (void)state;
    capture_run(log_from_threads, NULL, &capture);
    for (char *line = strtok(capture.err, "\n"); line; line = strtok(NULL, "\n"), lines++) {
        assert_memory_equal(line, "ts=", 3);
        assert_string_equal(line + strlen(line) - 4, " end");
    }
    assert_int_equal(lines, LINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_logfmt_from_the_level_on),
        cmocka_unit_test(cuts_a_long_line_at_a_character_and_ends_it),
        cmocka_unit_test(quotes_at_most_200_bytes_and_no_half_character),
        cmocka_unit_test(never_mixes_lines_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
