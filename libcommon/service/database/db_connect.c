/* SPDX-License-Identifier: Apache-2.0 */
/* db_connect.c - how a connection comes to be: its turn, a fit session, prepared statements,
 * pipeline */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/connects.h"
#include "libcommon/service/database/db_clock.h"
#include "libcommon/service/database/db_state.h"
#include "libcommon/service/database/session.h"

static int db_destructor(struct db *db)
{
    PQfinish(db->conn);
    return 0;
}

/* ---- statements ---- */

/* A statement that PostgreSQL does not understand, or that the role may not run (class 42), is a
 * bug of this version or its migrations, and no other connection will do better. Anything else
 * passes. */
static bool is_bug(const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return sqlstate && strncmp(sqlstate, "42", 2) == 0;
}

/* True: it went well. False: the server is away. */
static bool accept(const struct db_stmt *stmt, PGresult *result)
{
    bool accepted = PQresultStatus(result) != PGRES_FATAL_ERROR;

    if (!accepted && is_bug(result)) {
        log_error("statement_invalid", "statement=%s reason=%s", stmt->name,
                  LOG_QUOTED(PQresultErrorMessage(result)));
        _exit(EXIT_FAILURE); /* not exit: other threads are at work */
    }
    PQclear(result);
    return accepted;
}

/* PREPARE does not look what the role may do; EXPLAIN opens the plan like an execution, and does.
 * The plan is kept. */
static bool may_run(struct db *db, const struct db_stmt *stmt)
{
    char *explain = mem_printf(db, "EXPLAIN EXECUTE %s", stmt->name);

    for (int i = 0; i < stmt->prepared->count; i++)
        explain = mem_check(talloc_strdup_append_buffer(explain, i ? ", NULL" : " (NULL"));
    if (stmt->prepared->count > 0)
        explain = mem_check(talloc_strdup_append_buffer(explain, ")"));
    bool may = accept(stmt, PQexec(db->conn, explain));
    talloc_free(explain);
    return may;
}

static bool prepare(struct db *db, const struct db_stmt *stmt)
{
    const char *wrong = stmt->prepared->bindings ? NULL : statement_bind(db, stmt, stmt->of);

    if (wrong) {
        log_error("statement_invalid", "statement=%s reason=%s", stmt->name, LOG_QUOTED(wrong));
        _exit(EXIT_FAILURE);
    }
    db->prepared[stmt->prepared->number].here = true;
    return accept(stmt, PQprepare(db->conn, stmt->name, stmt->prepared->sql, 0, NULL));
}

/* The first session of a kind also looks what its role may do. */
static bool prepare_all(struct db *db, enum db_session session)
{
    static _Atomic bool looked[SESSION_ANY];
    bool ready = true;

    db->prepared = mem_array(db, struct prepared, statements_count());
    for (unsigned i = 0; ready && i < statements_count(); i++) {
        const struct db_stmt *stmt = statement_at(i);
        if (stmt->session == session || stmt->session == SESSION_ANY)
            ready = prepare(db, stmt) && (looked[session] || may_run(db, stmt));
    }
    looked[session] = looked[session] || ready;
    return ready;
}

/* ---- in which cluster ---- */

/* In which cluster its tables are; where that is another one than before, journals begin another
 * life (libcommon/db, incarnation). */
STATEMENT(keep_home, .sql = "SELECT keep_home()", .session = SESSION_ANY);

/* Before the session writes anything: what it wrote would count as the earlier life's. */
static bool know_home(struct db *db)
{
    PGresult *answer = PQexecPrepared(db->conn, keep_home.name, 0, NULL, NULL, NULL, 0);
    bool answered = PQresultStatus(answer) == PGRES_TUPLES_OK;

    if (answered && PQgetvalue(answer, 0, 0)[0] == 't')
        log_warning("database_restored",
                    "reason=\"its tables have come into another cluster: journals begin another"
                    " incarnation\"");
    PQclear(answer);
    return answered;
}

/* ---- the whole ---- */

/* What the server has to say beside its answers: one line of ours instead of several of its own. */
static void log_notice(void *argument, const char *message)
{
    (void)argument;
    log_warning("database_notice", "message=%s", LOG_QUOTED(message));
}

static bool make_ready(struct db *db, const char *service, enum db_session session)
{
    return db_connected(db) && session_is_fit(db->conn, service) && prepare_all(db, session) &&
           know_home(db) && PQenterPipelineMode(db->conn) && PQsetnonblocking(db->conn, 1) == 0;
}

struct db *db_open(const void *parent, const char *conninfo, const char *service,
                   enum db_session session)
{
    if (!db_clock_may_ask() || !connects_begin())
        return NULL;
    struct db *db = mem_new(parent, struct db);
    const char *user = mem_printf(db, "%s%s", service, session == SESSION_RELAY ? "_relay" : "");

    talloc_set_destructor(db, db_destructor);
    db->conn = session_connect(conninfo, user, service);
    PQsetNoticeProcessor(db->conn, log_notice, NULL);
    bool ready = make_ready(db, service, session);
    connects_end(ready || db_clock_is_off()); /* db_clock_may_ask has pauses of its own */
    if (ready)
        return db;
    if (PQerrorMessage(db->conn)[0]) /* else what is wrong was said */
        log_warning("database_away", "user=%s reason=%s", user,
                    LOG_QUOTED(PQerrorMessage(db->conn)));
    talloc_free(db);
    return NULL;
}
