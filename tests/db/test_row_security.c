/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_row_security.c - the second lock holds by itself: row-level security keeps streets apart
 * without a WHERE
 *
 * Two streets get the same rows: those of SERVICE/reach_rows.c, and below those that it has none
 * of. Then a plain session of the service's own role names one street and does to each table what a
 * forgotten WHERE would do. The tables are those that the database has: a new one without a policy
 * fails here, and so does one that nobody gave a row to look at.
 */
#include "bed.h"

#include <string.h>

#include "libcommon/base/mem.h"
#include "reach_ground.h"
#include "reach_rows.h"

/* Of every service, beside its own objects. The own street has two places (reach_ground.h), hence
 * ON CONFLICT. */
static const char runtime_rows[] =
    "INSERT INTO request VALUES ('$STREET', '$REQUEST', '', '', 1, 1) ON CONFLICT DO NOTHING;"
    "INSERT INTO cursor VALUES ('$STREET', 'city-hall', 'mirror', 1) ON CONFLICT DO NOTHING;"
    "INSERT INTO follower VALUES ('$STREET', 'registry', 9, 9) ON CONFLICT DO NOTHING;"
    "INSERT INTO upkeep VALUES ('$STREET', 'something', now()) ON CONFLICT DO NOTHING;"
    "INSERT INTO incarnation VALUES ('$STREET', 1, '$SUBJECT', 1) ON CONFLICT DO NOTHING;"
    "INSERT INTO timer VALUES ('$STREET', 'a_timer', '$SUBJECT', now() + '1 day');"
    "INSERT INTO role_grant VALUES ('$STREET', '$GRANT', 'somebody', 'STREET_STAFF', NULL, NULL,"
    " '2026-01-01', '2100-12-31', 'IN_FORCE', now(), now(), 1);";

static const struct {
    const char *service, *rows;
} more_rows[] = {
    {"registry",
     "INSERT INTO load_lease VALUES ('$STREET', '$LEASE', 'staff', now()) ON CONFLICT DO NOTHING;"},
    {"notification",
     "INSERT INTO named VALUES ('$STREET', '$OBJECT', '单位', 'registry', 1);"
     "INSERT INTO sign_up VALUES ('$STREET', '$SIGNED', '$DATE', '$PERSON', 'SIGNED_UP', 1);"
     "INSERT INTO told VALUES ('$STREET', '$OBJECT', '$PERSON', '', '$OBJECT');"
     "INSERT INTO departed VALUES ('$STREET', '$DEPARTED');"},
};

/* The two streets and the session of one of them. */
struct streets {
    struct bed *bed;
    PGconn *session; /* of the service's role; jusha.street is `own` */
    const char *own, *foreign;
};

static char *objects(struct bed *bed)
{
    char *all = mem_printf(bed->slot.parent, "%s%s", reach_objects, runtime_rows);

    for (size_t i = 0; i < sizeof more_rows / sizeof *more_rows; i++)
        if (strcmp(more_rows[i].service, bed_service->name) == 0)
            all = mem_printf(bed->slot.parent, "%s%s", all, more_rows[i].rows);
    return all;
}

/* ---- what the session sees and may ---- */

/* Rows of a SELECT, or rows that a command touched; -1 where it is refused for what the session may
 * not (42501). */
static long outcome(PGconn *session, const char *sql)
{
    PGresult *result = PQexec(session, sql);
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    long ended = -1;

    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        ended = strtol(PQgetvalue(result, 0, 0), NULL, 10);
    else if (PQresultStatus(result) == PGRES_COMMAND_OK)
        ended = strtol(PQcmdTuples(result), NULL, 10);
    else if (!sqlstate || strcmp(sqlstate, "42501") != 0)
        fail_msg("%s: %s", sql, PQresultErrorMessage(result));
    PQclear(result);
    return ended;
}

static void must_not(const struct streets *streets, const char *what, bool must_be_refused,
                     const char *sql)
{
    long touched = outcome(streets->session, sql);

    if (touched > 0 || (must_be_refused && touched == 0))
        fail_msg("a session of another street %s: %s", what, sql);
}

