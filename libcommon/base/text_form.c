/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_form.c - the forms that text is put into before it is checked, stored and compared
 *
 * text -> cleaned (never longer) -> normalised -> trimmed. Cleaning comes first: what joins when
 * something between it goes must be composed. ASCII and common ideographs, nearly all of our text,
 * are found to be in every form without any of it; the rest is libunistring's.
 */
#include "libcommon/base/text_form.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"

enum { BRAILLE_BLANK = 0x2800, IDEOGRAPHIC_SPACE = 0x3000, STACK_BYTES = 1024 };

/* ---- characters ---- */

static bool is_space(ucs4_t character)
{
    return uc_is_property_white_space(character);
}

static bool is_invisible(ucs4_t character)
{
    return character == BRAILLE_BLANK || uc_is_property_default_ignorable_code_point(character) ||
           uc_is_general_category(character, UC_FORMAT);
}

/* Controls count, since who wrote them is to be told. */
static bool has_visible(const uint8_t *text, size_t bytes)
{
    ucs4_t character;

    for (size_t at = 0; at < bytes;) {
        at += (size_t)u8_mbtouc(&character, text + at, bytes - at);
        if (!is_space(character) && !is_invisible(character) &&
            !uc_is_general_category(character, UC_MARK))
            return true;
    }
    return false;
}

/* U+4E00 to U+9FFF, in UTF-8 that is known to be valid. */
static bool is_ideograph(const char *text)
{
    uint8_t first = (uint8_t)text[0], second = (uint8_t)text[1];

    return (first == 0xE4 && second >= 0xB8) || (first >= 0xE5 && first <= 0xE9);
}

/* ASCII and the common ideographs are in NFC and NFKC, alone and next to each other. */
static bool is_surely_normal(const char *text, size_t bytes)
{
    size_t done = text_ascii_prefix(text, bytes);

    while (done < bytes && is_ideograph(text + done)) {
        done += 3;
        if (done < bytes && !((uint8_t)text[done] & 0x80))
            done += text_ascii_prefix(text + done, bytes - done);
    }
    return done == bytes;
}

/* In every form, but for case: surely normal, and none of its spaces is to be changed. */
static bool is_clean(const char *text, size_t bytes)
{
    return is_surely_normal(text, bytes) && !strpbrk(text, "\t\n\v\f\r") && !strstr(text, "  ") &&
           (bytes == 0 || (text[0] != ' ' && text[bytes - 1] != ' '));
}

/* ---- cleaning: writes to `to`, which is as large as text, and returns how much ---- */

typedef size_t cleaner(const uint8_t *text, size_t bytes, uint8_t *to);

/* every: of a key, no space stays as it is. */
static size_t clean_line(const uint8_t *text, size_t bytes, uint8_t *to, bool every)
{
    size_t size = 0;
    bool in_run = false;
    ucs4_t character;

    for (size_t at = 0; at < bytes;) {
        int length = u8_mbtouc(&character, text + at, bytes - at);
        bool stays = !every && (character == ' ' || character == IDEOGRAPHIC_SPACE);

        if (is_space(character) && !stays) {
            if (!in_run)
                to[size++] = ' ';
            in_run = true;
        } else if (!is_invisible(character)) {
            memcpy(to + size, text + at, (size_t)length);
            size += (size_t)length;
            in_run = false;
        }
        at += (size_t)length;
    }
    return size;
}

static size_t clean_shown(const uint8_t *text, size_t bytes, uint8_t *to)
{
    return clean_line(text, bytes, to, false);
}

static size_t clean_key(const uint8_t *text, size_t bytes, uint8_t *to)
{
    return clean_line(text, bytes, to, true);
}

static size_t clean_lines(const uint8_t *text, size_t bytes, uint8_t *to)
{
    size_t size = 0;

    for (size_t at = 0; at < bytes; at++) {
        if (text[at] == '\r' && at + 1 < bytes && text[at + 1] == '\n')
            continue;
        to[size++] = text[at] == '\r' ? '\n' : text[at];
    }
    return size;
}

