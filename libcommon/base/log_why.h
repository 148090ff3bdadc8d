/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_why.h - which requests leave a line in the log
 *
 * Those that took long, one in so many, and those whose caller asks for it by the flag "sampled" of
 * its trace context (W3C Trace Context, level 1). Which of many is taken is seen by the id of the
 * request that it all began with, so every program that a request passes takes the same ones.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libcommon/base/log.h"
#include "libcommon/base/settings.h"

/* SETTING_OFF in both: none. */
struct log_limits {
    int64_t slow_ms; /* 0: each */
    int64_t sample;  /* one in so many */
};

extern struct log_limits log_limits;
extern const struct setting log_why_settings[]; /* log_slow_ms, log_sample: of log_limits */

enum log_why { LOG_WHY_NOT, LOG_WHY_SLOW, LOG_WHY_EACH, LOG_WHY_SAMPLE, LOG_WHY_TRACED };

/* first_id: UUID text of the request that it began with. Costs some ten instructions where nothing
 * is to be logged. */
enum log_why log_why(const struct log_limits *limits, const char *first_id, bool traced,
                     int64_t whole_ms);
enum log_level log_why_level(enum log_why why);
const char *log_why_name(enum log_why why); /* "slow" */

/* Does its caller ask for lines? traceparent: "" or any text. */
bool log_why_traced(const char *traceparent);

/* What stands for it in a line: its trace id, or "" if it is no trace context; lives until the end
 * of the enclosing block. */
enum { TRACE_CHARS = 32 };
#define LOG_TRACE_ID(traceparent) log_trace_id((char[TRACE_CHARS + 1]){0}, traceparent)
const char *log_trace_id(char buffer[static TRACE_CHARS + 1], const char *traceparent);
