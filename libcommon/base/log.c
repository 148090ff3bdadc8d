/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.c - one line: time, level, event, then the caller's pairs
 *
 * A peer that can make us log must be able neither to stop us by it nor to fill the disk. So each
 * event has a budget, and what is beyond it is counted instead of written; and a line that finds no
 * room at stderr (log_sink.h) is counted instead of waited for. Both numbers are told in lines of
 * their own and as metrics. A line is made on the stack and nothing is allocated, so this works
 * when memory has run out.
 */
#include "libcommon/base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/bucket.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/log_json.h"
#include "libcommon/base/log_sink.h"
#include "libcommon/base/metrics.h"

enum {
    LINE_BYTES = 2000,
    QUOTED_BYTES = 200,
    EVENTS_MAX = 256, /* kinds of events with a budget of their own; the rest shares one */
    TELL_EVERY_MS = 1000,
};

static const struct bucket_rate each_event = {.per_second = 20, .burst = 50};

static struct metric limited_total = {
    .type = METRIC_COUNTER,
    .name = "jusha_log_limited_total",
    .help = "Log lines that were not written as there were too many of their event"};
static struct metric dropped_total = {
    .type = METRIC_COUNTER,
    .name = "jusha_log_dropped_total",
    .help = "Log lines that were lost as nobody read them, or the disk was full"};

struct budget {
    const char *event; /* NULL: free */
    bool traced;       /* of its lines that callers ask for */
    struct bucket bucket;
    unsigned long long limited; /* lines, not told yet */
};

/* All of it, and stderr, under one mutex. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct budget budgets[EVENTS_MAX];
static struct budget shared = {.event = "others"};
static unsigned long long dropped; /* lines, not told yet */
static bool some_limited;
static int64_t tell_due_ms;

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug",     [LOG_TRACED] = "info", [LOG_INFO] = "info",   [LOG_ASKED] = "info",
    [LOG_WARNING] = "warning", [LOG_ERROR] = "error", [LOG_AUDIT] = "audit",
};

static _Atomic int lowest_level = LOG_INFO;
static _Atomic int line_format = LOG_LOGFMT;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&lowest_level, (int)level, memory_order_relaxed);
}

void log_set_format(enum log_format format)
{
    atomic_store_explicit(&line_format, (int)format, memory_order_relaxed);
}

static size_t print_head(char line[static LINE_BYTES], enum log_level level, const char *event)
{
    int64_t now_us = clock_unix_us();
    int milliseconds = (int)(now_us / 1000 % 1000);
    char second[CLOCK_TEXT] = "";

    (void)clock_format(now_us / 1000000, 0, second);
    int length = snprintf(line, LINE_BYTES, "ts=%.19s.%03dZ level=%s event=%.100s", second,
                          milliseconds, level_names[level], event);
    return (size_t)length;
}

/* A cut must not leave half a character: steps back over the bytes of one that is not whole. */
static size_t whole_characters(const char *text, size_t bytes)
{
    size_t start = bytes;

    while (start > 0 && bytes - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0 || ((unsigned char)text[start - 1] & 0x80) == 0)
        return bytes;
    unsigned char first = (unsigned char)text[start - 1];
    size_t needs = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    return bytes - (start - 1) < needs ? start - 1 : bytes;
}

/* ---- writing; under the mutex ---- */

/* Makes the whole line, at most LINE_BYTES with its newline. */
static size_t print_line(char line[static LINE_BYTES], enum log_level level, const char *event,
                         const char *format, va_list args) PRINTF(4, 0);
static size_t print_line(char line[static LINE_BYTES], enum log_level level, const char *event,
                         const char *format, va_list args)
{
    size_t used = print_head(line, level, event);

    if (format[0] != '\0') {
        line[used++] = ' ';
        size_t room = LINE_BYTES - used - 1; /* the last byte is for the newline */
        int wanted = vsnprintf(line + used, room + 1, format, args);
        if (wanted > 0)
            used += (size_t)wanted <= room ? (size_t)wanted : whole_characters(line + used, room);
    }
    line[used++] = '\n';
    return used;
}

static bool write_line(const char *line, size_t size)
{
    char json[LOG_JSON_BYTES];

    if (atomic_load_explicit(&line_format, memory_order_relaxed) == LOG_LOGFMT)
        return log_sink_write(line, size);
    return log_sink_write(json, log_json(line, size, json));
}

static bool write_own(const char *event, const char *format, ...) PRINTF(2, 3);
static bool write_own(const char *event, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list args;

    va_start(args, format);
    size_t size = print_line(line, LOG_WARNING, event, format, args);
    va_end(args);
    return write_line(line, size);
}

