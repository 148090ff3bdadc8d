/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.h - counters, gauges and histograms, each with its own documentation
 *
 * A metric is a static object of its module, registered once before threads start; the list holds
 * on to it. Updates are atomic and may come from any thread, also while another one prints. Nothing
 * here fails; misuse is asserted. Names follow Prometheus: jusha_requests_total, unit in the name.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };
enum { METRIC_BUCKETS = 16 }; /* of a histogram: they end at 100 us * 2^i, the last at +Inf */

struct metric {
    enum metric_type type;
    const char *name;
    const char *labels; /* NULL or "status=\"OK\"": metrics of one name differ by it */
    const char *help;
    _Atomic int64_t value; /* counter, gauge; histogram: sum in microseconds */
    /* histogram: observations per bucket, not cumulative */
    _Atomic uint64_t bucket[METRIC_BUCKETS];
    struct metric *next; /* of the list of all */
};

/* Metrics of one name have one type, and each its own labels. */
void metrics_register(struct metric *metric);
/* A counter, by 0 or more, or a gauge. */
void metrics_add(struct metric *metric, int64_t n);
/* A gauge. */
void metrics_set(struct metric *metric, int64_t value);
/* A histogram, in microseconds; printed as seconds. */
void metrics_observe_us(struct metric *metric, int64_t us);
/* For families whose labels come and go: writes them, with their HELP and TYPE, whenever the rest
 * is printed, in whichever thread that is. At most 8; one that is there already counts once. Before
 * threads start. */
void metrics_collect(void (*print)(FILE *out));
/* Prometheus text format 0.0.4, metrics of one name together. */
void metrics_print(FILE *out);
