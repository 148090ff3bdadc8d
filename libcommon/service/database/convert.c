/* SPDX-License-Identifier: Apache-2.0 */
/*
 * convert.c - between fields of messages and PostgreSQL's values
 *
 * Parameters go as text, which the server reads as whatever the statement wants there, except times
 * and bytes, which go binary. Results come binary and are read by their column's type.
 */
#include "libcommon/service/database/convert.h"

#include <assert.h>
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/id.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text_form.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"

/* PostgreSQL counts microseconds and days from 2000-01-01. */
static const int64_t epoch_us = INT64_C(946684800) * 1000000;

static const void *member(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (const char *)message + field->offset;
}

struct db_param param_text(const char *text)
{
    return (struct db_param){.data = text};
}

struct db_param param_int(const void *parent, int64_t value)
{
    return param_text(mem_printf(parent, "%" PRId64, value));
}

struct db_param param_time(const void *parent, const Google__Protobuf__Timestamp *time)
{
    if (!time)
        return (struct db_param){0};
    int64_t us = htobe64(time->seconds * 1000000 + time->nanos / 1000 - epoch_us);
    return (struct db_param){mem_copy(parent, &us, sizeof us), sizeof us, true};
}

/* The literal of a text array: every element quoted, so that the server can read it as any type. */
static struct db_param param_text_array(const void *parent, char *const *texts, size_t count)
{
    size_t size = 3;

    for (size_t i = 0; i < count; i++)
        size += 2 * strlen(texts[i]) + 3;
    char *literal = mem_bytes(parent, size), *to = literal;

    *to++ = '{';
    for (size_t i = 0; i < count; i++) {
        *to++ = i ? ',' : ' ';
        *to++ = '"';
        for (const char *from = texts[i]; *from; from++) {
            if (*from == '"' || *from == '\\')
                *to++ = '\\';
            *to++ = *from;
        }
        *to++ = '"';
    }
    *to++ = '}';
    *to = '\0';
    return param_text(literal);
}

static struct db_param param_message(const void *parent, const ProtobufCMessage *message,
                                     const ProtobufCFieldDescriptor *field)
{
    if (!message)
        return (struct db_param){0};
    if (field->descriptor == &google__protobuf__timestamp__descriptor)
        return param_time(parent, (const Google__Protobuf__Timestamp *)message);
    return param_text(json_text(parent, message));
}

struct db_param param_of(const void *parent, const ProtobufCMessage *message,
                         const ProtobufCFieldDescriptor *field)
{
    const void *value = member(message, field);

    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        const size_t *count = (const size_t *)((const char *)message + field->quantifier_offset);
        return param_text_array(parent, *(char *const *const *)value, *count);
    }
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return param_text(*(const char *const *)value);
    case PROTOBUF_C_TYPE_BYTES: {
        const ProtobufCBinaryData *bytes = value;
        return (struct db_param){bytes->data ? (const char *)bytes->data : "", (int)bytes->len,
                                 true};
    }
    case PROTOBUF_C_TYPE_ENUM: {
        int number = *(const int *)value;
        return param_text(number ? types_enum_name(field->descriptor, number) : "");
    }
    case PROTOBUF_C_TYPE_BOOL:
        return param_text(*(const protobuf_c_boolean *)value ? "t" : "f");
    case PROTOBUF_C_TYPE_INT32:
        return param_int(parent, *(const int32_t *)value);
    case PROTOBUF_C_TYPE_UINT32:
        return param_int(parent, *(const uint32_t *)value);
    case PROTOBUF_C_TYPE_INT64:
        return param_int(parent, *(const int64_t *)value);
    case PROTOBUF_C_TYPE_MESSAGE:
        return param_message(parent, *(const ProtobufCMessage *const *)value, field);
    default:
        assert(!"convert_check lets no other type pass");
        return (struct db_param){0};
    }
}

