/* SPDX-License-Identifier: Apache-2.0 */
/* histogram.h - how long things took: counts in buckets, each 1.6 % wide */
#pragma once

#include <stdint.h>

enum { HISTOGRAM_BUCKETS = 64 * 36 };

/* {0} is empty. Microseconds, 0 to 2^40. */
struct histogram {
    uint64_t count;
    int64_t max_us;
    uint64_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, int64_t us);

/* The smallest time that `percent` of all did not exceed; 0 when it is empty. */
int64_t histogram_percentile_us(const struct histogram *histogram, double percent);

/* Prints `"p50_us":…,"p99_us":…,"max_us":…`: a part of a JSON object. */
void histogram_print(const struct histogram *histogram);
