/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_value.h - single values out of JSON, for json_read.c
 *
 * A spot is where the reader is: a field, an element or a map's key, with the chain that led there.
 * Every function returns false after it has added one violation at the spot; json may be NULL ("not
 * there").
 */
#pragma once

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "libcommon/base/violation.h"

struct json_reader {
    const void *parent; /* of violations */
    void *memory;       /* the message that is made; owns its parts */
    struct violations *violations;
    bool lenient; /* passes by what a newer version may have stored */
};

struct json_spot {
    struct json_reader *reader;
    const struct json_spot *outer;
    const char *name; /* of a field, or a map's key; NULL: the request's top */
    long index;       /* of an element, -1 if none */
    int depth;        /* of messages */
};

/* The spot of a field or a map's key within outer. name is borrowed. */
struct json_spot json_enter(const struct json_spot *outer, const char *name);

/* Always false. message goes on from the path and repeats no value. */
bool json_fail(const struct json_spot *spot, const char *rule, const char *message);

/* Into element, which has the size of the field's type. */
bool json_read_integer(const struct json_spot *spot, const json_t *json, ProtobufCType type,
                       void *element);
bool json_read_real(const struct json_spot *spot, const json_t *json, ProtobufCType type,
                    void *element);
bool json_read_bool(const struct json_spot *spot, const json_t *json, void *element);
bool json_read_enum(const struct json_spot *spot, const json_t *json,
                    const ProtobufCEnumDescriptor *type, void *element);
bool json_read_string(const struct json_spot *spot, const json_t *json, void *element);
/* Standard or URL-safe, with or without padding. */
bool json_read_base64(const struct json_spot *spot, const json_t *json, void *element);

/* The text itself, borrowed from json. */
bool json_read_text(const struct json_spot *spot, const json_t *json, const char **ret);
