/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - proto3 JSON mapping over descriptors
 *
 * Out: json_from_message -> object_from -> field_from -> value_from. In: json_to_message ->
 * read_object -> read_field -> read_value. The few messages with a form of their own stand in
 * `specials`. Reading stops at the first error; its path comes from the chain of spots.
 */
#include "json.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "google_any.pb-c.h"
#include "google_field_mask.pb-c.h"
#include "google_timestamp.pb-c.h"
#include "mem.h"
#include "types.h"
#include "wire.h"

/* ---- descriptors ---- */

/* Integers of all kinds: largest value, largest amount below zero, bytes in the struct. */
static const struct integer {
    uint64_t most, most_below_zero;
    size_t bytes;
} integers[] = {
    [PROTOBUF_C_TYPE_INT32] = {INT32_MAX, (uint64_t)INT32_MAX + 1, 4},
    [PROTOBUF_C_TYPE_SINT32] = {INT32_MAX, (uint64_t)INT32_MAX + 1, 4},
    [PROTOBUF_C_TYPE_SFIXED32] = {INT32_MAX, (uint64_t)INT32_MAX + 1, 4},
    [PROTOBUF_C_TYPE_INT64] = {INT64_MAX, (uint64_t)INT64_MAX + 1, 8},
    [PROTOBUF_C_TYPE_SINT64] = {INT64_MAX, (uint64_t)INT64_MAX + 1, 8},
    [PROTOBUF_C_TYPE_SFIXED64] = {INT64_MAX, (uint64_t)INT64_MAX + 1, 8},
    [PROTOBUF_C_TYPE_UINT32] = {UINT32_MAX, 0, 4},
    [PROTOBUF_C_TYPE_FIXED32] = {UINT32_MAX, 0, 4},
    [PROTOBUF_C_TYPE_UINT64] = {UINT64_MAX, 0, 8},
    [PROTOBUF_C_TYPE_FIXED64] = {UINT64_MAX, 0, 8},
};

static size_t element_bytes(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_FLOAT:
        return sizeof(float);
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(double);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_ENUM:
        return sizeof(int);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    default:
        return integers[type].bytes;
    }
}

enum { NAME_BYTES = 128 }; /* of a field; find_field asserts it */

/* "unit_ids" -> "unitIds" into camel, which has room for the name. */
static const char *to_camel(const char *name, char *camel)
{
    char *out = camel;

    for (; *name; name++) {
        bool capital = *name == '_' && islower((unsigned char)name[1]);
        name += capital;
        *out++ = capital ? (char)toupper((unsigned char)*name) : *name;
    }
    *out = '\0';
    return camel;
}

/* A map is a repeated message that protoc made itself: nested, "<FieldName>Entry", with key and
 * value. */
static bool is_map(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field)
{
    const ProtobufCMessageDescriptor *entry = field->descriptor;
    char camel[NAME_BYTES], name[512];

    if (field->label != PROTOBUF_C_LABEL_REPEATED || field->type != PROTOBUF_C_TYPE_MESSAGE ||
        entry->n_fields != 2 || strcmp(entry->fields[0].name, "key") != 0 ||
        strcmp(entry->fields[1].name, "value") != 0)
        return false;
    to_camel(field->name, camel);
    camel[0] = (char)toupper((unsigned char)camel[0]);
    snprintf(name, sizeof name, "%s.%sEntry", type->name, camel);
    return strcmp(entry->name, name) == 0;
}

static void *at(const ProtobufCMessage *message, unsigned offset)
{
    return (char *)message + offset; /* readers do not write through it */
}

static bool is_oneof(const ProtobufCFieldDescriptor *field)
{
    return field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
}

struct spot;

/* A message with a JSON form of its own. */
struct special {
    const ProtobufCMessageDescriptor *type;
    json_t *(*from)(const ProtobufCMessage *message, int depth);
    bool (*read)(const struct spot *spot, const json_t *json, ProtobufCMessage *message);
};

static const struct special *find_special(const ProtobufCMessageDescriptor *type);

/* ---- out ---- */

static json_t *object_from(const ProtobufCMessage *message, int depth);

