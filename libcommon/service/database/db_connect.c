/* SPDX-License-Identifier: Apache-2.0 */
/* db_connect.c - how a connection comes to be: session settings, checks, prepared statements, pipeline */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/service/database/db_clock.h"
#include "libcommon/service/database/db_state.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"

static int db_destructor(struct db *db)
{
    HASH_CLEAR(hh, db->prepared); /* the entries are children */
    PQfinish(db->conn);
    return 0;
}

static char **split_names(const void *parent, const char *list, int *ret_count)
{
    char **names = mem_array(parent, char *, DB_PARAMS_MAX);
    char *copy = mem_text(names, list ? list : ""), *rest = NULL;
    int count = 0;

    for (char *name = strtok_r(copy, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest)) {
        assert(count < DB_PARAMS_MAX - 3);
        names[count++] = name;
    }
    *ret_count = count;
    return names;
}

/* A statement that PostgreSQL does not understand, or that the role may not run (class 42), is a bug of this
 * version or its migrations, and no other connection will do better. Anything else passes. */
static bool is_bug(const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return sqlstate && strncmp(sqlstate, "42", 2) == 0;
}

static bool prepare(struct db *db, const struct db_stmt *stmt)
{
    struct prepared *prepared;

    HASH_FIND_PTR(db->prepared, &stmt, prepared);
    if (prepared)
        return true;
    PGresult *result = PQprepare(db->conn, stmt->name, stmt->sql, 0, NULL);
    bool ready = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!ready && is_bug(result)) {
        log_error("statement_invalid", "statement=%s reason=%s", stmt->name,
                  LOG_QUOTED(PQresultErrorMessage(result)));
        _exit(EXIT_FAILURE); /* not exit: other threads are at work */
    }
    PQclear(result);
    if (!ready)
        return false;
    prepared = mem_new(db, struct prepared);
    prepared->stmt = stmt;
    prepared->names = split_names(prepared, stmt->bind, &prepared->name_count);
    HASH_ADD_PTR(db->prepared, stmt, prepared);
    return true;
}

static bool prepare_all(struct db *db, const struct db_stmt *const *const *lists)
{
    for (; *lists; lists++)
        for (const struct db_stmt *const *stmt = *lists; *stmt; stmt++)
            if (!prepare(db, *stmt))
                return false;
    return true;
}

/* ---- what the server is asked before it is relied upon ---- */

enum { SETTINGS = 3, SERVER_TIME = SETTINGS }; /* columns */
static const char first_question[] = "SELECT current_setting('fsync') AS fsync,"
                                     " current_setting('full_page_writes') AS full_page_writes,"
                                     " current_setting('synchronous_commit') AS synchronous_commit,"
                                     " (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/* What is committed must survive a crash of the machine, or everything above is a lie. */
static void check_settings(const PGresult *answer)
{
    for (int i = 0; i < SETTINGS; i++)
        if (strcmp(PQgetvalue(answer, 0, i), "off") == 0) {
            log_error("database_unsafe", "setting=%s value=off", PQfname(answer, i));
            _exit(EXIT_FAILURE); /* not exit: other threads are at work */
        }
}

/* False when it does not answer, or when its clock and ours are apart. */
static bool ask_first(struct db *db)
{
    struct clock_reading asked = db_clock_read();
    PGresult *answer = PQexec(db->conn, first_question);
    bool answered = PQresultStatus(answer) == PGRES_TUPLES_OK;

    if (answered) {
        check_settings(answer);
        db_clock_compare(asked, strtoll(PQgetvalue(answer, 0, SERVER_TIME), NULL, 10));
    }
    PQclear(answer);
    return answered && !db_clock_is_off();
}

/* What every session is told. The planner is kept to ordered index scans: it makes its plans when
 * tables are young and empty, and with row-level security it then sorts a street's whole journal to
 * find its head. */
#define SESSION_OPTIONS                                                                            \
    " -c idle_in_transaction_session_timeout=3000 -c lock_timeout=2000"                            \
    " -c statement_timeout=10000 -c plan_cache_mode=force_generic_plan"                            \
    " -c enable_seqscan=off -c enable_bitmapscan=off -c enable_sort=off -c jit=off"                \
    " -c timezone=UTC -c client_min_messages=warning -c tcp_keepalives_idle=3"                     \
    " -c tcp_keepalives_interval=1 -c tcp_keepalives_count=2 -c tcp_user_timeout=3000"

static PGconn *connect_as(const char *conninfo, const char *user, const char *schema)
{
    char options[600];

    snprintf(options, sizeof options, "-c search_path=%s" SESSION_OPTIONS, schema);
    const char *const keys[] = {"dbname",
                                "user",
                                "options",
                                "application_name",
                                "connect_timeout",
                                "keepalives_idle",
                                "keepalives_interval",
                                "keepalives_count",
                                "tcp_user_timeout",
                                NULL};
    const char *const values[] = {conninfo, user, options, user, "3", "1", "1", "2", "3000", NULL};

    return PQconnectdbParams(keys, values, true); /* true: dbname holds a whole conninfo */
}

/* What the server has to say beside its answers: one line of ours instead of several of its own. */
static void log_notice(void *argument, const char *message)
{
    (void)argument;
    log_warning("database_notice", "message=%s", LOG_QUOTED(message));
}

struct db *db_open(const void *parent, const char *conninfo, const char *user, const char *schema,
                   const struct db_stmt *const *const *lists)
{
    if (!db_clock_may_ask())
        return NULL;
    struct db *db = mem_new(parent, struct db);

    talloc_set_destructor(db, db_destructor);
    db->conn = connect_as(conninfo, user, schema);
    PQsetNoticeProcessor(db->conn, log_notice, NULL);
    if (db_connected(db) && ask_first(db) && prepare_all(db, lists) &&
        PQenterPipelineMode(db->conn) && PQsetnonblocking(db->conn, 1) == 0)
        return db;
    if (!db_clock_is_off()) /* that was said */
        log_warning("database_away", "user=%s reason=%s", user,
                    LOG_QUOTED(PQerrorMessage(db->conn)));
    talloc_free(db);
    return NULL;
}
