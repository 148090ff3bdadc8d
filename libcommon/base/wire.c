/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.c - walks packed bytes by a descriptor before protobuf-c sees them
 *
 * check_message reads one tag after the other; the field's type picks a row of `scalars` or one of
 * the length-prefixed checks; messages nest by recursion, at most WIRE_DEPTH_MAX deep, and a
 * Timestamp is read on the way. Nothing is allocated on the good path: the place of an error is
 * found again from the chain of levels.
 */
#include "libcommon/base/wire.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "google_timestamp.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"

enum {
    WIRE_VARINT = 0,
    WIRE_64BIT = 1,
    WIRE_PREFIXED = 2,
    WIRE_32BIT = 5,
    TAG_BYTES_MAX = 5,
    VARINT_BYTES_MAX = 10,
    LENGTH_BYTES_MAX = 5,
    HEAP_PER_BYTE = 40,
    HEAP_EXTRA = 64 * 1024,
    HEAP_MAX = 12 * 1024 * 1024,
};

enum { SECONDS = 1, NANOS = 2 }; /* fields of a Timestamp */

struct walk {
    const void *parent;
    struct violations *violations;
    size_t elements;
};

/* One message of those that the walk is inside of, innermost first. */
struct level {
    const struct level *outer;
    const ProtobufCMessageDescriptor *type;
    const uint8_t *start;
    const uint8_t *at;                     /* tag of the field that is being read */
    const ProtobufCFieldDescriptor *field; /* NULL: one that the descriptor does not know */
    size_t depth;
};

struct span {
    const uint8_t *next, *end;
};

/* The form of each type on the wire. Strings, bytes and messages are prefixed and not packable. */
static const uint8_t wire_types[] = {
    [PROTOBUF_C_TYPE_INT32] = WIRE_VARINT,     [PROTOBUF_C_TYPE_SINT32] = WIRE_VARINT,
    [PROTOBUF_C_TYPE_SFIXED32] = WIRE_32BIT,   [PROTOBUF_C_TYPE_INT64] = WIRE_VARINT,
    [PROTOBUF_C_TYPE_SINT64] = WIRE_VARINT,    [PROTOBUF_C_TYPE_SFIXED64] = WIRE_64BIT,
    [PROTOBUF_C_TYPE_UINT32] = WIRE_VARINT,    [PROTOBUF_C_TYPE_FIXED32] = WIRE_32BIT,
    [PROTOBUF_C_TYPE_UINT64] = WIRE_VARINT,    [PROTOBUF_C_TYPE_FIXED64] = WIRE_64BIT,
    [PROTOBUF_C_TYPE_FLOAT] = WIRE_32BIT,      [PROTOBUF_C_TYPE_DOUBLE] = WIRE_64BIT,
    [PROTOBUF_C_TYPE_BOOL] = WIRE_VARINT,      [PROTOBUF_C_TYPE_ENUM] = WIRE_VARINT,
    [PROTOBUF_C_TYPE_STRING] = WIRE_PREFIXED,  [PROTOBUF_C_TYPE_BYTES] = WIRE_PREFIXED,
    [PROTOBUF_C_TYPE_MESSAGE] = WIRE_PREFIXED,
};

static enum status check_message(struct walk *walk, const struct level *outer,
                                 const ProtobufCMessageDescriptor *type, struct span bytes);

/* ---- reading; false: the bytes end too early or the number is too long ---- */

