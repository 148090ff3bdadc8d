/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.c - one line: time, level, event, then the caller's pairs
 *
 * The line is made on the stack and written by one write(2): no lock, no allocation, so it may be
 * called from any thread and when memory has run out.
 */
#include "libcommon/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/clock.h"

enum { LINE_BYTES = 2000, QUOTED_BYTES = 200 };

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARNING] = "warning",
    [LOG_ERROR] = "error",
};

static _Atomic int lowest_level = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&lowest_level, (int)level, memory_order_relaxed);
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

void log_line(enum log_level level, const char *event, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list args;

    if ((int)level < atomic_load_explicit(&lowest_level, memory_order_relaxed))
        return;

    size_t used = print_head(line, level, event);
    if (format[0] != '\0') {
        line[used++] = ' ';
        va_start(args, format);
        int wanted = vsnprintf(line + used, sizeof line - used, format, args);
        va_end(args);
        size_t room = sizeof line - used - 1; /* the last byte is for the newline */
        if (wanted > 0)
            used += (size_t)wanted <= room ? (size_t)wanted : whole_characters(line + used, room);
    }
    line[used++] = '\n';
    (void)!write(STDERR_FILENO, line, used); /* nobody is left to tell when stderr is gone */
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
