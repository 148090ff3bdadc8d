/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - proto3 JSON mapping over descriptors (https://protobuf.dev/programming-guides/json/)
 *
 * Names are lowerCamelCase out, and lowerCamelCase or snake_case in; 64-bit integers are strings
 * out, strings or numbers in; bytes are base64; enums their full names out, and in their full name,
 * the name without its type's prefix ("BANK") or the number; Timestamp is RFC 3339 in UTC;
 * FieldMask a comma-separated string of lowerCamelCase paths; Any has "@type". Fields at their
 * default are left out.
 */
#pragma once

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

#include "libcommon/base/violation.h"

enum { JSON_DEPTH_MAX = 16 };

/* A new reference. message is valid. An Any of a type that types.h does not know becomes {"@type":
 * …, "value": base64}. */
json_t *json_from_message(const ProtobufCMessage *message);

/* One line of compact JSON under parent. */
char *json_text(const void *parent, const ProtobufCMessage *message);

/* INVALID_ARGUMENT with a violation that names the path and the rule: "json" (not JSON),
 * "unknown_field", "type", "range", "enum", "base64", "timestamp", "utf8", "duplicate", "oneof",
 * "depth". Reading stops at the first one. *ret_message is written on OK only, allocated under
 * parent, and owns all its parts. */
enum status json_to_message(const void *parent, const ProtobufCMessageDescriptor *type,
                            const json_t *json, struct violations *violations,
                            ProtobufCMessage **ret_message) MUST_CHECK;
enum status json_parse(const void *parent, const ProtobufCMessageDescriptor *type, const char *text,
                       struct violations *violations, ProtobufCMessage **ret_message) MUST_CHECK;

/* Reads what this or a newer version stored itself: unknown fields and enum names are skipped. */
enum status json_parse_stored(const void *parent, const ProtobufCMessageDescriptor *type,
                              const char *text, ProtobufCMessage **ret_message) MUST_CHECK;
