/* SPDX-License-Identifier: Apache-2.0 */
/* encoding.c - a file's bytes as UTF-8, judged as a whole */
#include "encoding.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uniconv.h>
#include <unistr.h>

#include "libcommon/base/mem.h"

enum encoding encoding_of(const char *name)
{
    static const struct {
        const char *name;
        enum encoding encoding;
    } names[] = {{"utf-8", ENCODING_UTF_8},
                 {"utf8", ENCODING_UTF_8},
                 {"gb18030", ENCODING_GB18030},
                 {"gbk", ENCODING_GB18030},
                 {"gb2312", ENCODING_GB18030}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(names[i].name, name) == 0)
            return names[i].encoding;
    return ENCODING_UNKNOWN;
}

/* The bytes in UTF-8, under parent; NULL if they are not in this encoding. */
static char *convert(const void *parent, const char *data, size_t size, const char *from,
                     size_t *ret_size)
{
    char *converted =
        (char *)u8_conv_from_encoding(from, iconveh_error, data, size, NULL, NULL, ret_size);
    if (converted == NULL)
        return NULL;
    char *copy = mem_copy(parent, converted, *ret_size);
    free(converted);
    return copy;
}

/* A character from `first` to `last`, in valid UTF-8. */
static bool has_any_of(const char *text, size_t size, ucs4_t first, ucs4_t last)
{
    ucs4_t character;

    for (size_t at = 0; at < size;) {
        at += (size_t)u8_mbtouc(&character, (const uint8_t *)text + at, size - at);
        if (character >= first && character <= last)
            return true;
    }
    return false;
}

static size_t line_of(const char *data, const char *at)
{
    size_t line = 1;

    for (; data < at; data++)
        line += *data == '\n';
    return line;
}

struct mark {
    const char *bytes;
    size_t size;
    const char *encoding; /* NULL: UTF-8 */
};

/* The mark that the file begins with; size 0 for none. */
static struct mark find_mark(const char *data, size_t size)
{
    static const struct mark marks[] = {{"\xef\xbb\xbf", 3, NULL},
                                        {"\xff\xfe", 2, "UTF-16LE"},
                                        {"\xfe\xff", 2, "UTF-16BE"},
                                        {"\x84\x31\x95\x33", 4, "GB18030"}};

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (size >= marks[i].size && memcmp(data, marks[i].bytes, marks[i].size) == 0)
            return marks[i];
    return (struct mark){0};
}

bool encoding_decode(const void *parent, char *data, size_t size, enum encoding encoding,
                     char **ret, size_t *ret_size, size_t *ret_line, const char **ret_fault)
{
    const struct mark mark = find_mark(data, size);

    data += mark.size;
    size -= mark.size;
    if (mark.size > 0)
        encoding = mark.encoding == NULL ? ENCODING_UTF_8 : ENCODING_GB18030;
    const char *other = mark.encoding == NULL ? "GB18030" : mark.encoding;
    const uint8_t *bad = u8_check((const uint8_t *)data, size);
    size_t converted_size = size;
    char *converted =
        encoding == ENCODING_UTF_8 ? NULL : convert(parent, data, size, other, &converted_size);
    bool may_be_utf_8 = bad == NULL && encoding != ENCODING_GB18030;

    *ret_line = bad == NULL ? 0 : line_of(data, (const char *)bad);
    *ret_fault = encoding == ENCODING_UTF_8 ? "it is not UTF-8"
                                            : "it is neither UTF-8 nor GB18030; save it as UTF-8";
    if (!may_be_utf_8 && converted == NULL)
        return false;
    /* characters of three bytes are what GB18030 does not happen to look like, those of two are */
    if (may_be_utf_8 && converted != NULL && !has_any_of(data, size, 0x2000, 0x10FFFF) &&
        has_any_of(converted, converted_size, 0x4E00, 0x9FFF)) {
        *ret_fault = "it may be UTF-8 or GB18030: --encoding says which";
        return false;
    }
    *ret = may_be_utf_8 ? data : converted;
    *ret_size = may_be_utf_8 ? size : converted_size;
    return true;
}
