/* SPDX-License-Identifier: Apache-2.0 */
/* test_language.c - Chinese sentences take what the English ones take; terminals of any width */
#include <poll.h>
#include <printf.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "language/language.h"
#include "libcommon/base/clock.h"
#include "terminal.h"

enum { ARGS_MAX = 8, COLUMNS = 50, SEEN_BYTES = 4096, LIMIT_MS = 20000 };

static void takes_the_same_arguments_in_both_languages(void **state)
{
    static const struct sentence *const tables[] = {sentences_said, sentences_of_help};

    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        for (const struct sentence *row = tables[i]; row->english != NULL; row++) {
            int english[ARGS_MAX], chinese[ARGS_MAX];
            size_t count = parse_printf_format(row->english, ARGS_MAX, english);

            if (count != parse_printf_format(row->chinese, ARGS_MAX, chinese) ||
                memcmp(english, chinese, count * sizeof *english) != 0)
                fail_msg("%s: other arguments", row->english);
        }
    }
}

static void speaks_english_where_there_is_no_chinese(void **state)
{
    (void)state;
    setenv("LC_ALL", "zh_CN.UTF-8", 1);
    assert_string_equal(speak("a subcommand is missing"), "缺少子命令");
    assert_string_equal(speak("nobody ever said this"), "nobody ever said this");
    assert_string_equal(speak_rule("booked"), "该时段已被占用");
    assert_null(speak_rule("unheard_of"));
    setenv("LC_ALL", "C", 1);
    assert_string_equal(speak("a subcommand is missing"), "a subcommand is missing");
    assert_null(speak_rule("booked"));
}

static void breaks_lines_where_their_language_allows(void **state)
{
    static const struct {
        const char *text, *wrapped;
    } cases[] = {
        {"one two three four five six", "one two three four\nfive six\n"},
        {"街道党建共建办公室安排志愿服务", "街道党建共建办公室\n安排志愿服务\n"},
        {"indivisible-word-of-30-columns", "indivisible-word-\nof-30-columns\n"},
        {"", "\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *wrapped = NULL;
        size_t size;
        FILE *out = open_memstream(&wrapped, &size);

        terminal_wrap(out, cases[i].text, 20, 0, 0);
        fclose(out);
        assert_string_equal(wrapped, cases[i].wrapped);
        free(wrapped);
    }
}

/* What is drawn in place of the last line has to fit a line. */
static void draws_a_bar_that_fits(void **state)
{
    const struct winsize narrow = {.ws_row = 24, .ws_col = COLUMNS};
    int master, slave, kept = dup(STDERR_FILENO);
    char seen[SEEN_BYTES] = "";
    int64_t end_ms = clock_monotonic_ms() + LIMIT_MS;

    (void)state;
    assert_int_equal(openpty(&master, &slave, NULL, NULL, &narrow), 0);
    dup2(slave, STDERR_FILENO);
    struct progress *progress = progress_new(NULL, "志愿者.csv 与很长很长的名称", 1000000);
    struct pollfd drawn = {.fd = master, .events = POLLIN};
    while (poll(&drawn, 1, 10) == 0 && clock_monotonic_ms() < end_ms)
        progress_step(progress);
    ssize_t size = read(master, seen, sizeof seen - 1);
    dup2(kept, STDERR_FILENO);
    close(kept);
    progress_destroy(&progress);
    close(slave);
    close(master);

    assert_true(size > 0);
    seen[strcspn(seen, "\033")] = '\0';
    assert_non_null(strchr(seen, '['));
    assert_true(terminal_width(seen + strlen("\r")) < COLUMNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_same_arguments_in_both_languages),
        cmocka_unit_test(speaks_english_where_there_is_no_chinese),
        cmocka_unit_test(breaks_lines_where_their_language_allows),
        cmocka_unit_test(draws_a_bar_that_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
