/* SPDX-License-Identifier: Apache-2.0 */
/* db_state.h - what a connection is inside: for db.c (the pipeline) and db_connect.c (its start) */
#pragma once

#include <uthash.h>

#include "libcommon/service/database/db.h"

enum { DB_PENDING_MAX = 4096, DB_PARAMS_MAX = 32 };

/* A statement on this connection, and where its names lie in the message types last seen with it. */
struct prepared {
    const struct db_stmt *stmt;
    char **names; /* of bind */
    int name_count;
    const ProtobufCMessageDescriptor *bound; /* type that `fields` belong to */
    const ProtobufCFieldDescriptor *fields[DB_PARAMS_MAX];
    const ProtobufCMessageDescriptor *filled; /* type that `columns` belong to */
    const ProtobufCFieldDescriptor **columns; /* one a column, NULL: passed by */
    int column_count;
    UT_hash_handle hh;
};

struct pending {
    const struct db_stmt *stmt; /* NULL: a sync mark */
    struct call *call;          /* NULL: the runtime's own */
};

struct db {
    PGconn *conn;
    struct prepared *prepared; /* by stmt */
    struct pending pending[DB_PENDING_MAX];
    size_t head, count; /* ring */
    enum db_fault fault;
    char sqlstate[6];
    bool counts_rows;
};

/* The server is there, whatever the clocks say. */
bool db_connected(const struct db *db);