static json_t *text_from(const char *text)
{
    return mem_check(json_string(text ? text : ""));
}

static json_t *base64_from(const ProtobufCBinaryData *bytes)
{
    size_t size = sodium_base64_encoded_len(bytes->len, sodium_base64_VARIANT_ORIGINAL);
    char *text = mem_bytes(NULL, size);

    sodium_bin2base64(text, size, bytes->data, bytes->len, sodium_base64_VARIANT_ORIGINAL);
    json_t *json = text_from(text);
    talloc_free(text);
    return json;
}

static json_t *integer_from(ProtobufCType type, const void *element)
{
    const struct integer *integer = &integers[type];
    char text[24];

    if (integer->bytes == 4)
        return mem_check(json_integer(integer->most_below_zero
                                          ? (json_int_t) * (const int32_t *)element
                                          : (json_int_t) * (const uint32_t *)element));
    if (integer->most_below_zero)
        snprintf(text, sizeof text, "%" PRId64, *(const int64_t *)element);
    else
        snprintf(text, sizeof text, "%" PRIu64, *(const uint64_t *)element);
    return text_from(text); /* a JSON number would lose digits in a browser */
}

static json_t *real_from(double value)
{
    if (isnan(value))
        return text_from("NaN");
    if (isinf(value))
        return text_from(value > 0 ? "Infinity" : "-Infinity");
    return mem_check(json_real(value));
}

static json_t *enum_from(const ProtobufCEnumDescriptor *type, int value)
{
    const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(type, value);

    return known ? text_from(known->name) : mem_check(json_integer(value));
}

/* A map's entry may lack its message: that is an empty one. */
static json_t *message_from(const ProtobufCMessageDescriptor *type, const ProtobufCMessage *message,
                            int depth)
{
    if (message)
        return object_from(message, depth);
    ProtobufCMessage *empty = wire_new(NULL, type);
    json_t *json = object_from(empty, depth);
    talloc_free(empty);
    return json;
}

static json_t *value_from(const ProtobufCFieldDescriptor *field, const void *element, int depth)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return text_from(*(const char *const *)element);
    case PROTOBUF_C_TYPE_BYTES:
        return base64_from(element);
    case PROTOBUF_C_TYPE_MESSAGE:
        return message_from(field->descriptor, *(const ProtobufCMessage *const *)element,
                            depth + 1);
    case PROTOBUF_C_TYPE_ENUM:
        return enum_from(field->descriptor, *(const int *)element);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)element);
    case PROTOBUF_C_TYPE_FLOAT:
        return real_from(*(const float *)element);
    case PROTOBUF_C_TYPE_DOUBLE:
        return real_from(*(const double *)element);
    default:
        return integer_from(field->type, element);
    }
}

/* JSON's keys are strings; of two entries with one key the last counts. */
static json_t *map_from(size_t count, ProtobufCMessage *const *entries, int depth)
{
    json_t *object = mem_check(json_object());

    for (size_t i = 0; i < count; i++) {
        const ProtobufCFieldDescriptor *fields = entries[i]->descriptor->fields;
        json_t *key = value_from(&fields[0], at(entries[i], fields[0].offset), depth);
        char *text = json_is_string(key) ? NULL : json_dumps(key, JSON_ENCODE_ANY);
        json_object_set_new(object, text ? text : json_string_value(key),
                            value_from(&fields[1], at(entries[i], fields[1].offset), depth));
        free(text);
        json_decref(key);
    }
    return object;
}

static json_t *array_from(const ProtobufCFieldDescriptor *field, size_t count, const char *elements,
                          int depth)
{
    json_t *array = mem_check(json_array());

    for (size_t i = 0; i < count; i++)
        json_array_append_new(array,
                              value_from(field, elements + i * element_bytes(field->type), depth));
    return array;
}

/* Is a field without repetition there? Members of a oneof by its case, others by a value that is
 * not the default. */
static bool is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    static const char zeros[sizeof(ProtobufCBinaryData)];
    const void *member = at(message, field->offset);

    if (is_oneof(field))
        return *(const uint32_t *)at(message, field->quantifier_offset) == field->id;
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return *(char *const *)member && **(char *const *)member;
    if (field->type == PROTOBUF_C_TYPE_BYTES)
        return ((const ProtobufCBinaryData *)member)->len > 0;
    return memcmp(member, zeros, element_bytes(field->type)) != 0;
}

