/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db.c - one PostgreSQL connection in pipeline mode
 *
 * db_do and db_query -> queue of pending answers -> take() reads them in order. The first error
 * sticks as the connection's fault until a sync mark is read; what it means for the batch is
 * batch.c's business. The socket does not block: while statements are written, answers are read, so
 * that a full buffer on both sides never stops the two permanently.
 */
#include "libcommon/service/database/db_state.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/columns.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/database/db_clock.h"
#include "libcommon/service/database/named_sql.h"
#include "libcommon/service/database/session.h"

/* No answer for longer than the server gives a statement (statement_timeout): it hangs. */
enum { ANSWER_MS = 15000 };

bool db_connected(const struct db *db)
{
    /* Reading what has come notices a server that went away while nothing was asked. */
    return PQconsumeInput(db->conn) == 1 && PQstatus(db->conn) == CONNECTION_OK;
}

bool db_alive(const struct db *db)
{
    return db_connected(db) && db->fault < DB_UNFIT && !session_is_read_only(db->conn) &&
           !db_clock_is_off();
}

enum db_fault db_fault(const struct db *db)
{
    return db->fault;
}

size_t db_pending(const struct db *db)
{
    return db->count;
}

bool db_counts_rows(const struct db *db)
{
    return db->counts_rows;
}

int db_socket(const struct db *db)
{
    return PQsocket(db->conn);
}

const char *db_sqlstate(const struct db *db)
{
    return db->sqlstate;
}

/* ---- faults ---- */

static void set_fault(struct db *db, enum db_fault fault, const char *sqlstate)
{
    if (db->fault == DB_FINE || fault >= DB_UNFIT) {
        db->fault = fault;
        snprintf(db->sqlstate, sizeof db->sqlstate, "%s", sqlstate ? sqlstate : "");
    }
}

/* What this session will answer again, and another one may not. */
static const char *const session_errors[] = {
    "0A000", /* a plan that does not fit the tables any more: they are prepared again */
    "26000", /* a statement that is not prepared here */
    "25006", /* read-only: after a failover another host takes writes */
};

static bool is_of_session(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof session_errors / sizeof *session_errors; i++)
        if (strcmp(sqlstate, session_errors[i]) == 0)
            return true;
    return false;
}

/* Classes 22 (data), 23 (integrity) and P0001 (raise) speak of the command, all others of the
 * world. */
static bool is_commands_own(const char *sqlstate)
{
    return strncmp(sqlstate, "22", 2) == 0 || strncmp(sqlstate, "23", 2) == 0 ||
           strcmp(sqlstate, "P0001") == 0;
}

static enum status explain(struct call *call, const struct db_stmt *stmt, const PGresult *result)
{
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    const struct db_violation *v = stmt->violations;

    if (!v && stmt->object)
        v = stmt->object->violations;
    for (; v && v->constraint; v++)
        if (constraint && strcmp(v->constraint, constraint) == 0)
            return call_fail(call, v->status, v->field, v->rule, "%s", v->message);

    log_error("statement_refused", "statement=%s request_id=%s street=%s sqlstate=%s constraint=%s",
              stmt->name, call->header->request_id, call->street,
              PQresultErrorField(result, PG_DIAG_SQLSTATE), constraint ? constraint : "none");
    return call_fail(call, STATUS_INTERNAL, "", "constraint",
                     "the request broke a rule of the database");
}

