/* SPDX-License-Identifier: Apache-2.0 */
/* test_id.c - UUIDv7: form, order, threads, and a clock that steps back */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/text.h"

static int64_t ahead_s; /* of the machine's clock; the test of a clock that steps back sets it */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);

    if (clock == CLOCK_REALTIME)
        now->tv_sec += ahead_s;
    return result;
}

enum { THREADS = 4, IDS_OF_A_THREAD = 20000, IDS = THREADS * IDS_OF_A_THREAD };

static void carries_version_variant_and_time(void **state)
{
    char id[ID_CHARS + 1];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t before = clock_unix_us() / 1000;
        id_new(id);
        assert_true(text_is_uuid(id));
        assert_int_equal(id[14], '7');
        assert_non_null(strchr("89ab", id[19]));
        assert_in_range(id_unix_ms(id), before, before + 1000);
    }
}

static void grows_within_the_process(void **state)
{
    char previous[ID_CHARS + 1], next[ID_CHARS + 1];

    (void)state;
    id_new(previous);
    for (int i = 0; i < 100000; i++) {
        id_new(next);
        assert_true(strcmp(previous, next) < 0);
        memcpy(previous, next, sizeof previous);
    }
}

static char made[IDS][ID_CHARS + 1];

static void *make_ids(void *argument)
{
    char(*mine)[ID_CHARS + 1] = argument;

    for (int i = 0; i < IDS_OF_A_THREAD; i++)
        id_new(mine[i]);
    return NULL;
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, ID_CHARS);
}

static void makes_no_id_twice_and_grows_in_every_thread(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, make_ids, made[(size_t)i * IDS_OF_A_THREAD]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 1; i < IDS; i++)
        assert_true(i % IDS_OF_A_THREAD == 0 || strcmp(made[i - 1], made[i]) < 0);
    /* 48 time and 26 counter bits alone must tell them apart: 19 characters and 4 after the dash.
     */
    qsort(made, IDS, sizeof made[0], compare_ids);
    for (int i = 1; i < IDS; i++)
        assert_true(memcmp(made[i - 1], made[i], 23) != 0);
}

static void differs_between_parent_and_child(void **state)
{
    char mine[ID_CHARS + 1], childs[ID_CHARS + 1] = "";
    int pipe_ends[2];

    (void)state;
    id_new(mine);
    assert_int_equal(pipe(pipe_ends), 0);
    pid_t child = fork();
    if (child == 0) {
        id_new(childs);
        _exit(write(pipe_ends[1], childs, sizeof childs) == sizeof childs ? 0 : 1);
    }
    id_new(mine);
    assert_int_equal(read(pipe_ends[0], childs, sizeof childs), sizeof childs);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    assert_string_not_equal(mine + 24, childs + 24); /* the random end */
}

static void grows_when_the_clock_steps_back_and_follows_when_it_is_set_back(void **state)
{
    char ahead[ID_CHARS + 1], next[ID_CHARS + 1];

    (void)state;
    ahead_s = 3600;
    id_new(ahead);
    ahead_s = 3590;
    id_new(next);
    assert_true(strcmp(ahead, next) < 0);
    ahead_s = 0;
    id_new(next);
    assert_in_range(id_unix_ms(next), clock_unix_us() / 1000 - 60000, clock_unix_us() / 1000);
}

static void reads_only_uuidv7_as_time(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"017f22e2-79b0-7cc3-98c4-dc0c0c07398f", 1645557742000}, /* of RFC 9562 */
        {"00000000-0000-7000-8000-000000000000", 0},
        {"ffffffff-ffff-7fff-bfff-ffffffffffff", 281474976710655},
        {"017f22e2-79b0-4cc3-98c4-dc0c0c07398f", -1},
        {"017f22e2-79b0-7cc3-c8c4-dc0c0c07398f", -1},
        {"017f22e2-79b0-7cc3-18c4-dc0c0c07398f", -1},
        {"017f22e2", -1},
        {"", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(id_unix_ms(cases[i].text), cases[i].ms);
}

static void turns_bytes_into_text_and_back(void **state)
{
    static const char text[] = "0123ABCD-4567-89ab-cdEF-0123456789aB";
    static const uint8_t expected[16] = {0x01, 0x23, 0xab, 0xcd, 0x45, 0x67, 0x89, 0xab,
                                         0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab};
    uint8_t bytes[16];
    char again[ID_CHARS + 1];

    (void)state;
    assert_int_equal(id_parse(text, bytes), 0);
    assert_memory_equal(bytes, expected, sizeof bytes);
    id_format(bytes, again);
    assert_string_equal(again, "0123abcd-4567-89ab-cdef-0123456789ab");
    for (size_t length = 0; length < ID_CHARS; length++) {
        char *cut = strndup(text, length); /* on the heap: reading beyond it would be seen */
        assert_int_equal(id_parse(cut, bytes), -1);
        free(cut);
    }
    assert_memory_equal(bytes, expected, sizeof bytes);
}

static void goes_on_behind_an_id_of_another_clock(void **state)
{
    static const char *const floors[] = {
        "01ffffff-ffff-7000-8000-000000000000", /* far ahead */
        "01ffffff-ffff-7fff-bfff-ffffffffffff", /* and its millisecond is used up */
        "01ffffff-ffff-7000-bfff-ffffffffffff",
    };
    char id[ID_CHARS + 1], last[ID_CHARS + 1];

    (void)state;
    for (size_t i = 0; i < sizeof floors / sizeof *floors; i++) {
        memcpy(last, floors[i], sizeof last);
        for (int k = 0; k < 1000; k++) {
            id_new_above(last, id);
            assert_true(strcmp(id, last) > 0);
            assert_true(id_unix_ms(id) >= id_unix_ms(last));
            memcpy(last, id, sizeof last);
        }
    }
    /* its own clock counts where that is enough, and where there is nothing to go by */
    id_new(last);
    id_new_above(last, id);
    assert_true(strcmp(id, last) > 0 && id_unix_ms(id) <= clock_unix_us() / 1000 + 1000);
    id_new_above("", id);
    assert_true(id_unix_ms(id) <= clock_unix_us() / 1000 + 1000);
    id_new_above("ffffffff-ffff-4fff-bfff-ffffffffffff", id); /* none of ours */
    assert_true(id_unix_ms(id) <= clock_unix_us() / 1000 + 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_on_behind_an_id_of_another_clock),
        cmocka_unit_test(carries_version_variant_and_time),
        cmocka_unit_test(grows_within_the_process),
        cmocka_unit_test(makes_no_id_twice_and_grows_in_every_thread),
        cmocka_unit_test(differs_between_parent_and_child),
        cmocka_unit_test(grows_when_the_clock_steps_back_and_follows_when_it_is_set_back),
        cmocka_unit_test(reads_only_uuidv7_as_time),
        cmocka_unit_test(turns_bytes_into_text_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