/* NULL when the field is left out. */
static json_t *field_from(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                          int depth)
{
    const void *member = at(message, field->offset);

    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return is_set(message, field) ? value_from(field, member, depth) : NULL;
    size_t count = *(const size_t *)at(message, field->quantifier_offset);
    if (count == 0)
        return NULL;
    if (is_map(message->descriptor, field))
        return map_from(count, *(ProtobufCMessage *const *const *)member, depth);
    return array_from(field, count, *(const char *const *)member, depth);
}

static json_t *timestamp_from(const ProtobufCMessage *message, int depth)
{
    const Google__Protobuf__Timestamp *time = (const Google__Protobuf__Timestamp *)message;
    char text[CLOCK_TEXT];

    (void)depth;
    return clock_format(time->seconds, time->nanos, text) ? text_from(text) : json_null();
}

static json_t *field_mask_from(const ProtobufCMessage *message, int depth)
{
    const Google__Protobuf__FieldMask *mask = (const Google__Protobuf__FieldMask *)message;
    char *text = mem_text(NULL, "");

    (void)depth;
    for (size_t i = 0; i < mask->n_paths; i++) {
        char *camel = mem_text(NULL, mask->paths[i]);
        text = mem_check(talloc_asprintf_append_buffer(text, "%s%s", i ? "," : "",
                                                       to_camel(mask->paths[i], camel)));
        talloc_free(camel);
    }
    json_t *json = text_from(text);
    talloc_free(text);
    return json;
}

/* The message inside an Any; NULL if its type or its bytes are none that we know. */
static ProtobufCMessage *unpack_any(const void *parent, const Google__Protobuf__Any *any)
{
    struct violations ignored = {0};
    const char *slash = strrchr(any->type_url, '/');
    const ProtobufCMessageDescriptor *type = types_message(slash ? slash + 1 : any->type_url);
    ProtobufCMessage *message = NULL;

    if (!type || wire_unpack(parent, type, any->value.data, any->value.len, &ignored, &message))
        return NULL;
    return message;
}

static json_t *any_from(const ProtobufCMessage *message, int depth)
{
    const Google__Protobuf__Any *any = (const Google__Protobuf__Any *)message;
    json_t *object = mem_check(json_object());

    if (!*any->type_url)
        return object;
    json_object_set_new(object, "@type", text_from(any->type_url));
    void *memory = talloc_new(NULL);
    ProtobufCMessage *inside = depth < JSON_DEPTH_MAX ? unpack_any(memory, any) : NULL;
    if (!inside) {
        json_object_set_new(object, "value", base64_from(&any->value));
    } else if (find_special(inside->descriptor)) {
        json_object_set_new(object, "value", object_from(inside, depth + 1));
    } else {
        json_t *fields = object_from(inside, depth + 1);
        json_object_update(object, fields);
        json_decref(fields);
    }
    talloc_free(memory);
    return object;
}

static json_t *object_from(const ProtobufCMessage *message, int depth)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    const struct special *special = find_special(type);
    char camel[NAME_BYTES];

    if (special)
        return special->from(message, depth);
    json_t *object = mem_check(json_object());
    for (unsigned i = 0; i < type->n_fields; i++) {
        json_t *value = field_from(message, &type->fields[i], depth);
        if (value)
            json_object_set_new(object, to_camel(type->fields[i].name, camel), value);
    }
    return object;
}

json_t *json_from_message(const ProtobufCMessage *message)
{
    return object_from(message, 0);
}

char *json_text(const void *parent, const ProtobufCMessage *message)
{
    json_t *json = json_from_message(message);
    char *dumped = mem_check(json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY));
    char *text = mem_text(parent, dumped);

    free(dumped);
    json_decref(json);
    return text;
}

/* ---- in: where the reader is, and how it fails ---- */

struct reader {
    const void *parent; /* of violations */
    void *memory;       /* the message that is made; owns its parts */
    struct violations *violations;
};

