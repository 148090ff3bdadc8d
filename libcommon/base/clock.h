/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the two clocks: one that people read, one that only runs forward; and how a moment is
 * written */
#pragma once

#include <stdbool.h>
#include <stdint.h>

int64_t clock_unix_us(void);      /* microseconds since 1970-01-01 UTC */
int64_t clock_monotonic_ms(void); /* milliseconds; for deadlines and intervals in this process */

enum { CLOCK_TEXT = 31 }; /* "2026-03-01T08:00:00.123456789Z" with its NUL */

/* Is it a moment of the years 1970-2199, as every Timestamp of the contract is? */
bool clock_is_of_contract(int64_t seconds, int32_t nanos);

/* RFC 3339 in UTC, with 0, 3, 6 or 9 digits of a second as needed. False outside the years 1-9999
 * or 0 to 999,999,999 nanoseconds. */
bool clock_format(int64_t seconds, int32_t nanos, char text[static CLOCK_TEXT]);

/* RFC 3339 with "Z" or an offset ("+08:00") and up to 9 digits of a second. False if it is none, or
 * lies outside the years 1-9999; leap seconds are refused. */
bool clock_parse(const char *text, int64_t *ret_seconds, int32_t *ret_nanos);
