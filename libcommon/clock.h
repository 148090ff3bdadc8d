/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the two clocks: one that people read, one that only runs forward */
#pragma once

#include <stdint.h>

int64_t clock_unix_us(void);      /* microseconds since 1970-01-01 UTC */
int64_t clock_monotonic_ms(void); /* milliseconds; for deadlines and intervals in this process */
