/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db.h - one PostgreSQL connection, always in pipeline mode
 *
 * A statement's parameters are fields of a message (statement.h) and its rows become messages, both
 * by name: a column fills the field of its name.
 *
 *   field type          column type           note
 *   string              text, uuid, date      "" is '', so a nullable column says nullif(:field, '')
 *   integers, bool      int2, int4, int8, bool
 *   enum                text                  the name without its type's prefix: 'BANK'
 *   bytes               bytea
 *   Timestamp           timestamptz           absent is NULL; microseconds
 *   other message       jsonb                 proto3 JSON; absent is NULL
 *   repeated string     text[], uuid[]
 *
 * Statements only queue until someone waits; after the first error everything up to the next
 * db_sync is skipped by the server. One thread at a time.
 */
#pragma once

#include <libpq-fe.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "libcommon/service/call/call.h"
#include "libcommon/service/database/param.h"
#include "libcommon/service/database/statement.h"

struct db;

/* How the last pipeline broke. */
enum db_fault {
    DB_FINE,
    DB_REFUSED, /* a command's own error: SQLSTATE class 22, 23 or P0001, or a wrong row count */
    DB_FAILED,  /* any other error: lock timeout, deadlock, disk full, shutdown, … */
    DB_UNFIT,   /* an error that this session will answer again: another one is needed */
    DB_LOST,    /* the connection is gone, and with it maybe the answer to what was sent */
};

/* Connects as the session's role with search_path = service, checks that the server keeps what
 * it commits (fsync, full_page_writes, synchronous_commit), that the session is what was asked
 * for (session.h) and that its clock and ours agree (db_clock.h), and prepares the session's
 * statements. NULL when the server is away, is not to be asked yet (connects.h), gives an unfit
 * session, or when the clocks are apart; logs why. A statement that does not parse, or that the
 * role may not run, ends the process: it is a bug. */
struct db *db_open(const void *parent, const char *conninfo, const char *service,
                   enum db_session session);
/* False when the server went away or the session is of no use any more, or when our clock was set
 * meanwhile: db_open looks again. */
bool db_alive(const struct db *db);

/* Queues a statement of a call and does not wait. message has the fields that are its parameters;
 * NULL if none is. */
void db_do(struct call *call, const struct db_stmt *stmt, const ProtobufCMessage *message);

/* Queues a statement and waits for its rows, which belong to the call. Not OK: the pipeline broke,
 * maybe by an earlier statement; the handler returns at once and may be run again. one_row: the
 * refusal. */
enum status db_query(struct call *call, const struct db_stmt *stmt, const ProtobufCMessage *message,
                     const PGresult **ret_rows) MUST_CHECK;

/* The same with parameters that are given beside the message. */
enum status db_query_more(struct call *call, const struct db_stmt *stmt,
                          const ProtobufCMessage *message, const struct db_param *given,
                          int given_count, const PGresult **ret_rows) MUST_CHECK;

/* The same as db_query of a statement with one_row, whose refusal is about this field of the
 * request. */
enum status db_find(struct call *call, const struct db_stmt *stmt, const ProtobufCMessage *message,
                    const char *field, const PGresult **ret_rows) MUST_CHECK;

/* Fills a message of the row's fields, allocated under the call; columns without a field are passed
 * by. Where one cannot be read it is empty, and the call fails when its handler returns. */
void db_row(struct call *call, const struct db_stmt *stmt, const PGresult *rows, int row,
            ProtobufCMessage *message);

/* ---- for the runtime: batches, queries, relay, followers, timers ---- */

/* Queues a call's statement with the parameters that are given beside the message. */
void db_send(struct db *db, struct call *call, const struct db_stmt *stmt,
             const ProtobufCMessage *message, const struct db_param *given, int given_count);
/* The same as db_do: for a handler's effects. */
void db_do_more(struct call *call, const struct db_stmt *stmt, const ProtobufCMessage *message,
                const struct db_param *given, int given_count);
/* Queues a statement of the runtime itself, with all its parameters. */
void db_send_own(struct db *db, const struct db_stmt *stmt, const struct db_param *given,
                 int given_count);
/* Queues a sync mark and writes everything out. */
void db_sync(struct db *db);

/* Waits for the next queued answer; NULL when it is a sync mark, or an error (see db_fault). The
 * result is a child of parent. Call it only for what was written out: after db_sync or db_flush. */
const PGresult *db_next(struct db *db, const void *parent);
void db_flush(struct db *db);

/* Writes out what is queued, waits for all of it, and returns the answer of the last statement, a
 * child of parent; NULL when it is an error. */
const PGresult *db_last(struct db *db, const void *parent);

/* Waits for every queued answer and returns the first fault. The call at fault has its status. */
enum db_fault db_finish(struct db *db);
/* The same up to a sync mark, which it adds where there is none: the pipeline is whole again behind
 * it. DB_FINE; DB_UNFIT or DB_LOST. */
enum db_fault db_recover(struct db *db);
enum db_fault db_fault(const struct db *db);
size_t db_pending(const struct db *db);       /* answers not read yet, sync marks included */
bool db_counts_rows(const struct db *db);     /* one of them must have touched exactly one row */
const char *db_sqlstate(const struct db *db); /* of the last fault; "" if none */
int db_socket(const struct db *db);           /* for tests that cut it */
