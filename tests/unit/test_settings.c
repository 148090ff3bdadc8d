/* SPDX-License-Identifier: Apache-2.0 */
/* test_settings.c - what an operator sets, and what he is told when it is wrong */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "capture.h"
#include "libcommon/base/settings.h"

static const char *host;
static int64_t threads;
static int64_t offset;
static bool verbose;
static int64_t colour, slow_ms;

static const struct setting network_settings[] = {
    {"broker_host", SETTING_TEXT, &host, "127.0.0.1", 1, 20, "", "where the broker is"},
    {0},
};
static const struct setting work_settings[] = {
    {"work_threads", SETTING_INT, &threads, "4", 1, 64, "threads", "how many work at a time"},
    {"clock_offset", SETTING_INT, &offset, NULL, -5, 5, "s", "added to the clock"},
    {"verbose", SETTING_BOOL, &verbose, "no", 0, 0, NULL, "say more"},
    {"colour", SETTING_WORD, &colour, "red", 0, 0, "red|green|blue", "of the door"},
    {"slow_ms", SETTING_LIMIT, &slow_ms, "500", 0, 60000, "ms", "what is slow"},
    {0},
};
static const struct setting *const tables[] = {network_settings, work_settings, NULL};

struct start {
    const char *arguments[6];
    const char *environment[4][2];
};

static void start_program(void *argument)
{
    const struct start *start = argument;
    char *argv[8] = {(char[]){"program"}};
    int argc = 1;

    for (; start->arguments[argc - 1]; argc++)
        argv[argc] = strdup(start->arguments[argc - 1]);
    for (int i = 0; start->environment[i][0]; i++)
        setenv(start->environment[i][0], start->environment[i][1], 1);
    settings_load(argc, argv, "program - does nothing", tables);
    printf("host=%s threads=%" PRId64 " offset=%" PRId64 " verbose=%d\n", host, threads, offset,
           verbose);
    for (int i = 1; i < argc; i++)
        free(argv[i]);
}

static struct capture capture;

