/* SPDX-License-Identifier: Apache-2.0 */
/* session.c - settings as a table, from which come the options of the connection and the first
 * question */
#include "libcommon/service/database/session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/connects.h"
#include "libcommon/service/database/db_clock.h"

/* ---- what it is told ---- */

/* As the server shows it: so it can be compared. */
struct session_setting {
    const char *name, *value;
    bool of_socket; /* means nothing, and shows nothing, where the socket is none of TCP */
    bool of_server; /* not ours to ask for */
};

/* Whatever a role or a database has for a default. A snapshot of an isolation that keeps it
 * would be older than the lock of the street, behind which it is to be taken; whoever holds a
 * lead idles.
 *
 * The planner is kept to ordered index scans: it makes its plans when tables are young and
 * empty, and with row-level security it then sorts a street's whole journal to find its head. */
static const struct session_setting settings[] = {
    {"server_encoding", "UTF8", .of_server = true},
    {"session_replication_role", "origin", .of_server = true}, /* foreign keys hold */
    {"client_encoding", "UTF8"}, /* another one would be stored, and read, as if it were */
    {"default_transaction_isolation", "read committed"},
    {"row_security", "on"},
    {"datestyle", "ISO, MDY"},
    {"standard_conforming_strings", "on"},
    {"idle_session_timeout", "0"},
    {"idle_in_transaction_session_timeout", "3s"},
    {"lock_timeout", "2s"},
    {"statement_timeout", "10s"},
    {"plan_cache_mode", "force_generic_plan"},
    {"enable_seqscan", "off"},
    {"enable_bitmapscan", "off"},
    {"enable_sort", "off"},
    {"jit", "off"},
    {"timezone", "UTC"},
    {"client_min_messages", "warning"},
    {"tcp_keepalives_idle", "3", .of_socket = true},
    {"tcp_keepalives_interval", "1", .of_socket = true},
    {"tcp_keepalives_count", "2", .of_socket = true},
    {"tcp_user_timeout", "3000", .of_socket = true},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

/* Does this libpq know it? They come with time: require_auth with version 16. */
static bool libpq_knows(const char *keyword)
{
    PQconninfoOption *options = PQconndefaults();
    bool known = false;

    for (const PQconninfoOption *option = options; option && option->keyword; option++)
        known = known || strcmp(option->keyword, keyword) == 0;
    PQconninfoFree(options);
    return known;
}

/* Behind a backslash a space is part of the value. */
static char *add_option(char *options, const struct session_setting *setting)
{
    options = mem_check(talloc_asprintf_append_buffer(options, " -c %s=", setting->name));
    for (const char *c = setting->value; *c; c++)
        options =
            mem_check(talloc_asprintf_append_buffer(options, "%s%c", *c == ' ' ? "\\" : "", *c));
    return options;
}

/* What stands before dbname, which holds the whole conninfo, is a default; what stands behind it
 * has the last word. The keepalives and tcp_user_timeout notice within 3 s a host that is gone;
 * connect_timeout is for one that is slow, and whose work on us would be lost. */
PGconn *session_connect(const char *conninfo, const char *user, const char *schema)
{
    char *options = mem_printf(NULL, "-c search_path=%s", schema);

    for (size_t i = 0; i < SETTINGS; i++)
        if (!settings[i].of_server)
            options = add_option(options, &settings[i]);
    const struct {
        const char *key, *value;
    } pairs[] = {
        {"require_auth", "scram-sha-256"}, /* first: libpq 15 does not know it */
        {"dbname", conninfo},
        {"user", user},
        {"options", options},
        {"application_name", user},
        {"target_session_attrs", "read-write"},
        {"connect_timeout", "10"},
        {"keepalives_idle", "1"},
        {"keepalives_interval", "1"},
        {"keepalives_count", "2"},
        {"tcp_user_timeout", "3000"},
        {"client_encoding", "UTF8"},
        {NULL, NULL},
    };
    enum { PAIRS = sizeof pairs / sizeof *pairs };
    const char *keys[PAIRS], *values[PAIRS];
    for (size_t i = 0; i < PAIRS; i++) {
        keys[i] = pairs[i].key;
        values[i] = pairs[i].value;
    }
    int first = libpq_knows(keys[0]) ? 0 : 1;

    PGconn *conn = PQconnectdbParams(keys + first, values + first, true); /* true: a conninfo */
    talloc_free(options);
    return conn;
}

/* ---- what it is asked ---- */

/* What is committed must survive a crash of the machine, or everything above is a lie. */
static const char *const safeguards[] = {"fsync", "full_page_writes", "synchronous_commit"};
enum { SAFEGUARDS = sizeof safeguards / sizeof *safeguards };

/* Columns of the answer. */
enum {
    BACKEND,
    SERVER_MS,
    SEARCH_PATH,
    SESSIONS_MAX,
    SESSIONS_TAKEN,
    SAFEGUARD,
    SETTING = SAFEGUARD + SAFEGUARDS
};

static char *first_question(const void *parent)
{
    char *question =
        mem_text(parent, "SELECT pg_backend_pid(),"
                         " (extract(epoch FROM clock_timestamp()) * 1000)::bigint,"
                         " current_setting('search_path'),"
                         " current_setting('max_connections')::int"
                         " - current_setting('superuser_reserved_connections')::int"
                         " - coalesce(current_setting('reserved_connections', true), '0')::int,"
                         " (SELECT sum(numbackends) FROM pg_stat_database)");

    for (size_t i = 0; i < SAFEGUARDS; i++)
        question = mem_check(
            talloc_asprintf_append_buffer(question, ", current_setting('%s')", safeguards[i]));
    for (size_t i = 0; i < SETTINGS; i++)
        question = mem_check(
            talloc_asprintf_append_buffer(question, ", current_setting('%s')", settings[i].name));
    return question;
}

static void check_safeguards(const PGresult *answer)
{
    for (int i = 0; i < SAFEGUARDS; i++)
        if (strcmp(PQgetvalue(answer, 0, SAFEGUARD + i), "off") == 0) {
            log_error("database_unsafe", "setting=%s value=off", safeguards[i]);
            _exit(EXIT_FAILURE); /* not exit: other threads are at work */
        }
}

static int number(const PGresult *answer, int column)
{
    return (int)strtol(PQgetvalue(answer, 0, column), NULL, 10);
}

static void check_budget(const PGresult *answer)
{
    if (!connects_fit(number(answer, SESSIONS_MAX), number(answer, SESSIONS_TAKEN)))
        _exit(EXIT_FAILURE); /* as above */
}

static bool has(const PGresult *answer, int column, const char *setting, const char *asked,
                const char *why)
{
    const char *value = PQgetvalue(answer, 0, column);

    if (strcmp(value, asked) == 0)
        return true;
    log_error("session_refused", "setting=%s asked=%s has=%s reason=%s", setting, asked,
              LOG_QUOTED(value), LOG_QUOTED(why));
    return false;
}

static bool has_setting(const PGresult *answer, int number)
{
    const struct session_setting *setting = &settings[number];

    return has(answer, SETTING + number, setting->name, setting->value,
               setting->of_server
                   ? "it is a default of the server, the database or the role that must go"
                   : "the options of the connection did not arrive");
}

/* A pooler gives one server process to several sessions, and each a number of its own. */
static bool is_of_one_backend(const PGconn *conn, const PGresult *answer)
{
    if (strtol(PQgetvalue(answer, 0, BACKEND), NULL, 10) == PQbackendPID(conn))
        return true;
    log_error("session_refused", "reason=\"a pooler stands before the database\"");
    return false;
}

static bool is_as_asked(const PGconn *conn, const PGresult *answer, const char *schema)
{
    bool tcp = PQhost(conn)[0] != '/' && PQhost(conn)[0] != '@';

    if (!is_of_one_backend(conn, answer) || !has(answer, SEARCH_PATH, "search_path", schema,
                                                 "the options of the connection did not arrive"))
        return false;
    for (int i = 0; i < SETTINGS; i++)
        if ((tcp || !settings[i].of_socket) && !has_setting(answer, i))
            return false;
    return true;
}

bool session_is_fit(PGconn *conn, const char *schema)
{
    char *question = first_question(NULL);
    struct clock_reading asked = db_clock_read();
    PGresult *answer = PQexec(conn, question);
    bool fit = PQresultStatus(answer) == PGRES_TUPLES_OK;

    talloc_free(question);
    if (fit) {
        check_safeguards(answer);
        check_budget(answer);
        db_clock_compare(asked, strtoll(PQgetvalue(answer, 0, SERVER_MS), NULL, 10));
        fit = is_as_asked(conn, answer, schema) && !db_clock_is_off();
    }
    PQclear(answer);
    return fit;
}

static bool is_on(const PGconn *conn, const char *parameter)
{
    const char *value = PQparameterStatus(conn, parameter);

    return value && strcmp(value, "on") == 0;
}

bool session_is_read_only(const PGconn *conn)
{
    return is_on(conn, "default_transaction_read_only") || is_on(conn, "in_hot_standby");
}
