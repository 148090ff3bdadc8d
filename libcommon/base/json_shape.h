/* SPDX-License-Identifier: Apache-2.0 */
/* json_shape.h - fields as JSON sees them: names, maps, oneofs, sizes; for json.c and
 * json_read.c */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Integers of all kinds, by ProtobufCType. */
struct json_integer {
    uint64_t most, most_below_zero; /* largest value, largest amount below zero */
    size_t bytes;                   /* in the struct */
};
extern const struct json_integer json_integers[];

/* Bytes of one value in the struct, or in the array of a repeated field. */
size_t json_element_bytes(ProtobufCType type);

enum { JSON_NAME_BYTES = 128 }; /* of a field, with its NUL */

/* "unit_ids" -> "unitIds" into camel, which has room for the name. */
const char *json_to_camel(const char *name, char *camel);
const char *json_camel_name(const ProtobufCFieldDescriptor *field,
                            char camel[static JSON_NAME_BYTES]);

/* A map is a repeated message that protoc made itself: nested, "<FieldName>Entry", with key and
 * value. */
bool json_is_map(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field);
bool json_is_oneof(const ProtobufCFieldDescriptor *field);

/* A member of the message's struct. */
void *json_at(const ProtobufCMessage *message, unsigned offset);