/* What is not refused must find nothing to do. */
static void check_trespass(const struct streets *streets, const char *table)
{
    const void *memory = streets->bed->slot.parent;
    const char *there = streets->foreign;

    must_not(streets, "puts a row there", true,
             mem_printf(memory,
                        "INSERT INTO %s SELECT (jsonb_populate_record(r, '{\"street\": \"%s\"}')).*"
                        " FROM %s r LIMIT 1",
                        table, there, table));
    must_not(streets, "moves its rows there", true,
             mem_printf(memory, "UPDATE %s SET street = '%s'", table, there));
    must_not(streets, "changes rows there", false,
             mem_printf(memory, "UPDATE %s SET street = street WHERE street = '%s'", table, there));
    must_not(streets, "deletes rows there", false,
             mem_printf(memory, "DELETE FROM %s WHERE street = '%s'", table, there));
}

static void check_table(const struct streets *streets, const char *table)
{
    struct bed *bed = streets->bed;
    long own = bed_number(bed, "SELECT count(*) FROM %s WHERE street = '%s'", table, streets->own);
    long foreign =
        bed_number(bed, "SELECT count(*) FROM %s WHERE street = '%s'", table, streets->foreign);

    if (own == 0 || foreign == 0)
        fail_msg("%s has no row to look at: make one in reach_objects, tests/db/%s/reach_rows.c",
                 table, bed_service->name);
    long shown =
        outcome(streets->session, mem_printf(bed->slot.parent, "SELECT count(*) FROM %s", table));
    if (shown != own)
        fail_msg("%s shows %ld rows, its street has %ld", table, shown, own);
    check_trespass(streets, table);
}

/* ---- tests ---- */

static struct streets open_streets(struct bed *bed)
{
    struct world *world = world_new(bed, objects(bed));
    struct streets streets = {bed, NULL, world->own.street, world->foreign.street};

    streets.session = PQconnectdb(mem_printf(world, "user=%s", bed_service->name));
    assert_int_equal(PQstatus(streets.session), CONNECTION_OK);
    outcome(streets.session,
            mem_printf(world, "SELECT set_config('jusha.street', '%s', false)", streets.own));
    return streets;
}

/* Relations of the service that have streets, one a row; partitions are reached by their table
 * alone. */
static PGresult *tables(struct bed *bed, bool partitions)
{
    PGresult *result = PQexec(
        bed->admin,
        mem_printf(
            bed->slot.parent,
            "SELECT c.oid::regclass FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = '%s'::regnamespace AND a.attname = 'street'"
            " AND c.relkind NOT IN ('i', 'I') AND c.relispartition = %s ORDER BY 1",
            bed_service->name, partitions ? "true" : "false"));

    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    assert_true(PQntuples(result) > 0);
    return result;
}

static void shows_and_takes_rows_of_its_own_street_only(void **state)
{
    struct streets streets = open_streets(*state);
    PGresult *result = tables(streets.bed, false);

    for (int row = 0; row < PQntuples(result); row++)
        check_table(&streets, PQgetvalue(result, row, 0));
    PQclear(result);
    PQfinish(streets.session);
}

static void shows_nothing_to_a_session_that_names_no_street(void **state)
{
    struct streets streets = open_streets(*state);
    PGresult *result = tables(streets.bed, false);

    outcome(streets.session, "SELECT set_config('jusha.street', '', false)");
    for (int row = 0; row < PQntuples(result); row++) {
        const char *table = PQgetvalue(result, row, 0);
        if (outcome(streets.session,
                    mem_printf(streets.bed->slot.parent, "SELECT count(*) FROM %s", table)) != 0)
            fail_msg("%s shows rows to a session without a street", table);
    }
    PQclear(result);
    PQfinish(streets.session);
}

/* They have no policies of their own. */
static void lets_nobody_at_a_partition(void **state)
{
    struct streets streets = open_streets(*state);
    PGresult *result = tables(streets.bed, true);

    for (int row = 0; row < PQntuples(result); row++) {
        const char *table = PQgetvalue(result, row, 0);
        if (outcome(streets.session,
                    mem_printf(streets.bed->slot.parent, "SELECT count(*) FROM %s", table)) != -1)
            fail_msg("%s may be read past the policies of its table", table);
    }
    PQclear(result);
    PQfinish(streets.session);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(shows_and_takes_rows_of_its_own_street_only),
        TEST(shows_nothing_to_a_session_that_names_no_street),
        TEST(lets_nobody_at_a_partition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
