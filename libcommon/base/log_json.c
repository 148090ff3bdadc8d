/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_json.c - key=value key="quoted \"value\"" -> {"key":"value","key":"quoted \"value\""}
 *
 * One pass over the line: a pair is written where there is room for all of it, else the object ends
 * before it.
 */
#include "libcommon/base/log_json.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistr.h>

enum { DIGITS_MAX = 15, END_BYTES = 2 /* "}\n" */ };

/* Texts of digits, some of which have letters. */
static const char *const names[] = {"sqlstate"};

struct object {
    char *text;
    size_t used;
    bool full; /* something found no room */
};

static void put(struct object *object, const char *text, size_t size)
{
    if (object->used + size > LOG_JSON_BYTES - END_BYTES) {
        object->full = true;
        return;
    }
    memcpy(object->text + object->used, text, size);
    object->used += size;
}

/* One character of a string; 0xFFFD stands for what is none. */
static void put_character(struct object *object, ucs4_t character)
{
    char text[8];

    if (character == '"' || character == '\\') {
        put(object, (char[]){'\\', (char)character}, 2);
    } else if (character < 0x20 || character == 0x7F) {
        snprintf(text, sizeof text, "\\u%04x", (unsigned)character);
        put(object, text, 6);
    } else {
        int size = u8_uctomb((uint8_t *)text, character, sizeof text);
        put(object, text, size > 0 ? (size_t)size : 0);
    }
}

static void put_string(struct object *object, const char *at, const char *end)
{
    put(object, "\"", 1);
    while (at < end) {
        ucs4_t character;
        at += u8_mbtouc(&character, (const uint8_t *)at, (size_t)(end - at));
        put_character(object, character);
    }
    put(object, "\"", 1);
}

/* ---- what stands behind a backslash ---- */

static int hex_digit(char digit)
{
    const char *found = digit ? strchr("0123456789abcdef", digit) : NULL;

    return found ? (int)(found - "0123456789abcdef") : -1;
}

/* "n", "x1b", "\"" and whatever else: itself. Returns the bytes that it took. */
static size_t read_escape(const char *at, const char *end, ucs4_t *ret)
{
    static const char letters[] = "nrt", meanings[] = "\n\r\t";
    const char *letter = strchr(letters, *at);

    if (*at == 'x' && end - at >= 3) {
        const int high = hex_digit(at[1]), low = hex_digit(at[2]);
        *ret = (ucs4_t)high << 4 | (ucs4_t)low;
        if (high >= 0 && low >= 0)
            return 3;
    }
    *ret = (unsigned char)(letter && *at ? meanings[letter - letters] : *at);
    return 1;
}

/* ---- values ---- */

/* Up to the closing quote, or the end of a line that was cut. Returns what is behind it. */
static const char *put_quoted(struct object *object, const char *at, const char *end)
{
    put(object, "\"", 1);
    while (at < end && *at != '"') {
        ucs4_t character;

        if (*at == '\\' && at + 1 < end && (unsigned char)at[1] < 0x80)
            at += 1 + read_escape(at + 1, end, &character);
        else
            at += u8_mbtouc(&character, (const uint8_t *)at, (size_t)(end - at));
        put_character(object, character);
    }
    put(object, "\"", 1);
    return at < end ? at + 1 : at;
}

static bool is_name(const char *key, size_t size)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == size && memcmp(names[i], key, size) == 0)
            return true;
    return false;
}

static size_t digits(const char *at, const char *end)
{
    size_t count = 0;

    while (at + count < end && at[count] >= '0' && at[count] <= '9')
        count++;
    return count;
}

/* As JSON writes them: "0", "-3", "1.250"; not "007", "+1", "1." or "1e5". */
static bool is_number(const char *at, const char *end)
{
    const char *start = at;

    at += at < end && *at == '-';
    size_t whole = digits(at, end);
    if (whole == 0 || (whole > 1 && *at == '0'))
        return false;
    at += whole;
    if (at < end && *at == '.') {
        size_t part = digits(at + 1, end);
        if (part == 0)
            return false;
        at += 1 + part;
    }
    return at == end && end - start <= DIGITS_MAX;
}

static const char *put_bare(struct object *object, bool may_be_number, const char *at,
                            const char *end)
{
    const char *behind = memchr(at, ' ', (size_t)(end - at));

    if (!behind)
        behind = end;
    if (may_be_number && is_number(at, behind))
        put(object, at, (size_t)(behind - at));
    else
        put_string(object, at, behind);
    return behind;
}

/* ---- a line ---- */

/* The pair at `at`. Returns what is behind it. */
static const char *put_pair(struct object *object, const char *at, const char *end)
{
    const char *equals = memchr(at, '=', (size_t)(end - at));
    size_t key = equals ? (size_t)(equals - at) : 0;

    if (!equals)
        return end; /* cut within a key */
    put(object, ",", object->used > 1);
    put_string(object, at, equals);
    put(object, ":", 1);
    if (equals + 1 < end && equals[1] == '"')
        return put_quoted(object, equals + 2, end);
    return put_bare(object, !is_name(at, key), equals + 1, end);
}

size_t log_json(const char *line, size_t size, char ret[static LOG_JSON_BYTES])
{
    struct object object = {.text = ret};
    const char *at = line, *end = line + size - (size > 0 && line[size - 1] == '\n');

    put(&object, "{", 1);
    while (at < end && !object.full) {
        size_t before = object.used;

        at = put_pair(&object, at, end);
        if (object.full)
            object.used = before;
        while (at < end && *at == ' ')
            at++;
    }
    memcpy(ret + object.used, "}\n", END_BYTES);
    return object.used + END_BYTES;
}