struct db_param param_key(const void *parent, const ProtobufCMessage *message,
                          const ProtobufCFieldDescriptor *field)
{
    const char *text = *(const char *const *)member(message, field);

    return param_text(text ? text_key(parent, text) : "");
}

struct db_param param_array(const void *parent, Oid element, size_t count,
                            const ProtobufCBinaryData *elements)
{
    size_t size = 5 * sizeof(uint32_t);

    for (size_t i = 0; i < count; i++)
        size += sizeof(uint32_t) + elements[i].len;
    uint8_t *array = mem_bytes(parent, size), *to = array;
    uint32_t head[] = {htobe32(count > 0), 0, htobe32(element), htobe32((uint32_t)count),
                       htobe32(1)};

    if (count == 0)
        size = 3 * sizeof(uint32_t); /* no dimension */
    memcpy(to, head, size < sizeof head ? size : sizeof head);
    to += sizeof head;
    for (size_t i = 0; i < count; i++) {
        uint32_t length = htobe32((uint32_t)elements[i].len);
        memcpy(to, &length, sizeof length);
        to += sizeof length;
        if (elements[i].len)
            memcpy(to, elements[i].data, elements[i].len);
        to += elements[i].len;
    }
    return (struct db_param){(const char *)array, (int)size, true};
}

const char *convert_check(const ProtobufCFieldDescriptor *field)
{
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;

    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return "a oneof has no column";
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return NULL;
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_MESSAGE:
        return repeated ? "only strings may repeat in a column" : NULL;
    default:
        return "no column type for this field type";
    }
}

static uint32_t be32(const char *data)
{
    uint32_t value;

    memcpy(&value, data, sizeof value);
    return be32toh(value);
}

static uint64_t be64(const char *data)
{
    uint64_t value;

    memcpy(&value, data, sizeof value);
    return be64toh(value);
}

int64_t column_int(const PGresult *rows, int row, int column)
{
    const char *data = PQgetvalue(rows, row, column);

    switch (PQgetlength(rows, row, column)) {
    case 1:
        return *data;
    case 2:
        return (int16_t)(be32((char[4]){0, 0, data[0], data[1]}));
    case 4:
        return (int32_t)be32(data);
    default:
        return (int64_t)be64(data);
    }
}

/* 'infinity' stays beyond all times. */
int64_t column_unix_us(const PGresult *rows, int row, int column)
{
    int64_t us;

    return __builtin_add_overflow(column_int(rows, row, column), epoch_us, &us) ? INT64_MAX : us;
}

Google__Protobuf__Timestamp *timestamp_new(const void *parent, int64_t unix_us)
{
    Google__Protobuf__Timestamp *time = wire_new(parent, &google__protobuf__timestamp__descriptor);
    int64_t us = (unix_us % 1000000 + 1000000) % 1000000; /* nanos count forward before 1970, too */

    time->seconds = (unix_us - us) / 1000000;
    time->nanos = (int32_t)us * 1000;
    return time;
}

/* Days since 2000-01-01 as YYYY-MM-DD, by the civil calendar (Howard Hinnant's days algorithm). */
static const char *date_text(const void *parent, int32_t days)
{
    int64_t z = (int64_t)days + 730425; /* from 0000-03-01 */
    int64_t era = z / 146097, doe = z % 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;

    return mem_printf(parent, "%04d-%02d-%02d", (int)(yoe + era * 400 + (month <= 2)), (int)month,
                      (int)(doy - (153 * mp + 2) / 5 + 1));
}

const char *column_text(const void *parent, const PGresult *rows, int row, int column)
{
    const char *data = PQgetvalue(rows, row, column);
    char id[ID_CHARS + 1];

    if (PQgetisnull(rows, row, column))
        return "";
    switch (PQftype(rows, column)) {
    case OID_UUID:
        id_format((const uint8_t *)data, id);
        return mem_copy(parent, id, sizeof id);
    case OID_DATE:
        return date_text(parent, (int32_t)be32(data));
    case OID_JSONB:
        data++; /* version */
        /* fall through */
    default:
        return mem_text(parent, data); /* libpq ends every value with a zero byte */
    }
}

