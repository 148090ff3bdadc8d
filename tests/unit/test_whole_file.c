/* SPDX-License-Identifier: Apache-2.0 */
/* test_whole_file.c - files that are written whole or not at all */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "libcommon/base/whole_file.h"

static char folder[40], path[60];

static int folder_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", "/tmp/jusha-whole-file-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int folder_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails where a temporary file was left */
}

static void assert_file(const char *text, mode_t mode)
{
    char read[100] = "";
    FILE *file = fopen(path, "r");
    struct stat about;

    assert_non_null(file);
    read[fread(read, 1, sizeof read - 1, file)] = '\0';
    assert_int_equal(fstat(fileno(file), &about), 0);
    fclose(file);
    assert_string_equal(read, text);
    assert_int_equal(about.st_mode & 07777, mode);
}

static void makes_what_is_not_there_only(void **state)
{
    (void)state;
    assert_true(whole_file_make(path, "one", 0640));
    assert_file("one", 0640);
    assert_false(whole_file_make(path, "two", 0600));
    assert_int_equal(errno, EEXIST);
    assert_file("one", 0640);
}

static void replaces_what_is_there(void **state)
{
    (void)state;
    assert_true(whole_file_replace(path, "one", 0600));
    assert_true(whole_file_replace(path, "", 0644));
    assert_file("", 0644);
}

/* A file may not grow beyond two bytes: as a disk that is full after them. */
static void keeps_the_old_one_on_a_full_disk(void **state)
{
    struct rlimit before, small;

    (void)state;
    assert_true(whole_file_replace(path, "old", 0644));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 2, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool replaced = whole_file_replace(path, "new text", 0644);
    int error = errno;

    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(replaced);
    assert_int_equal(error, EFBIG);
    assert_file("old", 0644);
}

static void says_that_there_is_no_such_folder(void **state)
{
    (void)state;
    assert_false(whole_file_replace("/no/such/folder/file", "x", 0644));
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_up, folder_down)
    const struct CMUnitTest tests[] = {
        in_folder(makes_what_is_not_there_only),
        in_folder(replaces_what_is_there),
        in_folder(keeps_the_old_one_on_a_full_disk),
        in_folder(says_that_there_is_no_such_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
