/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.h - counters, gauges and histograms, each with its own documentation
 *
 * A metric is a static object that is registered once before threads start; updates are atomic and
 * may come from any thread. Names follow Prometheus: jusha_requests_total, unit in the name.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };
enum { METRIC_BUCKETS = 16 };

struct metric {
    enum metric_type type;
    const char *name;
    const char *labels; /* NULL or "status=\"OK\"": metrics of one name differ by it */
    const char *help;
    _Atomic int64_t value; /* counter, gauge; histogram: sum in microseconds */
    _Atomic uint64_t
        bucket[METRIC_BUCKETS]; /* histogram: observations per bucket, not cumulative */
    struct metric *next;
};

void metrics_register(struct metric *metric);
void metrics_add(struct metric *metric, int64_t n);
void metrics_set(struct metric *metric, int64_t value);
/* Buckets end at 100 us * 2^i, the last at +Inf. */
void metrics_observe_us(struct metric *metric, int64_t us);
/* Prometheus text format 0.0.4, metrics of one name together. */
void metrics_print(FILE *out);
