/* SPDX-License-Identifier: Apache-2.0 */
/* json_shape.c - the few things about descriptors that both directions of JSON need */
#include "libcommon/base/json_shape.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

const struct json_integer json_integers[] = {
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

size_t json_element_bytes(ProtobufCType type)
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
        return json_integers[type].bytes;
    }
}

const char *json_to_camel(const char *name, char *camel)
{
    char *out = camel;

    for (; *name; name++) {
        bool capital = *name == '_' && islower((unsigned char)name[1]);
        name += capital;
        *out++ = (char)(capital ? toupper((unsigned char)*name) : *name);
    }
    *out = '\0';
    return camel;
}

const char *json_camel_name(const ProtobufCFieldDescriptor *field,
                            char camel[static JSON_NAME_BYTES])
{
    assert(strlen(field->name) < JSON_NAME_BYTES);
    return json_to_camel(field->name, camel);
}

bool json_is_map(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field)
{
    const ProtobufCMessageDescriptor *entry = field->descriptor;
    char camel[JSON_NAME_BYTES], name[512];

    if (field->label != PROTOBUF_C_LABEL_REPEATED || field->type != PROTOBUF_C_TYPE_MESSAGE ||
        entry->n_fields != 2 || strcmp(entry->fields[0].name, "key") != 0 ||
        strcmp(entry->fields[1].name, "value") != 0)
        return false;
    (void)json_camel_name(field, camel);
    camel[0] = (char)toupper((unsigned char)camel[0]);
    snprintf(name, sizeof name, "%s.%sEntry", type->name, camel);
    return strcmp(entry->name, name) == 0;
}

void *json_at(const ProtobufCMessage *message, unsigned offset)
{
    return (char *)message + offset; /* readers do not write through it */
}

bool json_is_oneof(const ProtobufCFieldDescriptor *field)
{
    return field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
}