struct spot {
    struct reader *reader;
    const struct spot *outer;
    const char *name; /* of a field, or a map's key; NULL: the request's top */
    long index;       /* of an element, -1 if none */
    int depth;        /* of messages */
};

static struct spot enter(const struct spot *outer, const char *name)
{
    return (struct spot){outer->reader, outer, name, -1, outer->depth};
}

static char *path_of(const struct spot *spot)
{
    const void *parent = spot->reader->parent;

    if (!spot->name)
        return mem_text(parent, "");
    char *outer = path_of(spot->outer);
    char *path = mem_printf(parent, "%s%s%.100s", outer, *outer ? "." : "", spot->name);
    return spot->index < 0 ? path : mem_printf(parent, "%s[%ld]", path, spot->index);
}

static bool fail(const struct spot *spot, const char *rule, const char *message)
{
    const char *path = path_of(spot);

    (void)violation_add(spot->reader->parent, spot->reader->violations, path, rule, "%s %s",
                        *path ? path : "the message", message);
    return false;
}

/* ---- in: scalars ---- */

static bool fail_range(const struct spot *spot)
{
    return fail(spot, "range", "is too large or too small");
}

static bool read_digits(const struct spot *spot, const char *digits, uint64_t *ret)
{
    if (!*digits || digits[strspn(digits, "0123456789")] != '\0')
        return fail(spot, "type", "must be a whole number");
    errno = 0;
    *ret = strtoull(digits, NULL, 10);
    return errno == 0 || fail_range(spot);
}

/* A JSON number or string as sign and magnitude; 1e3 and 5.0 are whole numbers too. */
static bool read_magnitude(const struct spot *spot, const json_t *json, bool *ret_negative,
                           uint64_t *ret)
{
    double amount = json_is_real(json) ? fabs(json_real_value(json)) : 0;
    const char *text = json_string_value(json);

    if (json_is_integer(json)) {
        json_int_t value = json_integer_value(json);
        *ret_negative = value < 0;
        *ret = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
        return true;
    }
    if (text) {
        *ret_negative = *text == '-';
        return read_digits(spot, text + *ret_negative, ret);
    }
    if (!json_is_real(json))
        return fail(spot, "type", "must be a whole number");
    if (amount >= 0x1p64)
        return fail_range(spot);
    if ((double)(uint64_t)amount != amount)
        return fail(spot, "type", "must be a whole number");
    *ret_negative = json_real_value(json) < 0;
    *ret = (uint64_t)amount;
    return true;
}

static bool read_integer(const struct spot *spot, const json_t *json, ProtobufCType type,
                         void *element)
{
    const struct integer *integer = &integers[type];
    bool negative;
    uint64_t magnitude;

    if (!read_magnitude(spot, json, &negative, &magnitude))
        return false;
    if (magnitude > (negative ? integer->most_below_zero : integer->most))
        return fail_range(spot);
    uint64_t value = negative ? 0 - magnitude : magnitude; /* two's complement */
    if (integer->bytes == 4)
        *(uint32_t *)element = (uint32_t)value;
    else
        *(uint64_t *)element = value;
    return true;
}

static bool read_real_text(const struct spot *spot, const char *text, double *ret)
{
    static const struct {
        const char *text;
        double value;
    } names[] = {{"NaN", NAN}, {"Infinity", INFINITY}, {"-Infinity", -INFINITY}};
    char *end = NULL;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i].text) == 0) {
            *ret = names[i].value;
            return true;
        }
    if (!*text || text[strspn(text, "+-.0123456789eE")] != '\0')
        return fail(spot, "type", "must be a number");
    *ret = strtod(text, &end);
    if (*end != '\0')
        return fail(spot, "type", "must be a number");
    return !isinf(*ret) || fail_range(spot);
}

static bool read_real(const struct spot *spot, const json_t *json, ProtobufCType type,
                      void *element)
{
    double value = json_number_value(json);

    if (json_is_string(json) && !read_real_text(spot, json_string_value(json), &value))
        return false;
    if (!json_is_string(json) && !json_is_number(json))
        return fail(spot, "type", "must be a number");
    if (type == PROTOBUF_C_TYPE_DOUBLE) {
        *(double *)element = value;
        return true;
    }
    if (isfinite(value) && fabs(value) > (double)FLT_MAX)
        return fail_range(spot);
    *(float *)element = (float)value;
    return true;
}

