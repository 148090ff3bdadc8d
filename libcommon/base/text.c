/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c - checks on text from outside
 *
 * Most text is ASCII or Chinese. ASCII is done here, eight bytes at a time; the rest is
 * libunistring's. Nothing allocates, and only text_is_time_zone looks outside the text: into the
 * machine's zone database.
 */
#include "libcommon/base/text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <unistd.h>
#include <unistr.h>

#include "libcommon/base/id.h"

static const uint64_t EVERY_BYTE = 0x0101010101010101; /* 1 in each byte */

/* ---- characters ---- */

size_t text_ascii_prefix(const char *text, size_t bytes)
{
    size_t done = 0;

    for (; bytes - done >= sizeof(uint64_t); done += sizeof(uint64_t)) {
        uint64_t eight;
        memcpy(&eight, text + done, sizeof eight);
        /* a NUL sets the top bit of its byte here; what is not ASCII has it set anyway */
        uint64_t has_zero = (eight - EVERY_BYTE) & ~eight;
        if ((has_zero | eight) & EVERY_BYTE << 7)
            break;
    }
    while (done < bytes && text[done] != '\0' && !((unsigned char)text[done] & 0x80))
        done++;
    return done;
}

long text_characters(const char *text, size_t bytes)
{
    size_t ascii = text_ascii_prefix(text, bytes);
    const uint8_t *rest = (const uint8_t *)text + ascii;
    size_t rest_bytes = bytes - ascii;

    if (rest_bytes == 0)
        return (long)bytes;
    if (memchr(rest, '\0', rest_bytes) || u8_check(rest, rest_bytes))
        return -1;
    return (long)(ascii + u8_mbsnlen(rest, rest_bytes));
}

/* ---- what a text may be ---- */

bool text_has_control(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if ((*c < 0x20 && *c != '\t' && *c != '\n') || *c == 0x7F)
            return true;
        if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0) /* U+0080 to U+009F */
            return true;
    }
    return false;
}

bool text_has_bidi_control(const char *text)
{
    size_t bytes = strlen(text), at = text_ascii_prefix(text, bytes);
    ucs4_t character;

    for (; at < bytes; at += (size_t)u8_mbtouc(&character, (const uint8_t *)text + at, bytes - at))
        if (u8_mbtouc(&character, (const uint8_t *)text + at, bytes - at) > 1 &&
            uc_is_property_bidi_control(character))
            return true;
    return false;
}

static const char digits[] = "0123456789";
static const char lower_case[] = "abcdefghijklmnopqrstuvwxyz";
static const char slug_characters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
static const char lower_hex[] = "0123456789abcdef";

/* strchr finds a NUL too. */
static bool is_one_of(char character, const char *set)
{
    return character != '\0' && strchr(set, character) != NULL;
}

bool text_is_slug(const char *text)
{
    size_t length = strnlen(text, 33);

    return length >= 2 && length <= 32 && is_one_of(text[0], lower_case) &&
           strspn(text, slug_characters) == length;
}

bool text_is_uuid(const char *text)
{
    uint8_t bytes[16];

    return id_parse(text, bytes) == 0;
}

/* ---- time zones ---- */

/* Files of the zone database that are no IANA names: copies with other leap seconds, the machine's
 * own zone, and a placeholder. */
static bool is_other_zone_file(const char *text)
{
    static const char *const others[] = {"posix/",     "right/",  "localtime",
                                         "posixrules", "Factory", NULL};

    for (const char *const *other = others; *other; other++)
        if (strncmp(text, *other, strlen(*other)) == 0)
            return true;
    return false;
}

/* Does the file? At most 8 bytes. */
static bool begins_with(const char *path, const char *magic, size_t bytes)
{
    char start[8];
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (file < 0)
        return false;
    ssize_t count = read(file, start, bytes); /* fails for a folder */
    close(file);
    return count == (ssize_t)bytes && memcmp(start, magic, bytes) == 0;
}

bool text_is_time_zone(const char *text)
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_/";
    static const char folder[] = "/usr/share/zoneinfo/";
    size_t length = strnlen(text, 65);
    char path[sizeof folder + 64];

    if (length == 0 || length > 64 || strspn(text, safe) != length || text[0] == '/' ||
        is_other_zone_file(text)) /* no dot is safe, so no ".." either */
        return false;
    memcpy(path, folder, sizeof folder - 1);
    memcpy(path + sizeof folder - 1, text, length + 1);
    return begins_with(path, "TZif", 4);
}

/* ---- dates and traces ---- */

/* -1: not all of the first `length` characters are digits. */
static int number_of(const char *text, int length)
{
    int number = 0;

    for (int i = 0; i < length; i++) {
        if (!is_one_of(text[i], digits))
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

bool text_is_date(const char *text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (strnlen(text, 11) != 10 || text[4] != '-' || text[7] != '-')
        return false;
    int year = number_of(text, 4), month = number_of(text + 5, 2), day = number_of(text + 8, 2);
    if (year < 1970 || year > 2199 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (leap && month == 2);
}

/* True if length characters are lower-case hex and not all zero. */
static bool is_trace_field(const char *text, size_t length)
{
    return strspn(text, lower_hex) >= length && strspn(text, "0") < length;
}

bool text_is_traceparent(const char *text)
{
    /* version 00 - trace id of 32 - parent id of 16 - flags of 2 */
    return strnlen(text, 56) == 55 && strncmp(text, "00-", 3) == 0 && text[35] == '-' &&
           text[52] == '-' && is_trace_field(text + 3, 32) && is_trace_field(text + 36, 16) &&
           strspn(text + 53, lower_hex) == 2;
}