static bool read_varint(struct span *bytes, int most_bytes, uint64_t *ret)
{
    uint64_t value = 0;

    for (int i = 0; i < most_bytes && bytes->next < bytes->end; i++) {
        uint8_t byte = *bytes->next++;
        if (i == VARINT_BYTES_MAX - 1 && byte > 1)
            return false; /* beyond 64 bits */
        value |= (uint64_t)(byte & 0x7F) << (7 * i);
        if (!(byte & 0x80)) {
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool read_prefixed(struct span *bytes, struct span *ret)
{
    uint64_t length;

    if (!read_varint(bytes, LENGTH_BYTES_MAX, &length) ||
        length > (size_t)(bytes->end - bytes->next))
        return false;
    *ret = (struct span){bytes->next, bytes->next + length};
    bytes->next += length;
    return true;
}

static bool read_fixed(struct span *bytes, size_t size)
{
    if (size > (size_t)(bytes->end - bytes->next))
        return false;
    bytes->next += size;
    return true;
}

static bool read_tag(struct span *bytes, uint32_t *ret_number, int *ret_wire_type)
{
    uint64_t tag;

    if (!read_varint(bytes, TAG_BYTES_MAX, &tag) || tag > UINT32_MAX || tag >> 3 == 0)
        return false;
    *ret_number = (uint32_t)(tag >> 3); /* at most 2^29 - 1 */
    *ret_wire_type = (int)(tag & 7);
    return true;
}

/* Skips a value; groups and the wire types that never were are refused. */
static bool skip(struct span *bytes, int wire_type)
{
    uint64_t number;
    struct span inner;

    switch (wire_type) {
    case WIRE_VARINT:
        return read_varint(bytes, VARINT_BYTES_MAX, &number);
    case WIRE_64BIT:
        return read_fixed(bytes, 8);
    case WIRE_PREFIXED:
        return read_prefixed(bytes, &inner);
    case WIRE_32BIT:
        return read_fixed(bytes, 4);
    default:
        return false;
    }
}

/* ---- the place of an error ---- */

/* Values in a packed field: fixed ones by size, varints by their last bytes. */
static size_t count_packed(struct span packed, int wire_type)
{
    size_t count = 0;

    if (wire_type != WIRE_VARINT)
        return (size_t)(packed.end - packed.next) / (wire_type == WIRE_64BIT ? 8 : 4);
    for (; packed.next < packed.end; packed.next++)
        count += !(*packed.next & 0x80);
    return count;
}

/* Which element of its repeated field stands at level->at: reads the message again up to there,
 * which was found good before. */
static size_t element_index(const struct level *level)
{
    struct span bytes = {level->start, level->at};
    size_t index = 0;
    uint32_t number;
    int wire_type;

    while (bytes.next < bytes.end && read_tag(&bytes, &number, &wire_type)) {
        const uint8_t *value = bytes.next;
        if (!skip(&bytes, wire_type))
            break;
        if (number != level->field->id)
            continue;
        struct span rest = {value, bytes.next}, packed;
        bool is_packed = wire_type == WIRE_PREFIXED &&
                         wire_types[level->field->type] != WIRE_PREFIXED &&
                         read_prefixed(&rest, &packed);
        index += is_packed ? count_packed(packed, wire_types[level->field->type]) : 1;
    }
    return index;
}

/* "unit.party_organisation", "unit_ids[3]"; a field that nobody knows is its message's. */
static const char *path_of(const void *parent, const struct level *level, size_t index_within)
{
    if (!level)
        return "";
    const char *outer = path_of(parent, level->outer, 0);
    if (!level->field)
        return outer;
    const char *dot = *outer ? "." : "";
    if (level->field->label != PROTOBUF_C_LABEL_REPEATED)
        return mem_printf(parent, "%s%s%s", outer, dot, level->field->name);
    return mem_printf(parent, "%s%s%s[%zu]", outer, dot, level->field->name,
                      element_index(level) + index_within);
}

static enum status refuse(struct walk *walk, const struct level *level, size_t index_within,
                          const char *rule, const char *message)
{
    const char *path = path_of(walk->parent, level, index_within);

    (void)violation_add(walk->parent, walk->violations, path, rule, "%s %s",
                        *path ? path : "the message", message);
    return STATUS_INVALID_ARGUMENT;
}

static enum status refuse_format(struct walk *walk, const struct level *level)
{
    return refuse(walk, level, 0, "wire_format", "is cut short or malformed");
}

/* ---- checking ---- */

static enum status count_element(struct walk *walk, const struct level *level)
{
    if (++walk->elements > WIRE_ELEMENTS_MAX)
        return refuse(walk, level, 0, "elements", "has too many elements");
    return STATUS_OK;
}

static enum status check_scalar(struct walk *walk, const struct level *level, struct span *bytes,
                                size_t index_within)
{
    const ProtobufCFieldDescriptor *field = level->field;
    int wire_type = wire_types[field->type];
    uint64_t number = 0;
    bool good = wire_type == WIRE_VARINT ? read_varint(bytes, VARINT_BYTES_MAX, &number)
                                         : skip(bytes, wire_type);

    if (!good)
        return refuse_format(walk, level);
    /* 32-bit values are cut to their low bits, as every protobuf reader does. */
    if (field->type == PROTOBUF_C_TYPE_ENUM &&
        !protobuf_c_enum_descriptor_get_value(field->descriptor, (int32_t)(uint32_t)number))
        return refuse(walk, level, index_within, "enum", "is a value that nobody defined");
    return STATUS_OK;
}

static enum status check_packed(struct walk *walk, const struct level *level, struct span packed)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; packed.next < packed.end && status == STATUS_OK; i++) {
        status = check_scalar(walk, level, &packed, i);
        if (status == STATUS_OK)
            status = count_element(walk, level);
    }
    return status;
}

static enum status check_string(struct walk *walk, const struct level *level, struct span text)
{
    size_t bytes = (size_t)(text.end - text.next);

    if (text_characters((const char *)text.next, bytes) >= 0)
        return STATUS_OK;
    if (memchr(text.next, '\0', bytes))
        return refuse(walk, level, 0, "nul", "holds a NUL character");
    return refuse(walk, level, 0, "utf8", "is not valid UTF-8");
}

/* The two fields of a Timestamp that was found well-formed; of each the last one counts. */
static struct time_fields {
    int64_t seconds;
    int32_t nanos;
} read_time(struct span bytes)
{
    struct time_fields time = {0};
    uint64_t value = 0;
    uint32_t number;
    int wire_type;

    while (bytes.next < bytes.end && read_tag(&bytes, &number, &wire_type)) {
        if (wire_type != WIRE_VARINT) {
            if (!skip(&bytes, wire_type))
                break;
            continue;
        }
        if (!read_varint(&bytes, VARINT_BYTES_MAX, &value))
            break;
        if (number == SECONDS)
            time.seconds = (int64_t)value;
        else if (number == NANOS)
            time.nanos = (int32_t)(uint32_t)value;
    }
    return time;
}

static enum status check_time(struct walk *walk, const struct level *level, struct span value)
{
    enum status status = check_message(walk, level, level->field->descriptor, value);
    const struct time_fields time = read_time(value);

    if (status == STATUS_OK && !clock_is_of_contract(time.seconds, time.nanos))
        return refuse(walk, level, 0, "range", "is no time of the years 1970 to 2199");
    return status;
}

static enum status check_prefixed(struct walk *walk, const struct level *level, struct span value)
{
    const ProtobufCFieldDescriptor *field = level->field;

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return check_string(walk, level, value);
    case PROTOBUF_C_TYPE_BYTES:
        return STATUS_OK;
    case PROTOBUF_C_TYPE_MESSAGE:
        return field->descriptor == &google__protobuf__timestamp__descriptor
                   ? check_time(walk, level, value)
                   : check_message(walk, level, field->descriptor, value);
    default:
        return check_packed(walk, level, value);
    }
}