static void takes_the_command_line_then_the_environment_then_the_initial(void **state)
{
    static const struct {
        struct start start;
        const char *out;
    } cases[] = {
        {{{"--clock_offset=0"}, {{0}}}, "host=127.0.0.1 threads=4 offset=0 verbose=0\n"},
        {{{"--clock_offset=-5", "--verbose=yes"},
          {{"JUSHA_WORK_THREADS", "64"}, {"JUSHA_VERBOSE", "false"}}},
         "host=127.0.0.1 threads=64 offset=-5 verbose=1\n"},
        {{{"--work_threads", "1"},
          {{"JUSHA_WORK_THREADS", "x"}, {"JUSHA_CLOCK_OFFSET", "5"}, {"JUSHA_BROKER_HOST", "b"}}},
         "host=b threads=1 offset=5 verbose=0\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        capture_run(start_program, (void *)&cases[i].start, &capture);
        assert_string_equal(capture.err, "");
        assert_string_equal(capture.out, cases[i].out);
        assert_int_equal(capture.exit_code, 0);
    }
}

static void print_words(void *argument)
{
    const struct start *start = argument;
    char *argv[] = {(char[]){"program"}, (char[]){"--clock_offset=0"}, strdup(start->arguments[0]),
                    strdup(start->arguments[1])};

    settings_load(4, argv, "program - does nothing", tables);
    printf("colour=%" PRId64 " slow_ms=%" PRId64 "\n", colour, slow_ms);
    free(argv[2]);
    free(argv[3]);
}

static void takes_one_of_some_words_and_a_number_or_off(void **state)
{
    static const struct {
        struct start start;
        const char *out;
    } cases[] = {
        {{{"--colour=red", "--slow_ms=0"}, {{0}}}, "colour=0 slow_ms=0\n"},
        {{{"--colour=blue", "--slow_ms=off"}, {{0}}}, "colour=2 slow_ms=9223372036854775807\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        capture_run(print_words, (void *)&cases[i].start, &capture);
        assert_string_equal(capture.err, "");
        assert_string_equal(capture.out, cases[i].out);
    }
}

static void refuses_a_wrong_value_in_one_line_with_name_and_range(void **state)
{
    static const struct {
        struct start start;
        const char *told[3];
    } cases[] = {
        {{{"--work_threads=0"}, {{0}}}, {"work_threads", "\"0\"", "1-64 threads"}},
        {{{"--work_threads=65"}, {{0}}}, {"work_threads", "\"65\"", "1-64 threads"}},
        {{{"--work_threads="}, {{0}}}, {"work_threads", "\"\"", "1-64 threads"}},
        {{{"--work_threads=4x"}, {{0}}}, {"work_threads", "\"4x\"", "1-64"}},
        {{{"--work_threads= 4"}, {{0}}}, {"work_threads", "\" 4\"", "1-64"}},
        {{{"--work_threads=+4"}, {{0}}}, {"work_threads", "\"+4\"", "1-64"}},
        {{{"--work_threads=0x4"}, {{0}}}, {"work_threads", "\"0x4\"", "1-64"}},
        {{{"--work_threads=99999999999999999999"}, {{0}}}, {"work_threads", "9999", "1-64"}},
        {{{"--work_threads=4\n4"}, {{0}}}, {"work_threads", "4\\n4", "1-64"}},
        {{{NULL}, {{"JUSHA_WORK_THREADS", "many"}}}, {"JUSHA_WORK_THREADS", "\"many\"", "1-64"}},
        {{{"--broker_host="}, {{0}}}, {"broker_host", "\"\"", "1-20 bytes"}},
        {{{"--broker_host=aaaaaaaaaabbbbbbbbbbc"}, {{0}}}, {"broker_host", "bbc", "1-20 bytes"}},
        {{{"--clock_offset=1", "--verbose=maybe"}, {{0}}}, {"verbose", "\"maybe\"", "yes or no"}},
        {{{NULL}, {{0}}}, {"clock_offset", "not set", "-5-5 s"}},
        {{{"--clock_offset=1", "--colour=gree"}, {{0}}}, {"colour", "\"gree\"", "red|green|blue"}},
        {{{"--clock_offset=1", "--colour=red|green"}, {{0}}}, {"colour", "red|green", "must be"}},
        {{{"--clock_offset=1", "--colour="}, {{0}}}, {"colour", "\"\"", "red|green|blue"}},
        {{{"--clock_offset=1", "--slow_ms=60001"}, {{0}}}, {"slow_ms", "60001", "ms or off"}},
        {{{"--clock_offset=1", "--slow_ms=Off"}, {{0}}}, {"slow_ms", "Off", "0-60000 ms or off"}},
        {{{"--clock_offset=1", "--log_format=xml"}, {{0}}}, {"log_format", "xml", "logfmt|json"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        capture_run(start_program, (void *)&cases[i].start, &capture);
        assert_int_equal(capture.exit_code, 2);
        assert_string_equal(capture.out, "");
        for (int j = 0; j < 3; j++)
            if (!strstr(capture.err, cases[i].told[j]))
                fail_msg("'%s' is not in: %s", cases[i].told[j], capture.err);
        assert_ptr_equal(strchr(capture.err, '\n'), capture.err + strlen(capture.err) - 1);
    }
}

static void refuses_options_and_arguments_that_it_does_not_know(void **state)
{
    static const struct start starts[] = {
        {{"--no_such_thing=1", "--clock_offset=0"}, {{0}}},
        {{"-x", "--clock_offset=0"}, {{0}}},
        {{"--clock_offset=0", "stray"}, {{0}}},
        {{"--clock_offset"}, {{0}}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        capture_run(start_program, (void *)&starts[i], &capture);
        assert_int_equal(capture.exit_code, 2);
        assert_string_equal(capture.out, "");
        assert_true(strlen(capture.err) > 0);
    }
}

static void shows_every_setting_with_range_default_and_environment_name(void **state)
{
    static const char *const told[] = {
        "does nothing",       "--broker_host", "127.0.0.1",   "JUSHA_BROKER_HOST", "--work_threads",
        "how many work at a", "1-64 threads",  "must be set", "JUSHA_VERBOSE",
    };
    /* A wrong environment must not keep --help from helping. */
    static const struct start start = {{"--help"}, {{"JUSHA_WORK_THREADS", "wrong"}}};

    (void)state;
    capture_run(start_program, (void *)&start, &capture);
    assert_int_equal(capture.exit_code, 0);
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        if (!strstr(capture.out, told[i]))
            fail_msg("'%s' is not in: %s", told[i], capture.out);
}

static void tells_its_version(void **state)
{
    static const struct start start = {{"--version"}, {{0}}};

    (void)state;
    capture_run(start_program, (void *)&start, &capture);
    assert_int_equal(capture.exit_code, 0);
    assert_non_null(strstr(capture.out, "program (jusha) 0."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_command_line_then_the_environment_then_the_initial),
        cmocka_unit_test(takes_one_of_some_words_and_a_number_or_off),
        cmocka_unit_test(refuses_a_wrong_value_in_one_line_with_name_and_range),
        cmocka_unit_test(refuses_options_and_arguments_that_it_does_not_know),
        cmocka_unit_test(shows_every_setting_with_range_default_and_environment_name),
        cmocka_unit_test(tells_its_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