/* Binary array of text or uuid without NULLs -> repeated string. */
static bool strings_of_array(const void *parent, const PGresult *rows, int row, int column,
                             ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const char *data = PQgetvalue(rows, row, column);
    Oid type = PQftype(rows, column);

    if ((type != OID_TEXT_ARRAY && type != OID_UUID_ARRAY) || be32(data) > 1 || be32(data + 4))
        return false; /* of several dimensions; with NULLs */
    size_t count = be32(data) ? be32(data + 12) : 0;
    char **texts = mem_array(parent, char *, count ? count : 1);
    char id[ID_CHARS + 1];

    data += 20;
    for (size_t i = 0; i < count; i++) {
        uint32_t length = be32(data);
        data += 4;
        if (type == OID_UUID_ARRAY) {
            id_format((const uint8_t *)data, id);
            texts[i] = mem_copy(texts, id, sizeof id);
        } else {
            texts[i] = mem_check(talloc_strndup(texts, data, length));
        }
        data += length;
    }
    *(size_t *)((char *)message + field->quantifier_offset) = count;
    *(char ***)((char *)message + field->offset) = texts;
    return true;
}

static bool message_of_column(const void *parent, const PGresult *rows, int row, int column,
                              void *member, const ProtobufCFieldDescriptor *field)
{
    Oid type = PQftype(rows, column);

    if (field->descriptor == &google__protobuf__timestamp__descriptor) {
        if (type != OID_TIMESTAMPTZ)
            return false;
        *(Google__Protobuf__Timestamp **)member =
            timestamp_new(parent, column_unix_us(rows, row, column));
        return true;
    }
    if (type == OID_JSONB &&
        json_parse_stored(parent, field->descriptor, PQgetvalue(rows, row, column) + 1,
                          (ProtobufCMessage **)member) == STATUS_OK)
        return true;
    *(ProtobufCMessage **)member = wire_new(parent, field->descriptor); /* nobody meets a NULL */
    return false;
}

bool field_of_column(const void *parent, const PGresult *rows, int row, int column,
                     ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    void *to = (char *)message + field->offset;
    Oid type = PQftype(rows, column);

    if (PQgetisnull(rows, row, column))
        return true;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return strings_of_array(parent, rows, row, column, message, field);
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(const char **)to = column_text(parent, rows, row, column);
        return type == OID_TEXT || type == OID_UUID || type == OID_DATE || type == OID_VARCHAR;
    case PROTOBUF_C_TYPE_ENUM: {
        const char *name = PQgetvalue(rows, row, column);
        int number = name[0] ? types_enum_value(field->descriptor, name) : 0;
        *(int *)to = number < 0 ? 0 : number; /* a newer version stored it */
        return type == OID_TEXT;
    }
    case PROTOBUF_C_TYPE_BYTES:
        ((ProtobufCBinaryData *)to)->len = (size_t)PQgetlength(rows, row, column);
        ((ProtobufCBinaryData *)to)->data =
            mem_copy(parent, PQgetvalue(rows, row, column), (size_t)PQgetlength(rows, row, column));
        return type == OID_BYTEA;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)to = column_int(rows, row, column) != 0;
        return type == OID_BOOL;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
        *(int32_t *)to = (int32_t)column_int(rows, row, column);
        return type == OID_INT4 || type == OID_INT2 || type == OID_INT8;
    case PROTOBUF_C_TYPE_INT64:
        *(int64_t *)to = column_int(rows, row, column);
        return type == OID_INT8 || type == OID_INT4;
    case PROTOBUF_C_TYPE_MESSAGE:
        return message_of_column(parent, rows, row, column, to, field);
    default:
        return false;
    }
}
