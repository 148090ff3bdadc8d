/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_statements.c - what a service's statements need of its schema, of every service
 *
 * A statement that its role may not run ends the process at its start, and so does a constraint
 * that is refused on a field which no request has. A constraint that nobody words would reach
 * callers as INTERNAL; a start does not look for those, as a migration may bring one before the
 * program that words it.
 */
#include "bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/database/columns.h"
#include "libcommon/service/following/follower.h"

/* ---- starts ---- */

/* Of this service when it is told to start "misworded". */
static struct db_violation misworded[2];
STATEMENT(refuses_nothing, .sql = "SELECT", .violations = misworded);

/* Starts this service in a process of its own, which opens a session. True if it ended by itself,
 * saying so in these words. */
static bool ends_at_its_start(const char *how, const char *words)
{
    char path[4096], command[4200], output[8192];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);

    assert_true(length > 0);
    path[length] = '\0';
    snprintf(command, sizeof command, "%s %s 2>&1", path, how);
    FILE *child = popen(command, "re");
    assert_non_null(child);
    output[fread(output, 1, sizeof output - 1, child)] = '\0';
    int code = pclose(child);
    return WIFEXITED(code) && WEXITSTATUS(code) == EXIT_FAILURE && strstr(output, words);
}

static void ends_where_a_constraint_is_refused_on_a_field_that_no_request_has(void **state)
{
    (void)state;
    assert_true(
        ends_at_its_start("misworded", "event=statement_invalid statement=refuses_nothing"));
}

/* With a first journal whose copies nothing would delete, or which has two rows of one event.
 * False: this service follows none. */
static bool start_following(const char *how)
{
    static struct followed follows[2];
    static struct follow twice[3];
    static struct service service;

    if (!bed_service->follows)
        return false;
    follows[0] = bed_service->follows[0];
    twice[0] = twice[1] = follows[0].events[0];
    if (strcmp(how, "unforgotten") == 0)
        follows[0].forget = NULL;
    else
        follows[0].events = twice;
    service = *bed_service;
    service.follows = follows;
    statements_start();
    follower_start(&service);
    return true;
}

static void ends_where_nothing_deletes_copies_before_they_are_made_anew(void **state)
{
    (void)state;
    if (bed_service->follows)
        assert_true(ends_at_its_start("unforgotten", "event=follow_invalid event="));
}

static void ends_where_an_event_has_two_rows(void **state)
{
    (void)state;
    if (bed_service->follows)
        assert_true(ends_at_its_start("repeated", "this event has two rows"));
}

/* ---- grants ---- */

static void starts_with_what_it_is_granted(void **state)
{
    (void)state;
    assert_false(ends_at_its_start("start", "event=statement_invalid statement="));
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
        bool ended = ends_at_its_start("start", "event=statement_invalid statement=");
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

/* Copies a constraint's name that nobody words; NULL: there is none. Ids are made by us, so keys on
 * them are never in the way. */
static const char *find_unworded(struct bed *bed, const struct object *object)
{
    const char *unworded = NULL;
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
            unworded = mem_text(bed, name);
    }
    PQclear(names);
    return unworded;
}

/* Those that a request can change, each once. NULL behind the last. */
static const struct object *object_at(unsigned number)
{
    for (unsigned i = 0; i < statements_count(); i++) {
        const struct object *object = statement_at(i)->object;
        bool is_its_own =
            object && (object->insert ? object->insert : object->select) == statement_at(i);
        if (is_its_own && number-- == 0)
            return object;
    }
    return NULL;
}

static void words_every_constraint_of_its_objects(void **state)
{
    const struct object *object;

    for (unsigned i = 0; (object = object_at(i)); i++) {
        const char *unworded = find_unworded(*state, object);
        if (unworded)
            fail_msg("%s: nobody words %s; add a row to the violations of \"%s\" that names the "
                     "field and the rule",
                     object->table, unworded, object->noun);
    }
}

static void misses_the_words_of_a_constraint_that_is_new(void **state)
{
    struct bed *bed = *state;
    const struct object *object;

    for (unsigned i = 0; (object = object_at(i)); i++) {
        bed_sql(bed, "ALTER TABLE %s ADD CONSTRAINT new_rule CHECK (street <> '')", object->table);
        const char *unworded = find_unworded(bed, object);
        bed_sql(bed, "ALTER TABLE %s DROP CONSTRAINT new_rule", object->table);
        assert_string_equal(unworded, "new_rule");
    }
}

int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(starts_with_what_it_is_granted),
        TEST(ends_where_nothing_deletes_copies_before_they_are_made_anew),
        TEST(ends_where_an_event_has_two_rows),
        TEST(ends_where_a_constraint_is_refused_on_a_field_that_no_request_has),
        TEST(ends_where_a_grant_is_missing),
        TEST(gives_the_relay_what_its_statements_need),
        TEST(words_every_constraint_of_its_objects),
        TEST(misses_the_words_of_a_constraint_that_is_new),
    };
    void *state;

    if (argc > 1 && strcmp(argv[1], "misworded") == 0)
        misworded[0] = (struct db_violation){"street_pkey", STATUS_INVALID_ARGUMENT, "thing.nobody",
                                             "unique", "it is there"};
    if (argc > 1 && (strcmp(argv[1], "unforgotten") == 0 || strcmp(argv[1], "repeated") == 0))
        return start_following(argv[1]) ? EXIT_SUCCESS : EXIT_FAILURE;
    if (argc > 1)
        return bed_up(&state);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