static bool read_bool(const struct spot *spot, const json_t *json, void *element)
{
    if (!json_is_boolean(json))
        return fail(spot, "type", "must be true or false");
    *(protobuf_c_boolean *)element = json_is_true(json);
    return true;
}

static bool read_enum(const struct spot *spot, const json_t *json,
                      const ProtobufCEnumDescriptor *type, void *element)
{
    int value = -1;

    if (json_is_string(json))
        value = types_enum_value(type, json_string_value(json));
    else if (!read_integer(spot, json, PROTOBUF_C_TYPE_INT32, &value))
        return false;
    if (!protobuf_c_enum_descriptor_get_value(type, value))
        return fail(spot, "enum", "is a value that nobody defined");
    *(int *)element = value;
    return true;
}

static bool read_text(const struct spot *spot, const json_t *json, const char **ret)
{
    const char *text = json_string_value(json);

    if (!text)
        return fail(spot, "type", "must be text");
    if (strlen(text) != json_string_length(json))
        return fail(spot, "utf8", "holds a NUL character");
    *ret = text;
    return true;
}

static bool read_string(const struct spot *spot, const json_t *json, void *element)
{
    const char *text = "";

    if (!read_text(spot, json, &text))
        return false;
    *(char **)element = mem_text(spot->reader->memory, text);
    return true;
}

/* Standard or URL-safe, with or without padding. */
static bool read_base64(const struct spot *spot, const json_t *json, void *element)
{
    ProtobufCBinaryData *bytes = element;
    const char *text = "";

    if (!read_text(spot, json, &text))
        return false;
    size_t length = strlen(text), room = length / 4 * 3 + 3;
    bool url_safe = strpbrk(text, "-_"), padded = length > 0 && text[length - 1] == '=';
    int variant =
        url_safe ? padded ? sodium_base64_VARIANT_URLSAFE : sodium_base64_VARIANT_URLSAFE_NO_PADDING
        : padded ? sodium_base64_VARIANT_ORIGINAL
                 : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    bytes->data = mem_bytes(spot->reader->memory, room);
    if (sodium_base642bin(bytes->data, room, text, length, NULL, &bytes->len, NULL, variant) != 0)
        return fail(spot, "base64", "is not base64");
    return true;
}

/* ---- in: messages ---- */

static bool read_object(const struct spot *spot, const json_t *json, const char *skip,
                        ProtobufCMessage *message);

static bool read_message(const struct spot *spot, const json_t *json, ProtobufCMessage *message)
{
    const struct special *special = find_special(message->descriptor);

    if (spot->depth > JSON_DEPTH_MAX)
        return fail(spot, "depth", "is nested too deeply");
    return special ? special->read(spot, json, message) : read_object(spot, json, "", message);
}

static bool read_value(const struct spot *spot, const json_t *json,
                       const ProtobufCFieldDescriptor *field, void *element)
{
    struct spot inner = *spot;

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return read_string(spot, json, element);
    case PROTOBUF_C_TYPE_BYTES:
        return read_base64(spot, json, element);
    case PROTOBUF_C_TYPE_MESSAGE:
        inner.depth++;
        *(void **)element = wire_new(spot->reader->memory, field->descriptor);
        return read_message(&inner, json, *(void **)element);
    case PROTOBUF_C_TYPE_ENUM:
        return read_enum(spot, json, field->descriptor, element);
    case PROTOBUF_C_TYPE_BOOL:
        return read_bool(spot, json, element);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return read_real(spot, json, field->type, element);
    default:
        return read_integer(spot, json, field->type, element);
    }
}

static bool read_array(const struct spot *spot, const json_t *json,
                       const ProtobufCFieldDescriptor *field, char *elements)
{
    struct spot inner = *spot;

    if (!json_is_array(json))
        return fail(spot, "type", "must be a list");
    for (size_t i = 0; i < json_array_size(json); i++) {
        inner.index = (long)i;
        if (!read_value(&inner, json_array_get(json, i), field,
                        elements + i * element_bytes(field->type)))
            return false;
    }
    return true;
}

