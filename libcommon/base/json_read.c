/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_read.c - messages out of JSON
 *
 * json_to_message -> read_object -> read_field -> read_value, which takes single values from
 * json_value.c. The few messages with a form of their own stand in `specials`. Reading stops at the
 * first error; its path comes from the chain of spots.
 */
#include "libcommon/base/json.h"

#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "google_any.pb-c.h"
#include "google_field_mask.pb-c.h"
#include "google_timestamp.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/json_shape.h"
#include "libcommon/base/json_value.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"

typedef bool read_fn(const struct json_spot *spot, const json_t *json, ProtobufCMessage *message);
static read_fn *find_special(const ProtobufCMessageDescriptor *type);
static bool read_object(const struct json_spot *spot, const json_t *json, const char *skip,
                        ProtobufCMessage *message);

static bool read_message(const struct json_spot *spot, const json_t *json,
                         ProtobufCMessage *message)
{
    read_fn *special = find_special(message->descriptor);

    if (spot->depth > JSON_DEPTH_MAX)
        return json_fail(spot, "depth", "is nested too deeply");
    return special ? special(spot, json, message) : read_object(spot, json, "", message);
}

static bool read_value(const struct json_spot *spot, const json_t *json,
                       const ProtobufCFieldDescriptor *field, void *element)
{
    struct json_spot inner = *spot;

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return json_read_string(spot, json, element);
    case PROTOBUF_C_TYPE_BYTES:
        return json_read_base64(spot, json, element);
    case PROTOBUF_C_TYPE_MESSAGE:
        inner.depth++;
        *(void **)element = wire_new(spot->reader->memory, field->descriptor);
        return read_message(&inner, json, *(void **)element);
    case PROTOBUF_C_TYPE_ENUM:
        return json_read_enum(spot, json, field->descriptor, element);
    case PROTOBUF_C_TYPE_BOOL:
        return json_read_bool(spot, json, element);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return json_read_real(spot, json, field->type, element);
    default:
        return json_read_integer(spot, json, field->type, element);
    }
}

static bool read_array(const struct json_spot *spot, const json_t *json,
                       const ProtobufCFieldDescriptor *field, char *elements)
{
    struct json_spot inner = *spot;

    if (!json_is_array(json))
        return json_fail(spot, "type", "must be a list");
    for (size_t i = 0; i < json_array_size(json); i++) {
        inner.index = (long)i;
        if (!read_value(&inner, json_array_get(json, i), field,
                        elements + i * json_element_bytes(field->type)))
            return false;
    }
    return true;
}

/* Keys are text in JSON: those of another type are read from it. */
static bool read_key(const struct json_spot *spot, const char *key, ProtobufCMessage *entry)
{
    const ProtobufCFieldDescriptor *field = &entry->descriptor->fields[0];
    bool is_bool = field->type == PROTOBUF_C_TYPE_BOOL;
    json_t *json = is_bool && strcmp(key, "true") == 0    ? json_true()
                   : is_bool && strcmp(key, "false") == 0 ? json_false()
                                                          : json_string(key);
    bool good = read_value(spot, mem_check(json), field, json_at(entry, field->offset));

    json_decref(json);
    return good;
}

static bool read_map(const struct json_spot *spot, const json_t *json,
                     const ProtobufCFieldDescriptor *field, ProtobufCMessage **entries)
{
    const ProtobufCMessageDescriptor *type = field->descriptor;
    const char *key;
    json_t *value;

    if (!json_is_object(json))
        return json_fail(spot, "type", "must be an object");
    json_object_foreach((json_t *)json, key, value)
    {
        struct json_spot inner = json_enter(spot, key);
        ProtobufCMessage *entry = wire_new(spot->reader->memory, type);
        if (!read_key(&inner, key, entry) ||
            !read_value(&inner, value, &type->fields[1], json_at(entry, type->fields[1].offset)))
            return false;
        *entries++ = entry;
    }
    return true;
}

