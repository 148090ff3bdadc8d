/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - CLOCK_REALTIME and CLOCK_MONOTONIC in the units that the rest of the code uses; RFC
 * 3339 */
#include "libcommon/base/clock.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const int64_t FIRST_SECOND = -62135596800; /* 0001-01-01T00:00:00Z */
static const int64_t LAST_SECOND = 253402300799;  /* 9999-12-31T23:59:59Z */

static const int64_t END_OF_CONTRACT = 7258118400; /* 2200-01-01T00:00:00Z */

static struct timespec read_clock(clockid_t clock)
{
    struct timespec now = {0};

    (void)clock_gettime(clock, &now); /* cannot fail for these two clocks */
    return now;
}

int64_t clock_unix_us(void)
{
    struct timespec now = read_clock(CLOCK_REALTIME);

    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void)
{
    struct timespec now = read_clock(CLOCK_MONOTONIC);

    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool clock_is_of_contract(int64_t seconds, int32_t nanos)
{
    return seconds >= 0 && seconds < END_OF_CONTRACT && nanos >= 0 && nanos <= 999999999;
}

bool clock_format(int64_t seconds, int32_t nanos, char text[static CLOCK_TEXT])
{
    time_t moment = (time_t)seconds;
    struct tm utc;

    if (seconds < FIRST_SECOND || seconds > LAST_SECOND || nanos < 0 || nanos > 999999999)
        return false;
    gmtime_r(&moment, &utc);
    int length = snprintf(text, CLOCK_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", utc.tm_year + 1900,
                          utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
    int digits = nanos == 0 ? 0 : nanos % 1000000 == 0 ? 3 : nanos % 1000 == 0 ? 6 : 9;
    int32_t fraction = digits == 3 ? nanos / 1000000 : digits == 6 ? nanos / 1000 : nanos;
    if (digits > 0)
        length +=
            snprintf(text + length, CLOCK_TEXT - (size_t)length, ".%0*" PRId32, digits, fraction);
    memcpy(text + length, "Z", 2);
    return true;
}

/* True if text begins like shape, where 'd' stands for any digit. */
static bool has_shape(const char *text, const char *shape)
{
    for (; *shape; shape++, text++)
        if (*shape == 'd' ? !isdigit((unsigned char)*text) : *text != *shape)
            return false;
    return true;
}

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

/* ".5" is 500,000,000. Moves *text behind it; false if it has no or more than nine digits. */
static bool parse_fraction(const char **text, int32_t *ret_nanos)
{
    int32_t nanos = 0;
    int digits = 0;

    if (**text == '.') {
        for ((*text)++; isdigit((unsigned char)**text); (*text)++)
            if (++digits <= 9)
                nanos = nanos * 10 + (**text - '0');
        if (digits < 1 || digits > 9)
            return false;
    }
    for (; digits > 0 && digits < 9; digits++)
        nanos *= 10;
    *ret_nanos = nanos;
    return true;
}

/* "Z" or "+08:00", to the text's end. */
static bool parse_offset(const char *text, int *ret_seconds)
{
    int sign = *text == '-' ? -1 : 1;

    if (strcmp(text, "Z") == 0) {
        *ret_seconds = 0;
        return true;
    }
    if ((*text != '+' && *text != '-') || !has_shape(text + 1, "dd:dd") || text[6] != '\0' ||
        two_digits(text + 1) > 23 || two_digits(text + 4) > 59)
        return false;
    *ret_seconds = sign * (two_digits(text + 1) * 3600 + two_digits(text + 4) * 60);
    return true;
}

bool clock_parse(const char *text, int64_t *ret_seconds, int32_t *ret_nanos)
{
    int32_t nanos;
    int offset;

    if (!has_shape(text, "dddd-dd-ddTdd:dd:dd"))
        return false;
    struct tm utc = {
        .tm_year = two_digits(text) * 100 + two_digits(text + 2) - 1900,
        .tm_mon = two_digits(text + 5) - 1,
        .tm_mday = two_digits(text + 8),
        .tm_hour = two_digits(text + 11),
        .tm_min = two_digits(text + 14),
        .tm_sec = two_digits(text + 17),
    };
    struct tm given = utc;
    const char *rest = text + strlen("0001-01-01T00:00:00");
    if (!parse_fraction(&rest, &nanos) || !parse_offset(rest, &offset))
        return false;

    /* timegm carries what is out of range into the next unit: then it is not what was given. */
    int64_t seconds = (int64_t)timegm(&utc) - offset;
    if (utc.tm_mon != given.tm_mon || utc.tm_mday != given.tm_mday ||
        utc.tm_hour != given.tm_hour || utc.tm_min != given.tm_min || utc.tm_sec != given.tm_sec)
        return false;
    if (seconds < FIRST_SECOND || seconds > LAST_SECOND)
        return false;
    *ret_seconds = seconds;
    *ret_nanos = nanos;
    return true;
}