static enum status check_field(struct walk *walk, const struct level *level, struct span *bytes,
                               int wire_type)
{
    const ProtobufCFieldDescriptor *field = level->field;
    struct span value;

    if (!field)
        return skip(bytes, wire_type) ? STATUS_OK : refuse_format(walk, level);

    bool may_be_packed = field->label == PROTOBUF_C_LABEL_REPEATED;
    if (wire_type != wire_types[field->type] && !(wire_type == WIRE_PREFIXED && may_be_packed))
        return refuse(walk, level, 0, "wire_type", "has another type");
    if (wire_type != WIRE_PREFIXED)
        return check_scalar(walk, level, bytes, 0);
    if (!read_prefixed(bytes, &value))
        return refuse_format(walk, level);
    return check_prefixed(walk, level, value);
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *type,
                                                  uint32_t number)
{
    if (number <= type->n_fields && type->fields[number - 1].id == number)
        return &type->fields[number - 1]; /* numbers without gaps: the usual case */
    return protobuf_c_message_descriptor_get_field(type, number);
}

static enum status check_message(struct walk *walk, const struct level *outer,
                                 const ProtobufCMessageDescriptor *type, struct span bytes)
{
    struct level level = {.outer = outer, .type = type, .start = bytes.next};

    level.depth = outer ? outer->depth + 1 : 1;
    if (level.depth > WIRE_DEPTH_MAX)
        return refuse(walk, outer, 0, "depth", "is nested too deeply");
    while (bytes.next < bytes.end) {
        uint32_t number;
        int wire_type;

        level.at = bytes.next;
        level.field = NULL;
        if (!read_tag(&bytes, &number, &wire_type))
            return refuse_format(walk, &level);
        level.field = find_field(type, number);

        enum status status = count_element(walk, &level);
        if (status == STATUS_OK)
            status = check_field(walk, &level, &bytes, wire_type);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status wire_check(const void *parent, const ProtobufCMessageDescriptor *type,
                       const uint8_t *data, size_t size, struct violations *violations)
{
    struct walk walk = {.parent = parent, .violations = violations};

    if (size == 0)
        return STATUS_OK; /* data may be NULL */
    return check_message(&walk, NULL, type, (struct span){data, data + size});
}

/* ---- messages in talloc memory ---- */

static ProtobufCMessage *unpack(const void *parent, const ProtobufCMessageDescriptor *type,
                                const uint8_t *data, size_t size, size_t limit)
{
    static const uint8_t nothing[1];
    ProtobufCAllocator *allocator = mem_allocator(parent, limit);
    ProtobufCMessage *message =
        protobuf_c_message_unpack(type, allocator, size, data ? data : nothing);

    talloc_free(allocator);
    return message;
}

enum status wire_unpack(const void *parent, const ProtobufCMessageDescriptor *type,
                        const uint8_t *data, size_t size, struct violations *violations,
                        ProtobufCMessage **ret_message)
{
    enum status status = wire_check(parent, type, data, size, violations);
    if (status != STATUS_OK)
        return status;

    size_t limit = size > HEAP_MAX / HEAP_PER_BYTE ? HEAP_MAX : size * HEAP_PER_BYTE + HEAP_EXTRA;
    ProtobufCMessage *message =
        unpack(parent, type, data, size, limit < HEAP_MAX ? limit : HEAP_MAX);
    if (!message) {
        /* Well-formed by the walk, so it was the limit: many small messages. */
        (void)violation_add(parent, violations, "", "elements", "the message has too many parts");
        return STATUS_INVALID_ARGUMENT;
    }
    *ret_message = message;
    return STATUS_OK;
}

bool wire_find(const uint8_t *data, size_t size, uint32_t number, ProtobufCBinaryData *ret)
{
    struct span bytes = {data, data + size}, value;
    uint32_t found;
    int wire_type;

    while (bytes.next < bytes.end && read_tag(&bytes, &found, &wire_type)) {
        if (found != number || wire_type != WIRE_PREFIXED) {
            if (!skip(&bytes, wire_type))
                return false;
            continue;
        }
        if (!read_prefixed(&bytes, &value))
            return false;
        *ret = (ProtobufCBinaryData){(size_t)(value.end - value.next), (uint8_t *)value.next};
        return true;
    }
    return false;
}

ProtobufCBinaryData wire_pack(const void *parent, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    ProtobufCBinaryData packed = {.len = size, .data = mem_bytes(parent, size)};

    size_t written = protobuf_c_message_pack(message, packed.data);
    assert(written == size);
    return packed;
}

void *wire_copy(const void *parent, const ProtobufCMessage *message)
{
    ProtobufCBinaryData packed = wire_pack(parent, message);
    ProtobufCMessage *copy = unpack(parent, message->descriptor, packed.data, packed.len, SIZE_MAX);

    assert(copy); /* what we packed ourselves can be read */
    talloc_free(packed.data);
    return copy;
}

void *wire_new(const void *parent, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *message = mem_bytes(parent, type->sizeof_message);

    protobuf_c_message_init(type, message);
    return message;
}