static bool read_repeated(const struct json_spot *spot, const json_t *json,
                          const ProtobufCFieldDescriptor *field, ProtobufCMessage *message)
{
    bool map = json_is_map(message->descriptor, field);
    size_t count = map ? json_object_size(json) : json_array_size(json); /* 0 of another type */
    char *elements = mem_check(
        talloc_zero_size(spot->reader->memory, (count + 1) * json_element_bytes(field->type)));

    if (map ? !read_map(spot, json, field, (ProtobufCMessage **)(void *)elements)
            : !read_array(spot, json, field, elements))
        return false;
    *(size_t *)json_at(message, field->quantifier_offset) = count;
    *(void **)json_at(message, field->offset) = count > 0 ? elements : NULL;
    return true;
}

/* null leaves a field as it is. */
static bool read_field(const struct json_spot *spot, const json_t *json,
                       const ProtobufCFieldDescriptor *field, ProtobufCMessage *message)
{
    if (json_is_null(json))
        return true;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return read_repeated(spot, json, field, message);
    if (json_is_oneof(field)) {
        uint32_t *set = json_at(message, field->quantifier_offset);
        if (*set != 0)
            return json_fail(spot, "oneof", "excludes another field that is there");
        *set = field->id;
    }
    return read_value(spot, json, field, json_at(message, field->offset));
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *type,
                                                  const char *key)
{
    char camel[JSON_NAME_BYTES];

    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if (strcmp(key, field->name) == 0 || strcmp(key, json_camel_name(field, camel)) == 0)
            return field;
    }
    return NULL;
}

static bool read_object(const struct json_spot *spot, const json_t *json, const char *skip,
                        ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    uint64_t seen = 0;
    const char *key;
    json_t *value;

    assert(type->n_fields <= 64);
    if (!json_is_object(json))
        return json_fail(spot, "type", "must be an object");
    json_object_foreach((json_t *)json, key, value)
    {
        if (strcmp(key, skip) == 0)
            continue;
        const ProtobufCFieldDescriptor *field = find_field(type, key);
        struct json_spot inner = json_enter(spot, field ? field->name : key);
        if (!field && spot->reader->lenient)
            continue;
        if (!field)
            return json_fail(&inner, "unknown_field", "is no field of this message");
        uint64_t bit = (uint64_t)1 << (field - type->fields);
        if (seen & bit)
            return json_fail(&inner, "duplicate", "is there twice, in both spellings");
        seen |= bit;
        if (!read_field(&inner, value, field, message))
            return false;
    }
    return true;
}

/* ---- messages with a form of their own ---- */

static bool read_timestamp(const struct json_spot *spot, const json_t *json,
                           ProtobufCMessage *message)
{
    Google__Protobuf__Timestamp *time = (Google__Protobuf__Timestamp *)message;
    const char *text = "";

    if (!json_read_text(spot, json, &text))
        return false;
    return clock_parse(text, &time->seconds, &time->nanos) ||
           json_fail(spot, "timestamp", "must be a moment like 2026-03-01T08:00:00Z");
}

/* "displayName" -> "display_name"; what is snake_case stays so. */
static char *to_snake(const void *parent, const char *camel, size_t bytes)
{
    char *snake = mem_bytes(parent, 2 * bytes + 1), *out = snake;

    for (size_t i = 0; i < bytes; i++) {
        if (isupper((unsigned char)camel[i]))
            *out++ = '_';
        *out++ = (char)tolower((unsigned char)camel[i]);
    }
    *out = '\0';
    return snake;
}

static bool read_field_mask(const struct json_spot *spot, const json_t *json,
                            ProtobufCMessage *message)
{
    Google__Protobuf__FieldMask *mask = (Google__Protobuf__FieldMask *)message;
    const char *text;
    size_t most = 1;

    if (!json_read_text(spot, json, &text))
        return false;
    for (const char *c = text; *c; c++)
        most += *c == ',';
    mask->paths = mem_array(spot->reader->memory, char *, most);
    while (*text) {
        size_t bytes = strcspn(text, ",");
        if (bytes == 0 || (text[bytes] == ',' && text[bytes + 1] == '\0'))
            return json_fail(spot, "type", "must be names with commas between them");
        mask->paths[mask->n_paths++] = to_snake(spot->reader->memory, text, bytes);
        text += bytes + (text[bytes] == ',');
    }
    return true;
}

