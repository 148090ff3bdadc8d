/* SPDX-License-Identifier: Apache-2.0 */
/* test_session.c - a session that is not what was asked for is not used, and one that changes is
 * left */
#include "bed_registry.h"

#include <unistd.h>

#include "go_between.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"

enum { WAIT_MS = 30000, LOOK_US = 10000 };

STATEMENT(become_read_only,
          .sql = "SELECT set_config('default_transaction_read_only', 'on', false)");

STATEMENT(shown_setting, .sql = "SELECT current_setting(:name)", .with = "name");

/* The pause after one that was refused is over at some time. */
static bool opens(struct bed *bed, const char *conninfo)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    struct db *db = NULL;

    while (!db && clock_monotonic_ms() < until) {
        db = db_open(bed, conninfo, "registry", SESSION_SERVICE);
        if (!db)
            usleep(LOOK_US);
    }
    bool opened = db != NULL;
    talloc_free(db);
    return opened;
}

/* One after the other until one is tried, which is seen by the number of sessions that there
 * were. */
static bool is_refused(struct bed *bed, const char *conninfo)
{
    for (int i = 0; i < 3; i++) {
        if (!opens(bed, bed->slot.conninfo)) /* no pause from here */
            return false;
        struct db *db = db_open(bed, conninfo, "registry", SESSION_SERVICE);
        if (db) {
            talloc_free(db);
            return false;
        }
    }
    return true;
}

static void refuses_what_stands_between(void **state)
{
    static const struct {
        enum go_between_way way;
        bool opens;
    } rows[] = {{PASSES_ALL, true}, {DROPS_OPTIONS, false}, {NUMBERS_ITSELF, false}};
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct go_between *between = go_between_start(rows[i].way);
        const char *conninfo = mem_printf(bed, "%s host=127.0.0.1 port=%d", bed->slot.conninfo,
                                          go_between_port(between));
        if (rows[i].opens ? !opens(bed, conninfo) : !is_refused(bed, conninfo))
            fail_msg("row %zu", i);
        go_between_end(&between);
    }
}

#define OF_ROLE(change)                                                                            \
    "DO $$ BEGIN EXECUTE format('ALTER ROLE registry IN DATABASE %%I " change                      \
    "', current_database()); END $$"

/* There is no pause: the bed's session was opened last. */
static bool is_refused_now(struct bed *bed)
{
    struct db *db = db_open(bed, bed->slot.conninfo, "registry", SESSION_SERVICE);
    bool refused = db == NULL;

    talloc_free(db);
    return refused;
}

static void refuses_a_session_that_may_only_read(void **state)
{
    struct bed *bed = *state;

    bed_sql(bed, OF_ROLE("SET default_transaction_read_only = on"));
    bool refused = is_refused_now(bed);
    bed_sql(bed, OF_ROLE("RESET default_transaction_read_only"));
    assert_true(refused);
    assert_true(opens(bed, bed->slot.conninfo));
}

/* Characters are bytes there, or others than ours. */
static void refuses_a_database_of_another_encoding(void **state)
{
    struct bed *bed = *state;

    bed_sql(
        bed,
        "CREATE DATABASE jusha_test_bytes_%s ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0",
        bed->street);
    bool refused = is_refused(
        bed, mem_printf(bed, "%s dbname=jusha_test_bytes_%s", bed->slot.conninfo, bed->street));
    bed_sql(bed, "DROP DATABASE jusha_test_bytes_%s WITH (FORCE)", bed->street);
    assert_true(refused);
}

/* Foreign keys would not hold there. */
static void refuses_a_session_that_passes_over_constraints(void **state)
{
    struct bed *bed = *state;

    bed_sql(bed, OF_ROLE("SET session_replication_role = replica"));
    bool refused = is_refused_now(bed);
    bed_sql(bed, OF_ROLE("RESET session_replication_role"));
    assert_true(refused);
    assert_true(opens(bed, bed->slot.conninfo));
}

/* As somebody set it for other users of the role; what is read then is what the session has. */
static void has_its_own_settings_whatever_the_role_has(void **state)
{
    static const struct {
        const char *name, *of_role, *own;
    } rows[] = {
        {"default_transaction_isolation", "repeatable read", "read committed"},
        {"default_transaction_isolation", "serializable", "read committed"},
        {"row_security", "off", "on"},
        {"datestyle", "German", "ISO, MDY"},
        {"client_encoding", "LATIN1", "UTF8"},
        {"standard_conforming_strings", "off", "on"},
        {"idle_session_timeout", "50ms", "0"},
        {"statement_timeout", "1ms", "10s"},
        {"enable_seqscan", "on", "off"},
    };
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bed_sql(bed, OF_ROLE("SET %s = ''%s''"), rows[i].name, rows[i].of_role);
        struct db_slot slot = bed_slot(bed);
        bed_sql(bed, OF_ROLE("RESET %s"), rows[i].name);
        const struct db_param name = NAMED(name, param_text(rows[i].name));
        db_send_own(slot.db, &shown_setting, &name, 1);
        db_sync(slot.db);
        const PGresult *shown = db_next(slot.db, slot.db);
        assert_non_null(shown);
        assert_string_equal(PQgetvalue(shown, 0, 0), rows[i].own);
        talloc_free(slot.db);
    }
}

static void make_read_only(struct bed *bed)
{
    assert_true(db_slot_open(&bed->slot));
    db_send_own(bed->slot.db, &become_read_only, NULL, 0);
    assert_int_equal(db_finish(bed->slot.db), DB_FINE);
    assert_int_equal(db_recover(bed->slot.db), DB_FINE);
}

static void leaves_a_session_that_became_read_only(void **state)
{
    struct bed *bed = *state;

    make_read_only(bed);
    assert_false(db_alive(bed->slot.db)); /* the server said so */
    unsigned opened = bed->slot.opened;
    assert_true(db_slot_open(&bed->slot));
    assert_int_equal(bed->slot.opened, opened + 1);
}

/* As if it happened between the look and the command. */
static void does_a_command_in_another_session(void **state)
{
    struct bed *bed = *state;

    make_read_only(bed);
    unsigned opened = bed->slot.opened;
    struct call *call =
        bed_call(bed, "RegisterUnit", bed_json(bed, "{'unit': {'name': 'once', 'kind': 'BANK'}}"));
    batch_run(&bed->slot, &call, 1);
    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_int_equal(bed->slot.opened, opened + 1);
    bed_free(call);
    bed_assert_journal(bed, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(refuses_what_stands_between),
        TEST(refuses_a_session_that_may_only_read),
        TEST(refuses_a_database_of_another_encoding),
        TEST(refuses_a_session_that_passes_over_constraints),
        TEST(has_its_own_settings_whatever_the_role_has),
        TEST(leaves_a_session_that_became_read_only),
        TEST(does_a_command_in_another_session),
    };

    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
