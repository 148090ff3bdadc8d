/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_unsafe_database.c - no service starts beside a database that may forget what it said was
 * committed
 *
 * Each setting is turned off where it can be, in the server's own configuration or for the
 * service's role. The registry that runs goes on, as the settings are asked for when a connection
 * is opened; a second one is started. How many connections there are is told here, too.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "tests/system/bed.h"

enum { SECOND = 1 };

/* A test that is killed must not leave the cluster unsafe: what is kept is taken back while it
 * still holds. */
struct setting {
    const char *name, *off, *back;
    bool until_reload; /* `back` has no effect before the server reads its configuration again */
};

#define OF_ROLE(change)                                                                            \
    "DO $$ BEGIN EXECUTE format('ALTER ROLE registry IN DATABASE %I " change                       \
    "', current_database()); END $$"

static const struct setting settings[] = {
    {"fsync", "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM RESET fsync", true},
    {"full_page_writes", "ALTER SYSTEM SET full_page_writes = off",
     "ALTER SYSTEM RESET full_page_writes", true},
    {"synchronous_commit", OF_ROLE("SET synchronous_commit = off"),
     OF_ROLE("RESET synchronous_commit"), false},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

static void run(struct bed *bed, const char *sql)
{
    PGresult *result = PQexec(bed->database, sql);

    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", sql, PQresultErrorMessage(result));
    PQclear(result);
}

/* What a new session of the registry would find. */
static void wait_until(const struct setting *setting, const char *value)
{
    int64_t end_ms = deadline_ms();
    bool found = false;

    while (!found) {
        PGconn *session = PQconnectdb("user=registry");
        assert_int_equal(PQstatus(session), CONNECTION_OK);
        PGresult *result = PQexecParams(session, "SELECT current_setting($1)", 1, NULL,
                                        (const char *const[]){setting->name}, NULL, NULL, 0);
        assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
        found = strcmp(PQgetvalue(result, 0, 0), value) == 0;
        PQclear(result);
        PQfinish(session);
        if (!found)
            look_again(end_ms, setting->name);
    }
}

static void turn_off(struct bed *bed, const struct setting *setting)
{
    run(bed, setting->off);
    bed_number(bed, "SELECT pg_reload_conf()::int");
    wait_until(setting, "off");
    if (setting->until_reload)
        run(bed, setting->back);
}

static int make_safe(void **state)
{
    struct bed *bed = *state;

    process_kill(&bed->registry[SECOND]);
    for (size_t i = 0; i < SETTINGS; i++)
        run(bed, settings[i].back);
    bed_number(bed, "SELECT pg_reload_conf()::int");
    for (size_t i = 0; i < SETTINGS; i++)
        wait_until(&settings[i], "on");
    return 0;
}

static bool has_logged(const struct process *process, const char *text)
{
    char line[1000];
    bool found = false;
    FILE *file = fopen(process->log, "re");

    assert_non_null(file);
    while (!found && fgets(line, sizeof line, file))
        found = strstr(line, text) != NULL;
    fclose(file);
    return found;
}

static void refuses_to_start_and_says_why(void **state)
{
    struct bed *bed = *state;
    struct process *second = &bed->registry[SECOND];

    for (size_t i = 0; i < SETTINGS; i++) {
        turn_off(bed, &settings[i]);
        bed_start_registry(bed, SECOND);
        assert_int_equal(process_end(second, 0, WAIT_MS), EXIT_FAILURE);
        assert_true(has_logged(
            second, mem_printf(bed->memory, "event=database_unsafe setting=%s", settings[i].name)));
        make_safe(state);
    }
}

static void starts_when_all_are_on(void **state)
{
    struct bed *bed = *state;

    bed_start_registry(bed, SECOND);
    bed_wait_ready(bed);
    assert_int_equal(process_end(&bed->registry[SECOND], SIGTERM, WAIT_MS), EXIT_SUCCESS);
}

/* The last column of the row of ops/doc/operating.md. */
static long sessions_of_page(void)
{
    static const char row[] = "| each process of a service |";
    char line[1000];
    long sessions = -1;
    FILE *page = fopen(bed_environment("JUSHA_OPERATING"), "re");

    assert_non_null(page);
    while (fgets(line, sizeof line, page))
        if (strncmp(line, row, strlen(row)) == 0) {
            line[strcspn(line, "\n") - strlen(" |")] = '\0';
            sessions = strtol(strrchr(line, '|') + 1, NULL, 10);
        }
    fclose(page);
    return sessions;
}

static void has_as_many_sessions_as_the_page_says(void **state)
{
    struct bed *bed = *state;
    long sessions = sessions_of_page();

    assert_int_equal(process_metric(&bed->registry[0], "jusha_database_sessions_budget"), sessions);
    for (int64_t end_ms = deadline_ms();
         bed_number(bed, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                         " AND usename IN ('registry', 'registry_relay')") != sessions;)
        look_again(end_ms, "as many sessions as the page says");
}

static int up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_as_many_sessions_as_the_page_says),
        cmocka_unit_test_teardown(refuses_to_start_and_says_why, make_safe),
        cmocka_unit_test_teardown(starts_when_all_are_on, make_safe),
    };

    return bed_finish(cmocka_run_group_tests_name("unsafe_database", tests, up, bed_down));
}