/* ---- forms ---- */

/* Bytes of the space at the start. */
static size_t leading_space(const uint8_t *text, size_t bytes)
{
    size_t done = 0;
    ucs4_t character;

    while (done < bytes) {
        int length = u8_mbtouc(&character, text + done, bytes - done);
        if (!is_space(character))
            break;
        done += (size_t)length;
    }
    return done;
}

/* Bytes that remain without the space at the end. */
static size_t without_trailing_space(const uint8_t *text, size_t bytes)
{
    const uint8_t *end = text + bytes, *previous;
    ucs4_t character;

    while ((previous = u8_prev(&character, end, text)) && is_space(character))
        end = previous;
    return (size_t)(end - text);
}

/* text without the space at both ends: `original` itself where that is the same, else a copy. */
static char *trimmed(const void *parent, char *original, const uint8_t *text, size_t bytes)
{
    size_t kept = has_visible(text, bytes) ? without_trailing_space(text, bytes) : 0;
    size_t skipped = leading_space(text, kept);

    if (kept - skipped == strlen(original) && memcmp(original, text + skipped, kept - skipped) == 0)
        return original;
    return mem_check(talloc_strndup(parent, (const char *)text + skipped, kept - skipped));
}

static char *put_into(const void *parent, char *text, cleaner *clean, uninorm_t form)
{
    uint8_t stack[STACK_BYTES], *cleaned;
    size_t bytes = strlen(text), normal_bytes = sizeof stack;

    if (is_clean(text, bytes))
        return text;
    cleaned = mem_bytes(NULL, bytes + 1);
    bytes = clean((const uint8_t *)text, bytes, cleaned);
    /* NULL: no memory, for the text is valid */
    uint8_t *normal = mem_check(u8_normalize(form, cleaned, bytes, stack, &normal_bytes));
    char *result = trimmed(parent, text, normal, normal_bytes);
    if (normal != stack)
        free(normal);
    talloc_free(cleaned);
    return result;
}

char *text_line(const void *parent, char *text)
{
    return put_into(parent, text, clean_shown, UNINORM_NFC);
}

char *text_lines(const void *parent, char *text)
{
    return put_into(parent, text, clean_lines, UNINORM_NFC);
}

char *text_code(const void *parent, char *text)
{
    return put_into(parent, text, clean_shown, UNINORM_NFKC);
}

/* ---- keys ---- */

static char *folded(const void *parent, const char *text)
{
    uint8_t stack[STACK_BYTES];
    size_t bytes = sizeof stack;
    uint8_t *fold = mem_check(
        u8_casefold((const uint8_t *)text, strlen(text), NULL, UNINORM_NFKC, stack, &bytes));
    char *result = mem_check(talloc_strndup(parent, (const char *)fold, bytes));

    if (fold != stack)
        free(fold);
    return result;
}

/* Lower case of ASCII, in place. */
static char *lowered(char *key)
{
    for (char *c = key; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return key;
}

/* Cuts whole characters off what is too long. */
static char *bounded(char *key)
{
    size_t size = strlen(key);

    if (size > TEXT_KEY_BYTES) {
        size = TEXT_KEY_BYTES;
        while (((uint8_t)key[size] & 0xC0) == 0x80)
            size--;
        while (key[size - 1] == ' ')
            size--;
        key[size] = '\0';
    }
    return key;
}

char *text_key(const void *parent, const char *text)
{
    if (is_clean(text, strlen(text)))
        return bounded(lowered(mem_text(parent, text)));
    void *scratch = mem_check(talloc_new(NULL));
    char *key = put_into(scratch, mem_text(scratch, text), clean_key, UNINORM_NFKC);
    /* a second time: what the first one made may fold again (Unicode D146) */
    key = folded(scratch, folded(scratch, key));
    key = put_into(scratch, key, clean_key, UNINORM_NFKC); /* NFKC makes spaces, too */
    key = bounded(mem_text(parent, key));
    talloc_free(scratch);
    return key;
}