/* A line stands behind the number of those that were lost before it, or is one of them. */
static void write_or_drop(const char *line, size_t size)
{
    if (dropped > 0 && write_own("log_dropped", "lines=%llu", dropped))
        dropped = 0;
    if (dropped > 0 || !write_line(line, size)) {
        dropped++;
        metrics_add(&dropped_total, 1);
    }
}

/* ---- budgets; under the mutex ---- */

static struct budget *budget_of(const char *event, bool traced)
{
    uint32_t hash = 2166136261; /* FNV-1a */

    for (const char *c = event; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619;
    for (size_t i = 0; i < EVENTS_MAX; i++) {
        struct budget *budget = &budgets[(hash + i) % EVENTS_MAX];
        if (!budget->event) {
            budget->event = event;
            budget->traced = traced;
        }
        if (budget->traced == traced && strcmp(budget->event, event) == 0)
            return budget;
    }
    return &shared;
}

static bool may_write(enum log_level level, const char *event, int64_t now_ms)
{
    if (level == LOG_AUDIT || level == LOG_ASKED)
        return true;
    struct budget *budget = budget_of(event, level == LOG_TRACED);
    if (bucket_take(&budget->bucket, &each_event, now_ms * 1000, NULL))
        return true;
    budget->limited++;
    some_limited = true;
    metrics_add(&limited_total, 1);
    return false;
}

static void tell_limited(struct budget *budget)
{
    if (budget->limited > 0 &&
        write_own("log_limited", "of=%.100s lines=%llu", budget->event, budget->limited))
        budget->limited = 0;
    some_limited = some_limited || budget->limited > 0;
}

static void tell_losses(int64_t now_ms)
{
    tell_due_ms = now_ms + TELL_EVERY_MS;
    if (dropped > 0 && write_own("log_dropped", "lines=%llu", dropped))
        dropped = 0;
    if (!some_limited)
        return;
    some_limited = false;
    for (size_t i = 0; i < EVENTS_MAX; i++)
        if (budgets[i].event)
            tell_limited(&budgets[i]);
    tell_limited(&shared);
}

/* ---- for everybody ---- */

void log_line(enum log_level level, const char *event, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list args;

    if ((int)level < atomic_load_explicit(&lowest_level, memory_order_relaxed))
        return;
    int64_t now_ms = clock_monotonic_ms();
    pthread_mutex_lock(&mutex);
    if (now_ms >= tell_due_ms)
        tell_losses(now_ms);
    if (may_write(level, event, now_ms)) {
        va_start(args, format);
        write_or_drop(line, print_line(line, level, event, format, args));
        va_end(args);
    }
    pthread_mutex_unlock(&mutex);
}

void log_catch_up(void)
{
    int64_t now_ms = clock_monotonic_ms();

    pthread_mutex_lock(&mutex);
    if (now_ms >= tell_due_ms)
        tell_losses(now_ms);
    pthread_mutex_unlock(&mutex);
}

__attribute__((destructor)) static void tell_at_the_end(void)
{
    pthread_mutex_lock(&mutex);
    tell_losses(clock_monotonic_ms());
    pthread_mutex_unlock(&mutex);
}

void log_register_metrics(void)
{
    static bool registered;

    if (!registered) {
        metrics_register(&limited_total);
        metrics_register(&dropped_total);
    }
    registered = true;
}

static size_t escape(char *out, char character)
{
    static const char hex[] = "0123456789abcdef";
    static const char controls[] = "\n\r\t", names[] = "nrt";
    unsigned char byte = (unsigned char)character;
    const char *control = strchr(controls, character);

    if (character == '"' || character == '\\') {
        memcpy(out, (char[]){'\\', character}, 2);
        return 2;
    }
    if (byte >= 0x20 && byte != 0x7F) {
        *out = character;
        return 1;
    }
    if (control) {
        memcpy(out, (char[]){'\\', names[control - controls]}, 2);
        return 2;
    }
    memcpy(out, (char[]){'\\', 'x', hex[byte >> 4], hex[byte & 15]}, 4);
    return 4;
}

const char *log_quoted(char buffer[static LOG_QUOTED_BYTES], const char *text)
{
    size_t bytes = text ? strnlen(text, QUOTED_BYTES) : 0;
    char *out = buffer;

    if (bytes == QUOTED_BYTES)
        bytes = whole_characters(text, bytes);
    *out++ = '"';
    for (size_t i = 0; i < bytes; i++)
        out += escape(out, text[i]);
    *out++ = '"';
    *out = '\0';
    return buffer;
}
