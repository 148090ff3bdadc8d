/* SPDX-License-Identifier: Apache-2.0 */
/* db_state.h - what a connection is inside: for db.c (the pipeline) and db_connect.c (its start) */
#pragma once

#include "libcommon/service/database/db.h"

enum { DB_PENDING_MAX = 4096 };

/* A statement on this connection, and where its columns lie in the message type last seen with
 * it. */
struct prepared {
    bool here;                                /* else its session is another kind */
    const ProtobufCMessageDescriptor *filled; /* type that `columns` belong to */
    const ProtobufCFieldDescriptor **columns; /* one a column, NULL: passed by */
    int column_count;
};

struct pending {
    const struct db_stmt *stmt; /* NULL: a sync mark */
    struct call *call;          /* NULL: the runtime's own */
    const char *field; /* that a refusal for want of a row is about; NULL: the statement says */
};

struct db {
    PGconn *conn;
    struct prepared *prepared; /* by the statement's number */
    struct pending pending[DB_PENDING_MAX];
    size_t head, count; /* ring */
    enum db_fault fault;
    char sqlstate[6];
    bool counts_rows;
};

/* A statement of this kind of session, as this connection has it. */
struct prepared *db_prepared(struct db *db, const struct db_stmt *stmt);
/* The server is there, whatever the clocks say. */
bool db_connected(const struct db *db);
