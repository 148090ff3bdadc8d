/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db_row.c - a row of an answer into a message: columns fill the fields of their names
 *
 * A column that the message has no field for is passed by. One that cannot be read marks the call.
 */
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/columns.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/database/db_state.h"

/* The fields of the columns, looked up once per message type. */
static const struct prepared *fill_from(struct db *db, const struct db_stmt *stmt,
                                        const PGresult *rows,
                                        const ProtobufCMessageDescriptor *type)
{
    struct prepared *prepared = db_prepared(db, stmt);

    if (prepared->filled == type)
        return prepared;
    prepared->column_count = PQnfields(rows);
    talloc_free(prepared->columns);
    prepared->columns =
        mem_array(db, const ProtobufCFieldDescriptor *, (size_t)prepared->column_count);
    for (int i = 0; i < prepared->column_count; i++)
        prepared->columns[i] =
            protobuf_c_message_descriptor_get_field_by_name(type, PQfname(rows, i));
    prepared->filled = type;
    return prepared;
}

void db_row(struct call *call, const struct db_stmt *stmt, const PGresult *rows, int row,
            ProtobufCMessage *message)
{
    const struct prepared *prepared = fill_from(call->db, stmt, rows, message->descriptor);

    for (int i = 0; i < prepared->column_count; i++) {
        if (!prepared->columns[i])
            continue;
        if (!field_of_column(call, rows, row, i, message, prepared->columns[i])) {
            log_error("column_unreadable", "statement=%s column=%s", stmt->name, PQfname(rows, i));
            call->unreadable = true;
        }
    }
}
