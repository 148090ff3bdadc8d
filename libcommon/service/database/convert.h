/* SPDX-License-Identifier: Apache-2.0 */
/* convert.h - between fields of messages and PostgreSQL's values, by the table in db.h */
#pragma once

#include <libpq-fe.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "google_timestamp.pb-c.h"
#include "libcommon/service/database/param.h"

/* The value of one field as a parameter, allocated under parent where it is not the field
 * itself. */
struct db_param param_of(const void *parent, const ProtobufCMessage *message,
                         const ProtobufCFieldDescriptor *field);
/* What the text of a field is equal by (text_key). */
struct db_param param_key(const void *parent, const ProtobufCMessage *message,
                          const ProtobufCFieldDescriptor *field);
struct db_param param_text(const char *text);
struct db_param param_int(const void *parent, int64_t value);
struct db_param param_time(const void *parent, const Google__Protobuf__Timestamp *time);
/* One-dimensional array in binary format; element NULLs are not supported. */
struct db_param param_array(const void *parent, Oid element, size_t count,
                            const ProtobufCBinaryData *elements);

/* NULL, or why no column or parameter can hold this field. */
const char *convert_check(const ProtobufCFieldDescriptor *field);

/* Puts one column of a binary result into the field. False: the column's type does not fit. A value
 * that this version does not know, of an enum or inside jsonb, reads as absent. */
bool field_of_column(const void *parent, const PGresult *rows, int row, int column,
                     ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* Microseconds since 1970 as a new message. */
Google__Protobuf__Timestamp *timestamp_new(const void *parent, int64_t unix_us);

/* Plain columns of a binary result. */
int64_t column_int(const PGresult *rows, int row, int column);
const char *column_text(const void *parent, const PGresult *rows, int row, int column);
int64_t column_unix_us(const PGresult *rows, int row, int column);

enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_TEXT_ARRAY = 1009,
    OID_VARCHAR = 1043,
    OID_DATE = 1082,
    OID_TIMESTAMPTZ = 1184,
    OID_UUID = 2950,
    OID_UUID_ARRAY = 2951,
    OID_JSONB = 3802
};