static void on_error(struct db *db, const struct pending *pending, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    if (!db_connected(db) || !sqlstate || strcmp(severity, "ERROR") != 0) { /* FATAL, PANIC */
        set_fault(db, DB_LOST, sqlstate);
        return;
    }
    if (is_of_session(sqlstate)) {
        log_warning("session_unfit", "sqlstate=%s reason=%s", sqlstate,
                    LOG_QUOTED(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
        set_fault(db, DB_UNFIT, sqlstate);
        return;
    }
    bool own = pending->call && is_commands_own(sqlstate);
    if (db->fault == DB_FINE && own)
        (void)!explain(pending->call, pending->stmt, result);
    else if (db->fault == DB_FINE)
        log_warning("statement_failed", "statement=%s sqlstate=%s reason=%s",
                    pending->stmt ? pending->stmt->name : "sync", sqlstate,
                    LOG_QUOTED(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
    set_fault(db, own ? DB_REFUSED : DB_FAILED, sqlstate);
}

/* What the statement says of a row that is not there, or its object does. */
static void refuse_missing(const struct pending *pending)
{
    const struct db_stmt *stmt = pending->stmt;
    const struct object *object = stmt->object;
    const char *field = stmt->one_row.field ? stmt->one_row.field
                        : object->id        ? object->id
                                            : "street";

    if (pending->field)
        field = pending->field;
    if (stmt->one_row.message)
        (void)!call_fail(pending->call, stmt->one_row.status, field, stmt->one_row.rule, "%s",
                         stmt->one_row.message);
    else
        (void)!call_fail(pending->call, stmt->one_row.status, field, stmt->one_row.rule,
                         "no such %s in this street", object->noun);
}

static void check_one_row(struct db *db, const struct pending *pending, const PGresult *result)
{
    bool rows = PQresultStatus(result) == PGRES_TUPLES_OK;
    long touched = rows ? PQntuples(result) : strtol(PQcmdTuples((PGresult *)result), NULL, 10);

    if (pending->stmt->one_row.status == STATUS_OK || touched == 1 || !pending->call)
        return;
    if (db->fault == DB_FINE && pending->call->status == STATUS_OK) /* the first one is told */
        refuse_missing(pending);
    if (pending->call->wrote)
        set_fault(db, DB_REFUSED, ""); /* something must be taken back */
}

/* ---- the queue ---- */

static void push(struct db *db, const struct db_stmt *stmt, struct call *call)
{
    assert(db->count < DB_PENDING_MAX);
    db->pending[(db->head + db->count++) % DB_PENDING_MAX] =
        (struct pending){.stmt = stmt, .call = call};
    db->counts_rows = db->counts_rows || (stmt && stmt->one_row.status != STATUS_OK);
}

/* Waits until the socket can be read, or written where something is unsent. False: it hangs or is
 * gone. */
static bool wait_for_socket(struct db *db, bool unsent)
{
    struct pollfd socket = {.fd = PQsocket(db->conn),
                            .events = (short)(unsent ? POLLIN | POLLOUT : POLLIN)};
    int ready = poll(&socket, 1, ANSWER_MS);

    if (ready < 0)
        return errno == EINTR;
    return ready > 0 && (!(socket.revents & ~POLLOUT) || PQconsumeInput(db->conn));
}

/* Writes what is queued; reads meanwhile, so that neither side waits for the other. */
static void flush(struct db *db)
{
    while (db->fault != DB_LOST && PQflush(db->conn) == 1)
        if (!wait_for_socket(db, true))
            set_fault(db, DB_LOST, "08006");
}

/* Waits until the next answer can be taken without waiting. */
static void wait_for_answer(struct db *db)
{
    while (db->fault != DB_LOST) {
        int unsent = PQflush(db->conn);
        if (!PQisBusy(db->conn))
            return;
        if (unsent < 0 || !wait_for_socket(db, unsent == 1))
            set_fault(db, DB_LOST, "08006");
    }
}

/* Reads the oldest pending answer. NULL: it is an error, a skipped statement or a sync mark. */
static PGresult *take(struct db *db)
{
    struct pending pending = db->pending[db->head];

    assert(db->count > 0);
    db->head = (db->head + 1) % DB_PENDING_MAX;
    db->count--;
    db->counts_rows = db->counts_rows && db->count > 0;
    wait_for_answer(db);
    if (db->fault == DB_LOST)
        return NULL;

    PGresult *result = PQgetResult(db->conn);
    switch (result ? PQresultStatus(result) : PGRES_FATAL_ERROR) {
    case PGRES_PIPELINE_SYNC:
        PQclear(result);
        return NULL;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        check_one_row(db, &pending, result);
        break;
    case PGRES_PIPELINE_ABORTED:
        if (db->fault == DB_FINE)
            set_fault(db, DB_FAILED, "");
        PQclear(result);
        result = NULL;
        break;
    default:
        on_error(db, &pending, result);
        PQclear(result);
        result = NULL;
    }
    if (pending.stmt)
        wait_for_answer(db);
    if (pending.stmt && db->fault != DB_LOST)
        PQclear(PQgetResult(db->conn)); /* the NULL behind every statement */
    return result;
}

void db_sync(struct db *db)
{
    if (db->fault != DB_LOST && PQpipelineSync(db->conn) != 1)
        set_fault(db, DB_LOST, "08006");
    push(db, NULL, NULL);
    if (db->fault != DB_LOST)
        flush(db);
}

static int result_destructor(PGresult **result)
{
    PQclear(*result);
    return 0;
}

const PGresult *db_next(struct db *db, const void *parent)
{
    PGresult *result = take(db);

    if (result) {
        PGresult **owner = mem_new(parent, PGresult *);
        *owner = result;
        talloc_set_destructor(owner, result_destructor);
    }
    return result;
}

/* A Sync, not a Flush: only behind a Sync does the server count how long a session idles in its
 * transaction, and a stalled worker must not keep its street's lock. */
void db_flush(struct db *db)
{
    if (db->fault != DB_LOST && db->count > 0)
        db_sync(db);
}

const PGresult *db_last(struct db *db, const void *parent)
{
    const PGresult *rows;

    db_flush(db);
    while (db->count > 2) /* the last two are its rows and the sync mark */
        PQclear(take(db));
    rows = db_next(db, parent);
    while (db->count > 0)
        PQclear(take(db));
    return rows;
}

enum db_fault db_finish(struct db *db)
{
    db_flush(db);
    while (db->count > 0)
        PQclear(take(db));
    return db->fault;
}

static struct pending *last_pending(struct db *db)
{
    return &db->pending[(db->head + db->count - 1) % DB_PENDING_MAX];
}

/* What is pending ends with a sync mark; nothing pending was read up to one. */
static bool ends_with_mark(struct db *db)
{
    return db->count == 0 || !last_pending(db)->stmt;
}

enum db_fault db_recover(struct db *db)
{
    if (!ends_with_mark(db))
        db_sync(db);
    while (db->count > 0)
        PQclear(take(db));
    if (db->fault < DB_UNFIT)
        db->fault = DB_FINE;
    return db->fault;
}

/* ---- statements ---- */

struct prepared *db_prepared(struct db *db, const struct db_stmt *stmt)
{
    struct prepared *prepared = &db->prepared[stmt->prepared->number];

    assert(prepared->here && "a statement of this kind of session");
    return prepared;
}

/* The sender gives them in about the order in which the statement names them; *place is where the
 * last one was found. */
static const struct db_param *find_given(const struct db_stmt *stmt, const char *name,
                                         const struct db_param *given, int count, int *place)
{
    for (int i = 0; i < count; i++) {
        *place = (*place + 1) % count;
        if (strcmp(given[*place].name, name) == 0)
            return &given[*place];
    }
    log_error("parameter_missing", "statement=%s parameter=%s", stmt->name, name);
    abort();
}

/* call NULL: the runtime gives whatever there is. */
static void collect(struct call *call, const struct db_stmt *stmt, const ProtobufCMessage *message,
                    const struct db_param *given, int count, struct db_param *ret)
{
    const struct db_binding *binding = statement_binding(stmt, message);
    int place = -1;

    for (int i = 0; i < stmt->prepared->count; i++) {
        enum db_source from = call ? binding->values[i].from : FROM_SENDER;
        switch (from) {
        case FROM_FIELD:
            ret[i] = param_of(call, message, binding->values[i].field);
            break;
        case FROM_KEY:
            ret[i] = param_key(call, message, binding->values[i].field);
            break;
        case FROM_STREET:
            ret[i] = param_text(call->street);
            break;
        case FROM_ACTOR:
            ret[i] = param_text(call->actor);
            break;
        case FROM_NOW:
            ret[i] = param_time(call, call->now);
            break;
        case FROM_SENDER:
            ret[i] = *find_given(stmt, stmt->prepared->names[i], given, count, &place);
            break;
        }
    }
}

void db_send(struct db *db, struct call *call, const struct db_stmt *stmt,
             const ProtobufCMessage *message, const struct db_param *given, int given_count)
{
    struct db_param params[SQL_PARAMS_MAX];
    const char *values[SQL_PARAMS_MAX];
    int lengths[SQL_PARAMS_MAX], formats[SQL_PARAMS_MAX], count = stmt->prepared->count;

    (void)db_prepared(db, stmt);
    if (call && stmt->prepared->moves_grants)
        call->moved_grants = true;
    collect(call, stmt, message, given, given_count, params);
    for (int i = 0; i < count; i++) {
        values[i] = params[i].data;
        lengths[i] = params[i].size;
        formats[i] = params[i].binary;
    }
    if (db->fault != DB_LOST &&
        PQsendQueryPrepared(db->conn, stmt->name, count, values, lengths, formats, 1) != 1) {
        log_warning("statement_unsent", "statement=%s reason=%s", stmt->name,
                    LOG_QUOTED(PQerrorMessage(db->conn)));
        set_fault(db, DB_LOST, "08006");
    }
    push(db, stmt, call);
}

void db_send_own(struct db *db, const struct db_stmt *stmt, const struct db_param *given,
                 int given_count)
{
    db_send(db, NULL, stmt, NULL, given, given_count);
}

void db_do(struct call *call, const struct db_stmt *stmt, const ProtobufCMessage *message)
{
    db_do_more(call, stmt, message, NULL, 0);
}

/* Else a refusal takes nothing back. */
static bool does_write(const struct db_stmt *stmt)
{
    return strncmp(stmt->sql, "SELECT", strlen("SELECT")) != 0;
}

void db_do_more(struct call *call, const struct db_stmt *stmt, const ProtobufCMessage *message,
                const struct db_param *given, int given_count)
{
    struct db *db = call->db;

    call->wrote = call->wrote || does_write(stmt);
    if (db->count > DB_PENDING_MAX / 2) { /* a command with thousands of rows: read what is done */
        db_flush(db);
        while (db->count > DB_PENDING_MAX / 4)
            PQclear(take(db));
    }
    if (db->fault == DB_FINE)
        db_send(db, call, stmt, message, given, given_count);
}

/* field NULL: what refuses says it. */
static enum status query(struct call *call, const struct db_stmt *stmt,
                         const ProtobufCMessage *message, const struct db_param *given,
                         int given_count, const char *field, const PGresult **ret_rows)
{
    struct db *db = call->db;
    const PGresult *rows = NULL;

    call->wrote = call->wrote || does_write(stmt);
    if (db->fault == DB_FINE) {
        db_send(db, call, stmt, message, given, given_count);
        last_pending(db)->field = field;
        rows = db_last(db, call);
    }
    if (call->status != STATUS_OK)
        return call->status; /* also one_row's refusal */
    if (db->fault != DB_FINE)
        return STATUS_UNAVAILABLE;
    *ret_rows = rows;
    return STATUS_OK;
}

enum status db_find(struct call *call, const struct db_stmt *stmt, const ProtobufCMessage *message,
                    const char *field, const PGresult **ret_rows)
{
    return query(call, stmt, message, NULL, 0, field, ret_rows);
}

enum status db_query(struct call *call, const struct db_stmt *stmt, const ProtobufCMessage *message,
                     const PGresult **ret_rows)
{
    return query(call, stmt, message, NULL, 0, NULL, ret_rows);
}

enum status db_query_more(struct call *call, const struct db_stmt *stmt,
                          const ProtobufCMessage *message, const struct db_param *given,
                          int given_count, const PGresult **ret_rows)
{
    return query(call, stmt, message, given, given_count, NULL, ret_rows);
}