/* Keys are text in JSON: those of another type are read from it. */
static bool read_key(const struct spot *spot, const char *key, ProtobufCMessage *entry)
{
    const ProtobufCFieldDescriptor *field = &entry->descriptor->fields[0];
    bool is_bool = field->type == PROTOBUF_C_TYPE_BOOL;
    json_t *json = is_bool && strcmp(key, "true") == 0    ? json_true()
                   : is_bool && strcmp(key, "false") == 0 ? json_false()
                                                          : json_string(key);
    bool good = read_value(spot, mem_check(json), field, at(entry, field->offset));

    json_decref(json);
    return good;
}

static bool read_map(const struct spot *spot, const json_t *json,
                     const ProtobufCFieldDescriptor *field, ProtobufCMessage **entries)
{
    const ProtobufCMessageDescriptor *type = field->descriptor;
    const char *key;
    json_t *value;

    if (!json_is_object(json))
        return fail(spot, "type", "must be an object");
    json_object_foreach((json_t *)json, key, value)
    {
        struct spot inner = enter(spot, key);
        ProtobufCMessage *entry = wire_new(spot->reader->memory, type);
        if (!read_key(&inner, key, entry) ||
            !read_value(&inner, value, &type->fields[1], at(entry, type->fields[1].offset)))
            return false;
        *entries++ = entry;
    }
    return true;
}

static bool read_repeated(const struct spot *spot, const json_t *json,
                          const ProtobufCFieldDescriptor *field, ProtobufCMessage *message)
{
    bool map = is_map(message->descriptor, field);
    size_t count = map ? json_object_size(json) : json_array_size(json); /* 0 of another type */
    char *elements =
        mem_check(talloc_zero_size(spot->reader->memory, (count + 1) * element_bytes(field->type)));

    if (map ? !read_map(spot, json, field, (ProtobufCMessage **)(void *)elements)
            : !read_array(spot, json, field, elements))
        return false;
    *(size_t *)at(message, field->quantifier_offset) = count;
    *(void **)at(message, field->offset) = count > 0 ? elements : NULL;
    return true;
}

/* null leaves a field as it is. */
static bool read_field(const struct spot *spot, const json_t *json,
                       const ProtobufCFieldDescriptor *field, ProtobufCMessage *message)
{
    if (json_is_null(json))
        return true;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return read_repeated(spot, json, field, message);
    if (is_oneof(field)) {
        uint32_t *set = at(message, field->quantifier_offset);
        if (*set != 0)
            return fail(spot, "oneof", "excludes another field that is there");
        *set = field->id;
    }
    return read_value(spot, json, field, at(message, field->offset));
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *type,
                                                  const char *key)
{
    char camel[NAME_BYTES];

    for (unsigned i = 0; i < type->n_fields; i++) {
        const char *name = type->fields[i].name;
        assert(strlen(name) < sizeof camel);
        if (strcmp(key, name) == 0 || strcmp(key, to_camel(name, camel)) == 0)
            return &type->fields[i];
    }
    return NULL;
}

static bool read_object(const struct spot *spot, const json_t *json, const char *skip,
                        ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    uint64_t seen = 0;
    const char *key;
    json_t *value;

    assert(type->n_fields <= 64);
    if (!json_is_object(json))
        return fail(spot, "type", "must be an object");
    json_object_foreach((json_t *)json, key, value)
    {
        if (strcmp(key, skip) == 0)
            continue;
        const ProtobufCFieldDescriptor *field = find_field(type, key);
        struct spot inner = enter(spot, field ? field->name : key);
        if (!field)
            return fail(&inner, "unknown_field", "is no field of this message");
        uint64_t bit = (uint64_t)1 << (field - type->fields);
        if (seen & bit)
            return fail(&inner, "duplicate", "is there twice, in both spellings");
        seen |= bit;
        if (!read_field(&inner, value, field, message))
            return false;
    }
    return true;
}

