/* SPDX-License-Identifier: Apache-2.0 */
/* test_data_keys.c - the file of data keys grows while a service runs, and bears slips of the
 * hand */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "capture.h"
#include "libcommon/base/data_keys.h"
#include "tests/data_key.h"

#define DIGITS_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define DIGITS_2 "2222222222222222222222222222222222222222222222222222222222222222"
#define DIGITS_3 "3333333333333333333333333333333333333333333333333333333333333333"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define KEY_1 DIGITS_1 "\n"
#define KEY_2 DIGITS_2 "\n"

static void reads_keys_up_to_the_first_line_that_is_none(void **state)
{
    static const struct {
        const char *lines;
        int keys;
    } rows[] = {
        {KEY_1, 1},
        {DIGITS_1, 1},
        {KEY_1 KEY_2, 2},
        {KEY_1 DIGITS_2, 2},
        {DIGITS_1 "\r\n" DIGITS_2 "\r\n", 2},
        {DIGITS_1 DIGITS_2, 2}, /* the second was appended to a line without an end */
        {DIGITS_1 KEY_2 DIGITS_3, 3},
        {KEY_1 "\n" KEY_2 "\n", 2},
        {KEY_1 "22\n", 1},
        {KEY_1 "22\n" KEY_2, 1}, /* whose number is not known */
        {KEY_1 "x" KEY_2, 1},
        {KEY_1 DIGITS_2 "2\n", 1},
        {"", 0},
        {"\n", 0},
        {"11", 0},
        {"x" KEY_1, 0},
        {"11" KEY_1, 0},
        {KEY_1 KEY_1, 1}, /* nothing would be renewed */
        {KEY_1 KEY_2 DIGITS_1 DIGITS_2, 2},
        {ZEROS "\n", 0}, /* nobody's secret */
        {KEY_1 ZEROS, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(data_key_start_with(rows[i].lines, NULL), rows[i].keys > 0);
        assert_int_equal(data_keys_newest(), rows[i].keys);
    }
    assert_null(data_keys_find(0));
    assert_null(data_keys_find(-1));
    assert_null(data_keys_find(2));
}

/* Writes it over the file of /proc/self/fd/N, as an editor does. */
static void write_over(int file, const char *lines)
{
    assert_int_equal(ftruncate(file, 0), 0);
    assert_int_equal(pwrite(file, lines, strlen(lines), 0), strlen(lines));
}

static void takes_up_what_was_appended_and_keeps_what_it_had(void **state)
{
    int file;

    (void)state;
    assert_true(data_key_start_with(KEY_1, &file));
    struct data_key first = *data_keys_find(1);
    write_over(file, KEY_1 "2222\n"); /* half a key */
    assert_null(data_keys_find(2));
    assert_int_equal(data_keys_newest(), 1);
    write_over(file, KEY_1 KEY_2);
    assert_non_null(data_keys_find(2)); /* asked for by number, it looks at once */
    assert_int_equal(data_keys_newest(), 2);
    write_over(file, KEY_2 KEY_1 KEY_1); /* the first is another one now */
    assert_null(data_keys_find(3));
    write_over(file, "");
    assert_null(data_keys_find(3));
    assert_int_equal(data_keys_newest(), 2);
    assert_memory_equal(data_keys_find(1), &first, sizeof first);
    assert_memory_not_equal(first.seal, first.hash, sizeof first.seal);
}

static void start_without_a_key(void *unused)
{
    (void)unused;
    if (data_key_start_with("\n \n", NULL))
        exit(1);
}

static void says_that_there_is_no_key(void **state)
{
    struct capture capture;

    (void)state;
    capture_run(start_without_a_key, NULL, &capture);
    assert_int_equal(capture.exit_code, 0);
    assert_non_null(strstr(capture.err, "data_key_missing"));
}

static void start_with_two_and_a_slip(void *unused)
{
    (void)unused;
    if (!data_key_start_with(KEY_1 KEY_2 "secret\n", NULL))
        exit(1);
}

static void says_which_line_is_no_key_but_not_what_stands_there(void **state)
{
    struct capture capture;

    (void)state;
    capture_run(start_with_two_and_a_slip, NULL, &capture);
    assert_int_equal(capture.exit_code, 0);
    assert_non_null(strstr(capture.err, "data_key_unfit"));
    assert_non_null(strstr(capture.err, "line=3"));
    assert_null(strstr(capture.err, "secret"));
    assert_null(strstr(capture.err, DIGITS_1));
}

/* What a crash may leave of a line that was being appended. */
static void start_with_a_tail_of_zeros(void *unused)
{
    int file;

    (void)unused;
    if (!data_key_start_with(KEY_1, &file) || ftruncate(file, 2 * sizeof KEY_1) != 0 ||
        data_keys_find(2))
        exit(1);
}

static void says_that_there_is_something_behind_the_last_key(void **state)
{
    struct capture capture;

    (void)state;
    capture_run(start_with_a_tail_of_zeros, NULL, &capture);
    assert_int_equal(capture.exit_code, 0);
    assert_non_null(strstr(capture.err, "line=2"));
}

static void start_where_others_may_read(void *unused)
{
    int file;

    (void)unused;
    if (!data_key_start_with(KEY_1, &file) || fchmod(file, 0640) != 0)
        exit(1);
    write_over(file, KEY_1 KEY_2);
    if (!data_keys_find(2))
        exit(1);
}

static void says_that_others_may_read_it(void **state)
{
    struct capture capture;

    (void)state;
    capture_run(start_where_others_may_read, NULL, &capture);
    assert_int_equal(capture.exit_code, 0);
    assert_non_null(strstr(capture.err, "secret_exposed"));
    assert_non_null(strstr(capture.err, "mode=640"));
}

/* It would wait for whoever writes into it, before anything is in the log. */
static void start_with_a_pipe(void *unused)
{
    static const struct setting *const tables[] = {data_key_settings, NULL};
    char folder[] = "/tmp/jusha-data-keys-XXXXXX";
    static char path[64], setting[80];
    char *argv[] = {(char *)"test", setting, NULL};

    (void)unused;
    if (!mkdtemp(folder))
        exit(1);
    snprintf(path, sizeof path, "%s/pipe", folder);
    snprintf(setting, sizeof setting, "--data_key=%s", path);
    settings_load(2, argv, "", tables);
    bool started = mkfifo(path, 0600) != 0 || data_keys_start();
    unlink(path);
    rmdir(folder);
    exit(started);
}

static void waits_for_no_pipe(void **state)
{
    struct capture capture;

    (void)state;
    capture_run(start_with_a_pipe, NULL, &capture);
    assert_int_equal(capture.exit_code, 0);
    assert_non_null(strstr(capture.err, "data_key_missing"));
}

static void appends_a_key_to_a_line_of_its_own(void **state)
{
    char folder[] = "/tmp/jusha-data-keys-XXXXXX", path[64];
    struct stat status;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/registry.data_key", folder);
    assert_int_equal(data_keys_append(path), STATUS_OK);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(status.st_size, 65);
    assert_int_equal(truncate(path, 64), 0); /* as a hand leaves it */
    assert_int_equal(data_keys_append(path), STATUS_OK);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 130);
    for (int keys = 2; keys < DATA_KEYS_MAX; keys++)
        assert_int_equal(data_keys_append(path), STATUS_OK);
    assert_int_equal(data_keys_append(path), STATUS_RESOURCE_EXHAUSTED);
    int file = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(file, "2222", 4), 4); /* no key behind it would count */
    close(file);
    assert_int_equal(data_keys_append(path), STATUS_FAILED_PRECONDITION);
    unlink(path);
    rmdir(folder);
    assert_int_equal(data_keys_append(path), STATUS_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_keys_up_to_the_first_line_that_is_none),
        cmocka_unit_test(takes_up_what_was_appended_and_keeps_what_it_had),
        cmocka_unit_test(says_that_there_is_no_key),
        cmocka_unit_test(says_which_line_is_no_key_but_not_what_stands_there),
        cmocka_unit_test(says_that_there_is_something_behind_the_last_key),
        cmocka_unit_test(says_that_others_may_read_it),
        cmocka_unit_test(waits_for_no_pipe),
        cmocka_unit_test(appends_a_key_to_a_line_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
