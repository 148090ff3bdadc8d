/* SPDX-License-Identifier: Apache-2.0 */
/* log_why.c - which requests leave a line in the log, and under which budget (log.h) */
#include "libcommon/base/log_why.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/id.h"
#include "libcommon/base/text.h"

enum {
    RANDOM_AT = ID_CHARS - 12, /* of a UUIDv7: its last twelve digits are random */
    FLAGS_AT = 53,             /* of a trace context */
    SAMPLED = 1,
};

struct log_limits log_limits = {.slow_ms = SETTING_OFF, .sample = SETTING_OFF};

const struct setting log_why_settings[] = {
    {"log_slow_ms", SETTING_LIMIT, &log_limits.slow_ms, "500", 0, 3600000, "ms",
     "requests that took so long leave a line in the log; 0: each"},
    {"log_sample", SETTING_LIMIT, &log_limits.sample, "off", 1, 1000000000, "requests",
     "one in so many leaves a line however short it took"},
    {0},
};

static bool is_sampled(const struct log_limits *limits, const char *first_id)
{
    return limits->sample != SETTING_OFF && strnlen(first_id, ID_CHARS) == ID_CHARS &&
           strtoll(first_id + RANDOM_AT, NULL, 16) % limits->sample == 0;
}

enum log_why log_why(const struct log_limits *limits, const char *first_id, bool traced,
                     int64_t whole_ms)
{
    if (limits->slow_ms == 0)
        return LOG_WHY_EACH;
    if (is_sampled(limits, first_id))
        return LOG_WHY_SAMPLE;
    if (whole_ms >= limits->slow_ms)
        return LOG_WHY_SLOW;
    return traced ? LOG_WHY_TRACED : LOG_WHY_NOT;
}

static const struct {
    const char *name;
    enum log_level level;
} reasons[] = {
    [LOG_WHY_NOT] = {"", LOG_DEBUG},           [LOG_WHY_SLOW] = {"slow", LOG_INFO},
    [LOG_WHY_EACH] = {"each", LOG_ASKED},      [LOG_WHY_SAMPLE] = {"sample", LOG_ASKED},
    [LOG_WHY_TRACED] = {"traced", LOG_TRACED},
};

enum log_level log_why_level(enum log_why why)
{
    return reasons[why].level;
}

const char *log_why_name(enum log_why why)
{
    return reasons[why].name;
}

bool log_why_traced(const char *traceparent)
{
    return traceparent[0] && text_is_traceparent(traceparent) &&
           (strtol(traceparent + FLAGS_AT, NULL, 16) & SAMPLED);
}

const char *log_trace_id(char buffer[static TRACE_CHARS + 1], const char *traceparent)
{
    if (text_is_traceparent(traceparent))
        memcpy(buffer, traceparent + 3, TRACE_CHARS);
    return buffer;
}