/* ---- in: messages with a form of their own ---- */

static bool read_timestamp(const struct spot *spot, const json_t *json, ProtobufCMessage *message)
{
    Google__Protobuf__Timestamp *time = (Google__Protobuf__Timestamp *)message;
    const char *text = "";

    if (!read_text(spot, json, &text))
        return false;
    return clock_parse(text, &time->seconds, &time->nanos) ||
           fail(spot, "timestamp", "must be a moment like 2026-03-01T08:00:00Z");
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

static bool read_field_mask(const struct spot *spot, const json_t *json, ProtobufCMessage *message)
{
    Google__Protobuf__FieldMask *mask = (Google__Protobuf__FieldMask *)message;
    const char *text;
    size_t most = 1;

    if (!read_text(spot, json, &text))
        return false;
    for (const char *c = text; *c; c++)
        most += *c == ',';
    mask->paths = mem_array(spot->reader->memory, char *, most);
    while (*text) {
        size_t bytes = strcspn(text, ",");
        if (bytes == 0 || (text[bytes] == ',' && text[bytes + 1] == '\0'))
            return fail(spot, "type", "must be names with commas between them");
        mask->paths[mask->n_paths++] = to_snake(spot->reader->memory, text, bytes);
        text += bytes + (text[bytes] == ',');
    }
    return true;
}

static bool read_any(const struct spot *spot, const json_t *json, ProtobufCMessage *message)
{
    Google__Protobuf__Any *any = (Google__Protobuf__Any *)message;
    void *memory = spot->reader->memory;
    struct spot url_spot = enter(spot, "@type"), value_spot = enter(spot, "value");
    const json_t *value = json_object_get(json, "value");
    const char *url;

    if (!json_is_object(json))
        return fail(spot, "type", "must be an object");
    if (json_object_size(json) == 0)
        return true;
    if (!read_text(&url_spot, json_object_get(json, "@type"), &url))
        return false;
    any->type_url = mem_text(memory, url);

    const char *slash = strrchr(url, '/');
    const ProtobufCMessageDescriptor *type = types_message(slash ? slash + 1 : url);
    if ((!type || find_special(type)) && json_object_size(json) > 2)
        return fail(spot, "unknown_field", "must hold @type and value only");
    if (!type)
        return read_base64(&value_spot, value, &any->value);
    ProtobufCMessage *inside = wire_new(memory, type);
    struct spot inner = *spot;
    inner.depth = value_spot.depth = spot->depth + 1;
    if (find_special(type) ? !read_message(&value_spot, value, inside)
                           : !read_object(&inner, json, "@type", inside))
        return false;
    any->value = wire_pack(memory, inside);
    return true;
}

static const struct special specials[] = {
    {&google__protobuf__timestamp__descriptor, timestamp_from, read_timestamp},
    {&google__protobuf__field_mask__descriptor, field_mask_from, read_field_mask},
    {&google__protobuf__any__descriptor, any_from, read_any},
};

static const struct special *find_special(const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++)
        if (specials[i].type == type)
            return &specials[i];
    return NULL;
}

enum status json_to_message(const void *parent, const ProtobufCMessageDescriptor *type,
                            const json_t *json, struct violations *violations,
                            ProtobufCMessage **ret_message)
{
    ProtobufCMessage *message = wire_new(parent, type);
    struct reader reader = {parent, message, violations};
    struct spot top = {.reader = &reader, .index = -1, .depth = 1};

    if (!read_message(&top, json, message)) {
        talloc_free(message);
        return STATUS_INVALID_ARGUMENT;
    }
    *ret_message = message;
    return STATUS_OK;
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

enum status json_parse(const void *parent, const ProtobufCMessageDescriptor *type, const char *text,
                       struct violations *violations, ProtobufCMessage **ret_message)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

    if (!json) {
        (void)violation_add(parent, violations, "", rule_of_parse_error(json_error_code(&error)),
                            "the message is not good JSON at line %d, column %d", error.line,
                            error.column);
        return STATUS_INVALID_ARGUMENT;
    }
    enum status status = json_to_message(parent, type, json, violations, ret_message);
    json_decref(json);
    return status;
}
