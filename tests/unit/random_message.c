/* SPDX-License-Identifier: Apache-2.0 */
/* random_message.c - walks a descriptor and fills about three of four fields */
#include "random_message.h"

#include <stdbool.h>
#include <string.h>

#include "google_any.pb-c.h"
#include "google_field_mask.pb-c.h"
#include "google_timestamp.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"

static const uint64_t SECONDS = 7258118400; /* of the years 1970-2199 */

struct random random_start(uint64_t seed)
{
    return (struct random){seed};
}

/* splitmix64 */
uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += 0x9E3779B97F4A7C15;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

uint64_t random_below(struct random *random, uint64_t below)
{
    return random_next(random) % below;
}

static char *random_text(const void *parent, struct random *random)
{
    static const char *const pieces[] = {"a",  "Z9", " ",  "\n", "\"",   "\\",      "é",
                                         "聚", "沙", "𠮷", "/",  "\x01", "e\u0301", "=,"};
    char *text = mem_text(parent, "");

    for (uint64_t i = random_below(random, 12); i > 0; i--)
        text = mem_check(talloc_strdup_append_buffer(
            text, pieces[random_below(random, sizeof pieces / sizeof pieces[0])]));
    return text;
}

static ProtobufCBinaryData random_bytes(const void *parent, struct random *random)
{
    size_t size = random_below(random, 20);
    ProtobufCBinaryData bytes = {size, mem_bytes(parent, size)};

    for (size_t i = 0; i < size; i++)
        bytes.data[i] = (uint8_t)random_next(random);
    return bytes;
}

/* Small, large and extreme numbers alike. */
static uint64_t random_number(struct random *random)
{
    return random_next(random) >> random_below(random, 64);
}

static void fill_special(const void *parent, struct random *random, ProtobufCMessage *message)
{
    static const char *const paths[] = {"name", "credit_code", "party_organisation", "a_b_c"};

    if (message->descriptor == &google__protobuf__timestamp__descriptor) {
        Google__Protobuf__Timestamp *time = (Google__Protobuf__Timestamp *)message;
        static const int32_t steps[] = {1000000000, 1000000, 1000, 1};
        int32_t step = steps[random_below(random, 4)];
        time->seconds = (int64_t)random_below(random, SECONDS);
        time->nanos = (int32_t)random_below(random, 1000000000) / step * step % 1000000000;
    } else if (message->descriptor == &google__protobuf__field_mask__descriptor) {
        Google__Protobuf__FieldMask *mask = (Google__Protobuf__FieldMask *)message;
        mask->n_paths = random_below(random, 4);
        mask->paths = mem_array(parent, char *, mask->n_paths + 1);
        for (size_t i = 0; i < mask->n_paths; i++)
            mask->paths[i] = mem_text(parent, paths[random_below(random, 4)]);
    } else {
        Google__Protobuf__Any *any = (Google__Protobuf__Any *)message;
        const ProtobufCMessageDescriptor *type = types_message("jusha.registry.v1.Unit");
        any->type_url = mem_printf(parent, "type.googleapis.com/%s", type->name);
        any->value = wire_pack(parent, random_message(parent, random, type, 3));
    }
}

static bool is_special(const ProtobufCMessageDescriptor *type)
{
    return type == &google__protobuf__timestamp__descriptor ||
           type == &google__protobuf__field_mask__descriptor ||
           type == &google__protobuf__any__descriptor;
}

/* Fills one value; returns the room it took. */
static size_t fill_value(const void *parent, struct random *random,
                         const ProtobufCFieldDescriptor *field, int depth, void *value)
{
    const ProtobufCEnumDescriptor *type = field->descriptor;
    uint64_t number = random_number(random);

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)value = random_text(parent, random);
        return sizeof(char *);
    case PROTOBUF_C_TYPE_BYTES:
        *(ProtobufCBinaryData *)value = random_bytes(parent, random);
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_MESSAGE:
        *(void **)value = random_message(parent, random, field->descriptor, depth - 1);
        return sizeof(void *);
    case PROTOBUF_C_TYPE_ENUM:
        *(int *)value = type->values[random_below(random, type->n_values)].value;
        return sizeof(int);
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)value = (protobuf_c_boolean)(number & 1);
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_FLOAT:
        *(float *)value = (float)(int64_t)number / 3;
        return sizeof(float);
    case PROTOBUF_C_TYPE_DOUBLE:
        *(double *)value = (double)(int64_t)number / 3;
        return sizeof(double);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        *(uint32_t *)value = (uint32_t)number;
        return sizeof(uint32_t);
    default:
        *(uint64_t *)value = number;
        return sizeof(uint64_t);
    }
}

/* An entry of a map is always whole, and alone in its map: JSON cannot hold a key twice. */
static bool is_entry(const ProtobufCMessageDescriptor *type)
{
    return type->n_fields == 2 && strcmp(type->fields[0].name, "key") == 0;
}

static void fill_repeated(const void *parent, struct random *random, ProtobufCMessage *message,
                          const ProtobufCFieldDescriptor *field, int depth)
{
    bool map = field->type == PROTOBUF_C_TYPE_MESSAGE && is_entry(field->descriptor);
    size_t count = random_below(random, map ? 2 : 4);
    char *elements = mem_bytes(parent, 4 * sizeof(ProtobufCBinaryData));
    char *next = elements;

    for (size_t i = 0; i < count; i++) {
        next += fill_value(parent, random, field, depth, next);
    }
    *(size_t *)((char *)message + field->quantifier_offset) = count;
    *(void **)((char *)message + field->offset) = elements;
}

ProtobufCMessage *random_message(const void *parent, struct random *random,
                                 const ProtobufCMessageDescriptor *type, int depth)
{
    ProtobufCMessage *message = wire_new(parent, type);

    if (is_special(type)) {
        fill_special(parent, random, message);
        return message;
    }
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        bool too_deep = field->type == PROTOBUF_C_TYPE_MESSAGE && depth == 0;
        if (!is_entry(type) && (random_below(random, 4) == 0 || too_deep))
            continue;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            fill_repeated(parent, random, message, field, depth);
            continue;
        }
        uint32_t *oneof_case = (uint32_t *)((char *)message + field->quantifier_offset);
        bool oneof = field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
        if (oneof && *oneof_case != 0)
            continue;
        if (oneof)
            *oneof_case = field->id;
        (void)fill_value(parent, random, field, depth, (char *)message + field->offset);
    }
    return message;
}
