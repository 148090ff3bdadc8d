/* SPDX-License-Identifier: Apache-2.0 */
/*
 * phone.c - telephone numbers as people write and paste them, in the one form that is stored
 *
 * text -> "+" and groups of digits, and the extension where a mark stands before it -> without the
 * country's code -> a row of `shapes`. The group behind the last dash is the extension if what
 * stands before it has a shape; else all digits are the number.
 */
#include "libcommon/base/phone.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "libcommon/base/mem.h"

enum { DIGITS_MAX = 24, EXTENSION_MAX = 6 };

/* A number on its way: digits without what stands between them. */
struct number {
    char digits[DIGITS_MAX + 1];
    size_t count;
    size_t groups, first_group; /* how many, and digits of the first */
    size_t last_group;          /* where the digits behind the last dash begin; 0: there is none */
    bool international;
    char extension[EXTENSION_MAX + 1];
};

/* ---- reading ---- */

/* Signs that may stand between digits and mean nothing. */
static bool is_gap(ucs4_t character)
{
    return uc_is_property_white_space(character) || uc_is_property_dash(character) ||
           character == '(' || character == ')' || character == '.';
}

/* Bytes of the mark of an extension that begins here, 0 if none does. Longer ones first. */
static size_t mark_size(const char *text)
{
    static const char *const marks[] = {"转分机", "轉分機", "转", "轉", "分机", "分機", "extension",
                                        "ext.",   "ext",    "x",  "#",  ",",    ";ext="};

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strncasecmp(text, marks[i], strlen(marks[i])) == 0)
            return strlen(marks[i]);
    return 0;
}

/* Digits with gaps between them and nothing else, at most `most`. */
static bool read_extension(const char *text, char extension[EXTENSION_MAX + 1])
{
    size_t count = 0;

    for (text += strspn(text, " :.-"); isdigit((unsigned char)*text); text++) {
        if (count == EXTENSION_MAX)
            return false;
        extension[count++] = *text;
    }
    extension[count] = '\0';
    return count > 0 && text[strspn(text, " )")] == '\0';
}

/* False: it holds what no number does. */
static bool read_number(const char *text, struct number *ret)
{
    ucs4_t character;
    bool gap = true, dash = false;

    *ret = (struct number){0};
    while (*text) {
        size_t mark = ret->count > 0 ? mark_size(text) : 0;

        if (mark > 0)
            return read_extension(text + mark, ret->extension);
        int length = u8_mbtouc(&character, (const uint8_t *)text, strlen(text));
        if (character >= '0' && character <= '9') {
            if (ret->count == DIGITS_MAX)
                return false;
            if (dash && ret->count > 0)
                ret->last_group = ret->count;
            ret->groups += gap;
            ret->digits[ret->count++] = (char)character;
            ret->first_group += ret->groups == 1;
            gap = dash = false;
        } else if (character == '+' && ret->count == 0 && !ret->international) {
            ret->international = true;
        } else if (!is_gap(character)) {
            return false;
        } else {
            gap = true;
            dash = dash || character == '(' || uc_is_property_dash(character);
        }
        text += length;
    }
    return ret->count > 0;
}

/* ---- shapes ---- */

/* The numbers that there are: a pattern of fnmatch(3), the number of digits, and how many of
 * them are the area code. */
