/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_load.c - many callers at once, more requests than fit, and memory over 100,000 requests
 *
 * One registry, and brokers that hold few requests of one street.
 */
#include <stdio.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "tests/system/crowd.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

enum {
    STREET_MAX = 512, /* unanswered requests of a street that a broker holds */
    CALLERS = 50,
    UNDER_WAY = 400,
    REQUESTS = SANITIZED ? 10000 : 100000,
    GROWTH_MAX_KIB = 8 * 1024, /* over all of them, when a fifth is done */
};

static const enum status only_ok[] = {STATUS_OK};

/* Three queries to each command, until so many requests were sent, and all are answered. */
static void make_requests(struct crowd *crowd, size_t requests)
{
    for (size_t sent = 0; sent < requests;) {
        while (sent < requests && crowd_under_way(crowd) < UNDER_WAY) {
            crowd_send(crowd, 1);
            crowd_ask(crowd, 3);
            sent += 4;
        }
        crowd_turn(crowd, 20);
    }
    crowd_wait(crowd, WAIT_MS);
    crowd_assert_only(crowd, only_ok);
}

static void serves_fifty_callers_at_once(void **state)
{
    struct crowd *crowd = crowd_new(*state, (struct crowd_options){CALLERS, BROKERS, 0});
    int64_t start_ms = clock_monotonic_ms();

    make_requests(crowd, 10000);
    int64_t took_ms = clock_monotonic_ms() - start_ms;
    report("%d callers, 2500 commands and 7500 queries: %lld ms, longest wait of a command %lld ms",
           CALLERS, (long long)took_ms, (long long)crowd_longest_ms(crowd, start_ms));
    crowd_assert_done(crowd);
    talloc_free(crowd);
}

static void refuses_what_its_queue_does_not_hold(void **state)
{
    enum { SURPLUS = 200 };
    struct bed *bed = *state;
    struct crowd *crowd = crowd_new(bed, (struct crowd_options){1, 0, 20000});
    int64_t end_ms = deadline_ms();

    process_stop(&bed->registry[0]);
    crowd_send(crowd, STREET_MAX + SURPLUS);
    crowd_wait_answers(crowd, SURPLUS);
    assert_int_equal(crowd_count(crowd, STATUS_RESOURCE_EXHAUSTED), SURPLUS);
    while (process_metric(&bed->broker[0], "jusha_broker_queued") +
               process_metric(&bed->broker[0], "jusha_broker_in_flight") !=
           STREET_MAX)
        look_again(end_ms, "the broker holds what it may");
    process_continue(&bed->registry[0]);
    crowd_wait(crowd, WAIT_MS);
    assert_int_equal(crowd_count(crowd, STATUS_OK), STREET_MAX);
    crowd_resolve(crowd);
    crowd_assert_done(crowd);
    talloc_free(crowd);
}

/* The same, but for so long that the broker gives the registry up and takes it back. */
static void recovers_from_a_full_queue_and_a_lost_worker(void **state)
{
    struct bed *bed = *state;
    struct crowd *crowd = crowd_new(bed, (struct crowd_options){1, 0, 20000});
    int64_t end_ms = deadline_ms();

    process_stop(&bed->registry[0]);
    crowd_send(crowd, STREET_MAX + 1);
    crowd_wait_answers(crowd, 1);
    while (process_metric(&bed->broker[0], "jusha_broker_workers") > 0)
        look_again(end_ms, "the broker gives the registry up");
    process_continue(&bed->registry[0]);
    crowd_wait(crowd, WAIT_MS);
    assert_int_equal(crowd_count(crowd, STATUS_OK), STREET_MAX);
    assert_int_equal(crowd_count(crowd, STATUS_RESOURCE_EXHAUSTED), 1);
    crowd_resolve(crowd);
    crowd_assert_done(crowd);
    bed_wait_ready(bed);
    talloc_free(crowd);
}

static void keeps_its_memory_over_many_requests(void **state)
{
    struct bed *bed = *state;
    enum { COUNT = 3 };
    struct process *processes[COUNT] = {&bed->broker[0], &bed->broker[1], &bed->registry[0]};
    struct crowd *crowd = crowd_new(bed, (struct crowd_options){8, BROKERS, 0});
    long before[COUNT];

    make_requests(crowd, REQUESTS / 5);
    for (size_t i = 0; i < COUNT; i++)
        before[i] = process_rss_kib(processes[i]);
    int64_t start_ms = clock_monotonic_ms();
    make_requests(crowd, REQUESTS);
    int64_t took_ms = clock_monotonic_ms() - start_ms;
    report("%d requests, a quarter of them commands: %lld ms, %lld a second", REQUESTS,
           (long long)took_ms, REQUESTS * 1000LL / (long long)took_ms);
    for (size_t i = 0; i < COUNT; i++) {
        long after = process_rss_kib(processes[i]);
        report("%s: %ld KiB, then %ld KiB", processes[i]->name, before[i], after);
        if (!SANITIZED) /* a sanitizer keeps what was freed */
            assert_true(after - before[i] < GROWTH_MAX_KIB);
    }
    crowd_assert_done(crowd);
    talloc_free(crowd);
}

static int up(void **state)
{
    static char option[40];

    snprintf(option, sizeof option, "--street_max=%d", STREET_MAX);
    return bed_up(state, (struct bed_options){.registries = 1, .broker_option = option});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bed_story(serves_fifty_callers_at_once),
        bed_story(refuses_what_its_queue_does_not_hold),
        bed_story(recovers_from_a_full_queue_and_a_lost_worker),
        bed_story(keeps_its_memory_over_many_requests),
    };

    return bed_finish(cmocka_run_group_tests_name("load", tests, up, bed_down));
}
