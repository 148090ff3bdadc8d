/* SPDX-License-Identifier: Apache-2.0 */
/* test_bucket.c - so many at once, so many in the long run, and when to come back */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "libcommon/base/bucket.h"

static const struct bucket_rate rate = {.per_second = 20, .burst = 100};

static int taken_at(struct bucket *bucket, int64_t now_us)
{
    int taken = 0;

    while (bucket_take(bucket, &rate, now_us, NULL))
        taken++;
    return taken;
}

static void gives_its_burst_at_once(void **state)
{
    struct bucket bucket = {0};

    (void)state;
    assert_int_equal(taken_at(&bucket, 1000000000), 100);
}

static void fills_at_its_rate_and_not_beyond(void **state)
{
    struct bucket bucket = {0};

    (void)state;
    taken_at(&bucket, 1000000000);
    assert_int_equal(taken_at(&bucket, 1001000000), 20);
    assert_int_equal(taken_at(&bucket, 9000000000), 100);
}

static void says_when_to_come_back(void **state)
{
    struct bucket bucket = {0};
    int64_t wait_ms = 0, now_us = 1000000000;

    (void)state;
    taken_at(&bucket, now_us);
    assert_false(bucket_take(&bucket, &rate, now_us, &wait_ms));
    assert_int_equal(wait_ms, 50);
    assert_false(bucket_take(&bucket, &rate, now_us + wait_ms * 1000 - 1000, NULL));
    assert_true(bucket_take(&bucket, &rate, now_us + wait_ms * 1000, NULL));
}

static void gives_any_number_without_a_rate(void **state)
{
    struct bucket bucket = {0};
    const struct bucket_rate none = {0};

    (void)state;
    for (int i = 0; i < 100000; i++)
        assert_true(bucket_take(&bucket, &none, 1, NULL));
    assert_true(bucket_is_full(&bucket, 1));
}

static void is_full_once_all_came_back(void **state)
{
    struct bucket bucket = {0};

    (void)state;
    assert_true(bucket_is_full(&bucket, 1000000));
    taken_at(&bucket, 1000000);
    assert_false(bucket_is_full(&bucket, 5999999));
    assert_true(bucket_is_full(&bucket, 6000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_its_burst_at_once),
        cmocka_unit_test(fills_at_its_rate_and_not_beyond),
        cmocka_unit_test(says_when_to_come_back),
        cmocka_unit_test(gives_any_number_without_a_rate),
        cmocka_unit_test(is_full_once_all_came_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