static const struct shape {
    bool international;
    const char *pattern;
    size_t min, max, area;
} shapes[] = {
    {false, "1[3-9]*", 11, 11, 0},   /* mobile */
    {false, "010[2-8]*", 10, 11, 3}, /* landlines */
    {false, "02[0-9][2-8]*", 10, 11, 3},
    {false, "0[3-9][0-9][0-9][2-8]*", 11, 12, 4},
    {false, "010[19]*", 8, 9, 3}, /* a city's service numbers: 010-12345 */
    {false, "02[0-9][19]*", 8, 9, 3},
    {false, "0[3-9][0-9][0-9][19]*", 9, 10, 4},
    {false, "[2-8]*", 7, 8, 0}, /* landline without its area */
    {false, "[48]00*", 10, 10, 0},
    {false, "9[56]*", 7, 11, 0}, /* long service number */
    /* service number, or a group's short one: none begins as the long ones do */
    {false, "[1-35-79]*", 5, 6, 0},
    {false, "[48][1-9]*", 5, 6, 0},
    {false, "[48]0[1-9]*", 5, 6, 0},
    {true, "[1-9]*", 8, 15, 0},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static const struct shape *shape_of(const struct number *number)
{
    for (const struct shape *shape = shapes; shape < shapes + SHAPES; shape++)
        if (shape->international == number->international && number->count >= shape->min &&
            number->count <= shape->max && fnmatch(shape->pattern, number->digits, 0) == 0)
            return shape;
    return NULL;
}

/* ---- the country's code ---- */

static void drop(struct number *number, size_t count)
{
    memmove(number->digits, number->digits + count, number->count - count + 1);
    number->count -= count;
    number->last_group = number->last_group > count ? number->last_group - count : 0;
}

static bool begins(const struct number *number, const char *digits)
{
    return strncmp(number->digits, digits, strlen(digits)) == 0;
}

/* Makes a number of this country the digits that one dials within it. */
static void make_domestic(struct number *number)
{
    static const char *const as_they_are[] = {"0",  "13", "14",  "15",  "16", "17",
                                              "18", "19", "400", "800", "95", "96"};

    number->international = false;
    for (size_t i = 0; i < sizeof as_they_are / sizeof *as_they_are; i++)
        if (begins(number, as_they_are[i]))
            return;
    /* an area's code, whose 0 is dialled within the country only */
    if (number->count >= 9 && number->count < DIGITS_MAX) {
        memmove(number->digits + 1, number->digits, number->count + 1);
        number->digits[0] = '0';
        number->count++;
        number->last_group += number->last_group > 0;
    }
}

static void settle_country(struct number *number)
{
    if (!number->international && begins(number, "00")) {
        drop(number, 2);
        number->international = true;
    }
    /* +86 571…, and 86-571…; but 86-910001 is the landline 86910001 */
    bool is_marked =
        number->international || (number->first_group == 2 && shape_of(number) == NULL);

    if (is_marked && begins(number, "86")) {
        drop(number, 2);
        make_domestic(number);
    } else if (!number->international && number->count == 13 && begins(number, "861")) {
        drop(number, 2); /* a mobile with the code, but without its sign */
    } else if (!number->international && number->count == 12 && begins(number, "01") &&
               number->digits[2] >= '3') {
        drop(number, 1); /* a mobile with the 0 that other places had to dial */
    }
}

/* ---- the extension ---- */

/* The number without its last group, which is the extension; false if that cannot be. */
static bool cut_extension(const struct number *number, struct number *ret)
{
    size_t size = number->count - number->last_group;

    if (number->extension[0] || number->last_group == 0 || size > EXTENSION_MAX)
        return false;
    *ret = *number;
    memcpy(ret->extension, number->digits + number->last_group, size + 1);
    ret->digits[number->last_group] = '\0';
    ret->count = number->last_group;
    return shape_of(ret) != NULL;
}

/* Numbers that are written in groups of which the first ones look like a number: the first one of a
 * landline without its area, which may begin so as well, has 7 digits or 8. */
static bool is_written_in_groups(const struct number *number)
{
    return number->international
               ? number->groups > 2
               : number->first_group < 7 && (begins(number, "400") || begins(number, "800"));
}

char *phone_form(const void *parent, const char *text)
{
    struct number number, cut;

    if (!read_number(text, &number))
        return NULL;
    settle_country(&number);
    const struct shape *shape = shape_of(&number);
    if (!(shape && is_written_in_groups(&number)) && cut_extension(&number, &cut)) {
        number = cut;
        shape = shape_of(&number);
    }
    if (!shape)
        return NULL;
    return mem_printf(parent, "%s%.*s%s%s%s%s", shape->international ? "+" : "", (int)shape->area,
                      number.digits, shape->area ? "-" : "", number.digits + shape->area,
                      number.extension[0] ? "-" : "", number.extension);
}
