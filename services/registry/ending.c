/* SPDX-License-Identifier: Apache-2.0 */
/* ending.c - what ends together with something else */
#include "services/registry/ending.h"

static enum status end_all(struct call *call, const struct ending *row,
                           const ProtobufCMessage *ended, const char *reason)
{
    const PGresult *rows;
    enum status status = db_query(call, row->select, ended, &rows);

    for (int i = 0; status == STATUS_OK && i < PQntuples(rows); i++) {
        ProtobufCMessage *object = wire_new(call, row->type);
        db_row(call, row->select, rows, i, object);
        status = row->end(call, object, reason);
    }
    return status;
}

enum status end_with(struct call *call, const struct ending *table, const ProtobufCMessage *ended,
                     const char *reason)
{
    enum status status = STATUS_OK;

    for (const struct ending *row = table; status == STATUS_OK && row->select; row++)
        status = end_all(call, row, ended, reason);
    return status;
}