static bool read_any(const struct json_spot *spot, const json_t *json, ProtobufCMessage *message)
{
    Google__Protobuf__Any *any = (Google__Protobuf__Any *)message;
    void *memory = spot->reader->memory;
    struct json_spot url_spot = json_enter(spot, "@type"), value_spot = json_enter(spot, "value");
    const json_t *value = json_object_get(json, "value");
    const char *url;

    if (!json_is_object(json))
        return json_fail(spot, "type", "must be an object");
    if (json_object_size(json) == 0)
        return true;
    if (!json_read_text(&url_spot, json_object_get(json, "@type"), &url))
        return false;
    any->type_url = mem_text(memory, url);

    const char *slash = strrchr(url, '/');
    const ProtobufCMessageDescriptor *type = types_message(slash ? slash + 1 : url);
    if ((!type || find_special(type)) && json_object_size(json) > 2)
        return json_fail(spot, "unknown_field", "must hold @type and value only");
    if (!type)
        return json_read_base64(&value_spot, value, &any->value);
    ProtobufCMessage *inside = wire_new(memory, type);
    struct json_spot inner = *spot;
    inner.depth = value_spot.depth = spot->depth + 1;
    if (find_special(type) ? !read_message(&value_spot, value, inside)
                           : !read_object(&inner, json, "@type", inside))
        return false;
    any->value = wire_pack(memory, inside);
    return true;
}

static const struct {
    const ProtobufCMessageDescriptor *type;
    read_fn *read;
} specials[] = {
    {&google__protobuf__timestamp__descriptor, read_timestamp},
    {&google__protobuf__field_mask__descriptor, read_field_mask},
    {&google__protobuf__any__descriptor, read_any},
};

static read_fn *find_special(const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++)
        if (specials[i].type == type)
            return specials[i].read;
    return NULL;
}

/* ---- the way in ---- */

static enum status to_message(const void *parent, const ProtobufCMessageDescriptor *type,
                              const json_t *json, bool lenient, struct violations *violations,
                              ProtobufCMessage **ret_message)
{
    ProtobufCMessage *message = wire_new(parent, type);
    struct json_reader reader = {parent, message, violations, lenient};
    struct json_spot top = {.reader = &reader, .index = -1, .depth = 1};

    if (!read_message(&top, json, message)) {
        talloc_free(message);
        return STATUS_INVALID_ARGUMENT;
    }
    *ret_message = message;
    return STATUS_OK;
}

enum status json_to_message(const void *parent, const ProtobufCMessageDescriptor *type,
                            const json_t *json, struct violations *violations,
                            ProtobufCMessage **ret_message)
{
    return to_message(parent, type, json, false, violations, ret_message);
}

static const char *rule_of_parse_error(enum json_error_code code)
{
    switch (code) {
    case json_error_invalid_utf8:
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "utf8";
    case json_error_duplicate_key:
        return "duplicate";
    case json_error_numeric_overflow:
        return "range";
    case json_error_stack_overflow:
        return "depth";
    default:
        return "json";
    }
}

static enum status parse(const void *parent, const ProtobufCMessageDescriptor *type,
                         const char *text, bool lenient, struct violations *violations,
                         ProtobufCMessage **ret_message)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

    if (!json) {
        struct violation *violation = violation_add(
            parent, violations, "", rule_of_parse_error(json_error_code(&error)),
            "the message is not good JSON at line %d, column %d", error.line, error.column);
        violation->params[0] = (struct violation_param){"line", error.line};
        violation->params[1] = (struct violation_param){"column", error.column};
        return STATUS_INVALID_ARGUMENT;
    }
    enum status status = to_message(parent, type, json, lenient, violations, ret_message);
    json_decref(json);
    return status;
}

enum status json_parse(const void *parent, const ProtobufCMessageDescriptor *type, const char *text,
                       struct violations *violations, ProtobufCMessage **ret_message)
{
    return parse(parent, type, text, false, violations, ret_message);
}

enum status json_parse_stored(const void *parent, const ProtobufCMessageDescriptor *type,
                              const char *text, ProtobufCMessage **ret_message)
{
    struct violations ignored = {0};

    return parse(parent, type, text, true, &ignored, ret_message);
}
