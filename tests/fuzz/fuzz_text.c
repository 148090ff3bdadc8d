/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_text.c - the checks on text, and how it gets into a log line */
#include "libcommon/base/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libcommon/base/id.h"
#include "libcommon/base/log.h"
#include "libcommon/base/log_json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/phone.h"
#include "libcommon/base/text_form.h"
#include "target.h"

/* A line of the log is one line, whatever it quotes. */
static void check_quoted(const char *text)
{
    const char *quoted = LOG_QUOTED(text);
    size_t length = strlen(quoted);

    assert(length >= 2 && quoted[0] == '"' && quoted[length - 1] == '"');
    for (size_t i = 0; i < length; i++)
        assert((unsigned char)quoted[i] >= ' ' && quoted[i] != '\x7f');
}

/* In its form it stays as it is, and what is shown has the key of what was written. */
static void check_forms(char *text)
{
    static char *(*const forms[])(const void *parent, char *text) = {text_line, text_lines,
                                                                     text_code};
    void *memory = mem_check(talloc_new(NULL));

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char *first = forms[i](memory, text);
        assert(text_characters(first, strlen(first)) >= 0);
        assert(strcmp(forms[i](memory, mem_text(memory, first)), first) == 0);
    }
    const char *key = text_key(memory, text);
    assert(strlen(key) <= TEXT_KEY_BYTES);
    assert(strcmp(text_key(memory, key), key) == 0);
    assert(strcmp(text_key(memory, text_line(memory, text)), key) == 0);
    talloc_free(memory);
}

/* The stored form of a number is its own. */
static void check_phone(const char *text)
{
    void *memory = mem_check(talloc_new(NULL));
    const char *form = phone_form(memory, text);

    if (form)
        assert(strlen(form) <= PHONE_CHARS_MAX && strcmp(phone_form(memory, form), form) == 0);
    talloc_free(memory);
}

static void check_id(const char *text)
{
    uint8_t bytes[16];
    char id[ID_CHARS + 1];

    if (id_parse(text, bytes) == 0) {
        id_format(bytes, id);
        assert(text_is_uuid(text) && strcasecmp(id, text) == 0);
    }
    assert(id_unix_ms(text) < 0 || text_is_uuid(text));
}

/* Whatever was logged, a line is an object. */
static void check_json(const char *text)
{
    char json[LOG_JSON_BYTES];
    json_t *object = json_loadb(json, log_json(text, strlen(text), json), 0, NULL);

    assert(object);
    json_decref(object);
}

void target_start(void)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    long characters = text_characters((const char *)data, size);

    assert(characters <= (long)size);
    check_quoted(text);
    check_id(text);
    check_json(text);
    (void)text_is_slug(text);
    (void)text_is_time_zone(text);
    (void)text_is_date(text);
    (void)text_is_traceparent(text);
    if (characters >= 0) {
        (void)text_has_control(text);
        check_forms(text);
        check_phone(text);
    }
    free(text);
    return 0;
}
