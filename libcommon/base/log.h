/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - one line per event on stderr, logfmt or JSON, whole or not at all
 *
 * Callable from any thread; it never waits for whoever reads stderr. Lines that find no room are
 * lost and counted ("event=log_dropped lines=N" stands where they would have stood). Each event may
 * have 50 lines at once and 20 a second; those beyond it are counted, too ("event=log_limited
 * of=key_refused lines=N", at most once a second).
 *
 * event is a constant in snake_case; format gives key=value pairs. Values that come from outside go
 * through LOG_QUOTED, which quotes and escapes them: log_info("refused", "name=%s", LOG_QUOTED(s)).
 * Names, phone numbers, keys and tokens never go into a log.
 */
#pragma once

#include "libcommon/base/status.h"

/* LOG_AUDIT says who did what: every line counts, so it has no limit. LOG_ASKED is info that an
 * operator asked for by a setting which says how much of it: it has none either. LOG_TRACED is info
 * that a caller asked for: it has a budget of its own, so that it takes nobody's room. */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_TRACED, LOG_ASKED, LOG_WARNING, LOG_ERROR, LOG_AUDIT };
/* LOG_JSON: each line is an object of the same names (log_json.h). */
enum log_format { LOG_LOGFMT, LOG_JSON };

void log_set_level(enum log_level level);
void log_set_format(enum log_format format);
void log_line(enum log_level level, const char *event, const char *format, ...) PRINTF(3, 4);
#define log_debug(event, ...) log_line(LOG_DEBUG, event, __VA_ARGS__)
#define log_info(event, ...) log_line(LOG_INFO, event, __VA_ARGS__)
#define log_asked(event, ...) log_line(LOG_ASKED, event, __VA_ARGS__)
#define log_warning(event, ...) log_line(LOG_WARNING, event, __VA_ARGS__)
#define log_error(event, ...) log_line(LOG_ERROR, event, __VA_ARGS__)
#define log_audit(event, ...) log_line(LOG_AUDIT, event, __VA_ARGS__)

/* Logs how many lines were lost and not told yet, at most once a second. Every line does so by
 * itself, but there may be none to come; the end of the process does so, too. */
void log_catch_up(void);
/* jusha_log_limited_total and jusha_log_dropped_total; before threads start, again without
 * effect. */
void log_register_metrics(void);

/* text in double quotes with control characters, quotes and backslashes escaped, cut at 200 bytes
 * (a NULL is ""); lives until the end of the enclosing block. */
enum { LOG_QUOTED_BYTES = 4 * 200 + 3 };
#define LOG_QUOTED(text) log_quoted((char[LOG_QUOTED_BYTES]){0}, text)
const char *log_quoted(char buffer[static LOG_QUOTED_BYTES], const char *text);
