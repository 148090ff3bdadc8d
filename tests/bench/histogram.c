/* SPDX-License-Identifier: Apache-2.0 */
/*
 * histogram.c - a bucket for each of 64 steps between two powers of two
 *
 * Times below 64 us have a bucket each; above, the leading bit chooses the row of 64 and the next
 * six bits the bucket in it. Adding costs no memory, however many there are.
 */
#include "tests/bench/histogram.h"

#include <inttypes.h>
#include <stdio.h>

enum { STEPS = 64, STEP_BITS = 6 };

static int bucket_of(int64_t us)
{
    int shift = 0;

    while (us >> shift >= (int64_t)2 * STEPS)
        shift++;
    int bucket = shift * STEPS + (int)(us >> shift);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The largest time that falls into it. */
static int64_t upper_us(int bucket)
{
    if (bucket < 2 * STEPS)
        return bucket;
    int shift = bucket / STEPS - 1;
    return (((int64_t)(bucket % STEPS + STEPS) + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, int64_t us)
{
    us = us < 0 ? 0 : us;
    histogram->count++;
    histogram->bucket[bucket_of(us)]++;
    if (us > histogram->max_us)
        histogram->max_us = us;
}

int64_t histogram_percentile_us(const struct histogram *histogram, double percent)
{
    double wanted = (double)histogram->count * percent / 100;
    uint64_t seen = 0;

    for (int bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        seen += histogram->bucket[bucket];
        if (seen > 0 && (double)seen >= wanted) {
            int64_t us = upper_us(bucket);
            return us < histogram->max_us ? us : histogram->max_us;
        }
    }
    return 0;
}

void histogram_print(const struct histogram *histogram)
{
    printf("\"p50_us\":%" PRId64 ",\"p99_us\":%" PRId64 ",\"max_us\":%" PRId64,
           histogram_percentile_us(histogram, 50), histogram_percentile_us(histogram, 99),
           histogram->max_us);
}
