/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bucket.h - a token bucket: so many at once, so many a second in the long run
 *
 * One number per bucket (the generic cell rate algorithm, ITU-T I.371): the moment at which it will
 * be full again. {0} is a full one. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct bucket {
    int64_t full_us;
};

struct bucket_rate {
    double per_second; /* 0: no limit */
    double burst;      /* tokens that a full one holds, at least 1 */
};

/* Takes a token. Returns false if there is none; *ret_wait_ms then says in how many milliseconds
 * there will be one. now_us: any monotonic clock. ret_wait_ms may be NULL. */
bool bucket_take(struct bucket *bucket, const struct bucket_rate *rate, int64_t now_us,
                 int64_t *ret_wait_ms);
/* True if it is full: forgetting a full one changes nothing. */
bool bucket_is_full(const struct bucket *bucket, int64_t now_us);
