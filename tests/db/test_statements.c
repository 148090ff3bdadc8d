/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_statements.c - what a service's statements need of its schema, of every service
 *
 * A statement that its role may not run ends the process at its start; a constraint that nobody
 * words would reach callers as INTERNAL.
 */
#include "bed.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/database/columns.h"

/* ---- grants ---- */

/* Starts this service in a process of its own, which opens a session. True if it ended by itself,
 * naming a statement. */
static bool ends_at_its_start(void)
{
    char path[4096], command[4200], output[8192];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);

    assert_true(length > 0);
    path[length] = '\0';
    snprintf(command, sizeof command, "%s start 2>&1", path);
    FILE *child = popen(command, "re");
    assert_non_null(child);
    output[fread(output, 1, sizeof output - 1, child)] = '\0';
    int code = pclose(child);
    return WIFEXITED(code) && WEXITSTATUS(code) == EXIT_FAILURE &&
           strstr(output, "event=statement_invalid statement=");
}

static void starts_with_what_it_is_granted(void **state)
{
    (void)state;
    assert_false(ends_at_its_start());
}

static void ends_where_a_grant_is_missing(void **state)
{
    static const struct {
        const char *right, *table;
    } grants[] = {
        {"SELECT", "stream"},
        {"INSERT", "journal"},
        {"UPDATE", "cursor"},
        {"DELETE", "timer"},
    };
    const char *service = bed_service->name;
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof grants / sizeof *grants; i++) {
        char *what = mem_printf(bed, "%s ON %s.%s", grants[i].right, service, grants[i].table);
        bed_sql(bed, "REVOKE %s FROM %s", what, service);
        bool ended = ends_at_its_start();
        bed_sql(bed, "GRANT %s TO %s", what, service);
        if (!ended)
            fail_msg("it started without %s", what);
    }
}

static void gives_the_relay_what_its_statements_need(void **state)
{
    struct bed *bed = *state;
    struct db *db = db_open(bed, bed->slot.conninfo, bed_service->name, SESSION_RELAY);

    assert_non_null(db);
    talloc_free(db);
}

/* ---- constraints ---- */

/* Of what no request sets: ids, an occurrence's times and counts, what the end of something
 * does. */
static const char *const ours_alone[] = {
    "agreement_of_unit_key", "alliance_member_left", "occurrence_activity", "occurrence_booking",
    "occurrence_series_key", "occurrence_taken",     "occurrence_times",    "occurrence_waiting",
    "pairing_ended",         "person_erased",
};

static bool is_worded(const struct object *object, const char *constraint)
{
    for (size_t i = 0; i < sizeof ours_alone / sizeof *ours_alone; i++)
        if (strcmp(ours_alone[i], constraint) == 0)
            return true;
    for (const struct db_violation *v = object->violations; v && v->constraint; v++)
        if (strcmp(v->constraint, constraint) == 0)
            return true;
    return false;
}

/* Ids are made by us, so keys on them are never in the way. */
static void check_constraints(struct bed *bed, const struct object *object)
{
    char *question =
        mem_printf(bed,
                   "SELECT conname FROM pg_constraint WHERE conrelid = '%s'::regclass"
                   " AND contype <> 'p' UNION"
                   " SELECT indexrelid::regclass::text FROM pg_index"
                   " WHERE indrelid = '%s'::regclass AND indisunique AND NOT indisprimary",
                   object->table, object->table);
    PGresult *names = PQexec(bed->admin, question);

    assert_int_equal(PQresultStatus(names), PGRES_TUPLES_OK);
    for (int row = 0; row < PQntuples(names); row++) {
        const char *name = PQgetvalue(names, row, 0);
        const char *dot = strrchr(name, '.');
        if (!is_worded(object, dot ? dot + 1 : name))
            fail_msg("%s: nobody words %s", object->table, name);
    }
    PQclear(names);
}

static void words_every_constraint_of_its_objects(void **state)
{
    for (unsigned i = 0; i < statements_count(); i++) {
        const struct db_stmt *stmt = statement_at(i);
        if (stmt->object && (stmt->object->insert == stmt || stmt->object->select == stmt))
            check_constraints(*state, stmt->object);
    }
}

int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(starts_with_what_it_is_granted),
        TEST(ends_where_a_grant_is_missing),
        TEST(gives_the_relay_what_its_statements_need),
        TEST(words_every_constraint_of_its_objects),
    };
    void *state;

    (void)argv;
    if (argc > 1)
        return bed_up(&state);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
