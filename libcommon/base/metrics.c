/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.c - a list of static objects, updated atomically, printed for Prometheus
 *
 * The list is in order of registration, except that a metric goes behind the last one of its name.
 */
#include "libcommon/base/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

enum { FIRST_BUCKET_US = 100, COLLECTORS_MAX = 8 };

static const char *const type_names[] = {
    [METRIC_COUNTER] = "counter",
    [METRIC_GAUGE] = "gauge",
    [METRIC_HISTOGRAM] = "histogram",
};

static struct metric *first;
static void (*collectors[COLLECTORS_MAX])(FILE *out); /* up to the first NULL */

static const char *labels_of(const struct metric *metric)
{
    return metric->labels ? metric->labels : "";
}

void metrics_register(struct metric *metric)
{
    struct metric **place = NULL, **end = &first;

    for (; *end; end = &(*end)->next) {
        bool same_name = strcmp((*end)->name, metric->name) == 0;
        assert(!same_name || (*end)->type == metric->type);
        assert(!same_name || strcmp(labels_of(*end), labels_of(metric)) != 0);
        if (same_name)
            place = &(*end)->next;
    }
    if (!place)
        place = end;
    metric->next = *place;
    *place = metric;
}

void metrics_add(struct metric *metric, int64_t n)
{
    assert(metric->type != METRIC_HISTOGRAM && (n >= 0 || metric->type == METRIC_GAUGE));
    atomic_fetch_add_explicit(&metric->value, n, memory_order_relaxed);
}

void metrics_set(struct metric *metric, int64_t value)
{
    assert(metric->type == METRIC_GAUGE);
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void metrics_observe_us(struct metric *metric, int64_t us)
{
    int bucket = 0;

    assert(metric->type == METRIC_HISTOGRAM);
    if (us < 0)
        us = 0;
    for (int64_t end = FIRST_BUCKET_US; us > end && bucket < METRIC_BUCKETS - 1; end *= 2)
        bucket++;
    atomic_fetch_add_explicit(&metric->value, us, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->bucket[bucket], 1, memory_order_relaxed);
}

/* Microseconds as seconds, without the rounding of floating point. */
static void print_seconds(FILE *out, int64_t us)
{
    fprintf(out, "%" PRId64 ".%06" PRId64, us / 1000000, us % 1000000);
}

static void print_histogram(FILE *out, const struct metric *metric)
{
    const char *labels = labels_of(metric);
    const char *comma = *labels ? "," : "";
    const char *open = *labels ? "{" : "", *close = *labels ? "}" : "";
    int64_t end_us = FIRST_BUCKET_US;
    uint64_t count = 0;

    for (int i = 0; i < METRIC_BUCKETS; i++, end_us *= 2) {
        count += atomic_load_explicit(&metric->bucket[i], memory_order_relaxed);
        fprintf(out, "%s_bucket{%s%sle=\"", metric->name, labels, comma);
        if (i < METRIC_BUCKETS - 1)
            print_seconds(out, end_us);
        else
            fputs("+Inf", out);
        fprintf(out, "\"} %" PRIu64 "\n", count);
    }
    fprintf(out, "%s_sum%s%s%s ", metric->name, open, labels, close);
    print_seconds(out, atomic_load_explicit(&metric->value, memory_order_relaxed));
    fprintf(out, "\n%s_count%s%s%s %" PRIu64 "\n", metric->name, open, labels, close, count);
}

static void print_value(FILE *out, const struct metric *metric)
{
    const char *labels = labels_of(metric);
    int64_t value = atomic_load_explicit(&metric->value, memory_order_relaxed);

    fprintf(out, "%s%s%s%s %" PRId64 "\n", metric->name, *labels ? "{" : "", labels,
            *labels ? "}" : "", value);
}

void metrics_collect(void (*print)(FILE *out))
{
    size_t place = 0;

    while (place < COLLECTORS_MAX && collectors[place] && collectors[place] != print)
        place++;
    assert(place < COLLECTORS_MAX);
    collectors[place] = print;
}

void metrics_print(FILE *out)
{
    const char *previous = "";

    for (const struct metric *metric = first; metric; metric = metric->next) {
        if (strcmp(previous, metric->name) != 0)
            fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
                    type_names[metric->type]);
        previous = metric->name;
        if (metric->type == METRIC_HISTOGRAM)
            print_histogram(out, metric);
        else
            print_value(out, metric);
    }
    for (size_t i = 0; i < COLLECTORS_MAX && collectors[i]; i++)
        collectors[i](out);
}
