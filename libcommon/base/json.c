/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - messages as JSON; the way back is json_read.c
 *
 * json_from_message -> object_from -> field_from -> value_from. The few messages with a form of
 * their own stand in `specials`.
 */
#include "libcommon/base/json.h"

#include <inttypes.h>
#include <math.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "google_any.pb-c.h"
#include "google_field_mask.pb-c.h"
#include "google_timestamp.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/json_shape.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"

static json_t *object_from(const ProtobufCMessage *message, int depth);
typedef json_t *from_fn(const ProtobufCMessage *message, int depth);
static from_fn *find_special(const ProtobufCMessageDescriptor *type);

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
    const struct json_integer *integer = &json_integers[type];
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
        json_t *key = value_from(&fields[0], json_at(entries[i], fields[0].offset), depth);
        char *text = json_is_string(key) ? NULL : json_dumps(key, JSON_ENCODE_ANY);
        json_object_set_new(object, text ? text : json_string_value(key),
                            value_from(&fields[1], json_at(entries[i], fields[1].offset), depth));
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
        json_array_append_new(
            array, value_from(field, elements + i * json_element_bytes(field->type), depth));
    return array;
}

/* Is a field without repetition there? Members of a oneof by its case, others by a value that is
 * not the default. */
static bool is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    static const char zeros[sizeof(ProtobufCBinaryData)];
    const void *member = json_at(message, field->offset);

    if (json_is_oneof(field))
        return *(const uint32_t *)json_at(message, field->quantifier_offset) == field->id;
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return *(char *const *)member && **(char *const *)member;
    if (field->type == PROTOBUF_C_TYPE_BYTES)
        return ((const ProtobufCBinaryData *)member)->len > 0;
    return memcmp(member, zeros, json_element_bytes(field->type)) != 0;
}

/* NULL when the field is left out. */
static json_t *field_from(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                          int depth)
{
    const void *member = json_at(message, field->offset);

    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return is_set(message, field) ? value_from(field, member, depth) : NULL;
    size_t count = *(const size_t *)json_at(message, field->quantifier_offset);
    if (count == 0)
        return NULL;
    if (json_is_map(message->descriptor, field))
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
                                                       json_to_camel(mask->paths[i], camel)));
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

static const struct {
    const ProtobufCMessageDescriptor *type;
    from_fn *from;
} specials[] = {
    {&google__protobuf__timestamp__descriptor, timestamp_from},
    {&google__protobuf__field_mask__descriptor, field_mask_from},
    {&google__protobuf__any__descriptor, any_from},
};

static from_fn *find_special(const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++)
        if (specials[i].type == type)
            return specials[i].from;
    return NULL;
}

static json_t *object_from(const ProtobufCMessage *message, int depth)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    from_fn *special = find_special(type);
    char camel[JSON_NAME_BYTES];

    if (special)
        return special(message, depth);
    json_t *object = mem_check(json_object());
    for (unsigned i = 0; i < type->n_fields; i++) {
        json_t *value = field_from(message, &type->fields[i], depth);
        if (value)
            json_object_set_new(object, json_camel_name(&type->fields[i], camel), value);
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
