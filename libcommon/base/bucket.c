/* SPDX-License-Identifier: Apache-2.0 */
/* bucket.c - a token bucket as one moment in time */
#include "libcommon/base/bucket.h"

bool bucket_take(struct bucket *bucket, const struct bucket_rate *rate, int64_t now_us,
                 int64_t *ret_wait_ms)
{
    if (rate->per_second <= 0)
        return true;
    double token_us = 1e6 / rate->per_second;
    int64_t start_us = bucket->full_us > now_us ? bucket->full_us : now_us;
    int64_t full_us = start_us + (int64_t)token_us;
    int64_t late_us = full_us - now_us - (int64_t)(token_us * rate->burst);

    if (late_us > 0) {
        if (ret_wait_ms)
            *ret_wait_ms = (late_us + 999) / 1000;
        return false;
    }
    bucket->full_us = full_us;
    return true;
}

bool bucket_is_full(const struct bucket *bucket, int64_t now_us)
{
    return bucket->full_us <= now_us;
}
