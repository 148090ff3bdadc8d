/* SPDX-License-Identifier: Apache-2.0 */
/* test_metrics.c - Prometheus text, and updates from several threads */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "libcommon/base/metrics.h"
#include "libcommon/base/process_metrics.h"

static struct metric ok = {METRIC_COUNTER, "jusha_requests_total", "status=\"OK\"", "requests"};
static struct metric depth = {METRIC_GAUGE, "jusha_queue_length", NULL, "requests that wait"};
static struct metric lost = {METRIC_COUNTER, "jusha_requests_total", "status=\"LOST\"", "requests"};
static struct metric took = {METRIC_HISTOGRAM, "jusha_request_seconds", "method=\"a\\\"b\"",
                             "time of a request"};
static struct metric plain = {METRIC_HISTOGRAM, "jusha_batch_seconds", NULL, "time of a batch"};

/* Not inline: gcc 12 takes the text for a local of it. */
__attribute__((noinline)) static char *print(void)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    metrics_print(file);
    fclose(file);
    return text;
}

static int register_all(void **state)
{
    (void)state;
    metrics_register(&ok);
    metrics_register(&depth);
    metrics_register(&took);
    metrics_register(&lost);
    metrics_register(&plain);
    return 0;
}

static void prints_help_and_type_once_and_metrics_of_a_name_together(void **state)
{
    (void)state;
    metrics_add(&ok, 3);
    metrics_set(&depth, 7);
    metrics_add(&depth, -9);
    char *text = print();
    const char *expected = "# HELP jusha_requests_total requests\n"
                           "# TYPE jusha_requests_total counter\n"
                           "jusha_requests_total{status=\"OK\"} 3\n"
                           "jusha_requests_total{status=\"LOST\"} 0\n"
                           "# HELP jusha_queue_length requests that wait\n"
                           "# TYPE jusha_queue_length gauge\n"
                           "jusha_queue_length -2\n"
                           "# HELP jusha_request_seconds time of a request\n"
                           "# TYPE jusha_request_seconds histogram\n";

    assert_memory_equal(text, expected, strlen(expected));
    free(text);
}

static void counts_observations_up_to_each_bucket(void **state)
{
    static const char *const lines[] = {
        "jusha_request_seconds_bucket{method=\"a\\\"b\",le=\"0.000100\"} 3\n",
        "jusha_request_seconds_bucket{method=\"a\\\"b\",le=\"0.000200\"} 4\n",
        "jusha_request_seconds_bucket{method=\"a\\\"b\",le=\"1.638400\"} 5\n",
        "jusha_request_seconds_bucket{method=\"a\\\"b\",le=\"+Inf\"} 6\n",
        "jusha_request_seconds_sum{method=\"a\\\"b\"} 61.000201\n",
        "jusha_request_seconds_count{method=\"a\\\"b\"} 6\n",
        "jusha_batch_seconds_bucket{le=\"0.000100\"} 0\n",
        "jusha_batch_seconds_sum 0.000000\n",
        "jusha_batch_seconds_count 0\n",
    };
    static const int64_t observed[] = {-5, 0, 100, 101, 1000000, 60000000};

    (void)state;
    for (size_t i = 0; i < sizeof observed / sizeof observed[0]; i++)
        metrics_observe_us(&took, observed[i]);
    char *text = print();
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (!strstr(text, lines[i]))
            fail_msg("'%s' is not in: %s", lines[i], text);
    free(text);
}

static void *count_to_ten_thousand(void *argument)
{
    for (int i = 0; i < 10000; i++) {
        metrics_add(argument, 1);
        metrics_observe_us(&plain, i);
    }
    return NULL;
}

static void loses_no_update_of_any_thread(void **state)
{
    pthread_t threads[4];
    uint64_t observations = 0;

    (void)state;
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, count_to_ten_thousand, &lost);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(lost.value, 40000);
    for (int i = 0; i < METRIC_BUCKETS; i++)
        observations += plain.bucket[i];
    assert_int_equal(observations, 40000);
    assert_int_equal(plain.value, 4 * (9999 * 10000 / 2));
}

static void print_own(FILE *out)
{
    fputs("# HELP own_total of streets\n# TYPE own_total counter\nown_total{street=\"x\"} 1\n",
          out);
}

static void lets_families_print_themselves_once(void **state)
{
    (void)state;
    metrics_collect(print_own);
    metrics_collect(print_own);
    char *text = print();
    const char *first = strstr(text, "\nown_total{street=\"x\"} 1\n");
    assert_non_null(first);
    assert_null(strstr(first + 2, "own_total{"));
    free(text);
}

static void tells_of_the_process(void **state)
{
    static const char *const names[] = {"process_cpu_seconds_total",
                                        "process_resident_memory_bytes",
                                        "process_virtual_memory_bytes",
                                        "process_open_fds",
                                        "process_max_fds",
                                        "process_start_time_seconds"};
    time_t now = time(NULL);

    (void)state;
    process_metrics_register();
    char *text = print();
    assert_non_null(strstr(text, "\njusha_build_info{program=\"test_metrics\",version=\"0."));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char line[80];
        snprintf(line, sizeof line, "\n%s ", names[i]);
        const char *at = strstr(text, line);
        if (!at) {
            fail_msg("%s is missing", names[i]);
            return;
        }
        assert_true(strtod(at + strlen(line), NULL) >= 0);
    }
    double started = strtod(strstr(text, "\nprocess_start_time_seconds ") + 28, NULL);
    assert_true(started > (double)now - 3600 && started <= (double)now + 2);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_help_and_type_once_and_metrics_of_a_name_together),
        cmocka_unit_test(counts_observations_up_to_each_bucket),
        cmocka_unit_test(loses_no_update_of_any_thread),
        cmocka_unit_test(lets_families_print_themselves_once),
        cmocka_unit_test(tells_of_the_process),
    };
    return cmocka_run_group_tests(tests, register_all, NULL);
}
