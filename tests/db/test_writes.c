/* SPDX-License-Identifier: Apache-2.0 */
/* test_writes.c - a database without room is noticed, told, and left alone */
#include "bed_registry.h"

#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/writes.h"

enum { WAIT_MS = 30000, LOOK_US = 10000, FLOOD = 200, TRIES_A_SECOND = 1 };

/* As PostgreSQL says it where the disk is full; a sequence counts also what is rolled back. */
static void take_away_room(struct bed *bed)
{
    bed_sql(bed, "CREATE SEQUENCE registry.tries");
    bed_sql(bed, "CREATE FUNCTION registry.no_room() RETURNS trigger LANGUAGE plpgsql SECURITY"
                 " DEFINER AS $$BEGIN PERFORM nextval('registry.tries'); RAISE EXCEPTION USING"
                 " ERRCODE = 'disk_full'; END$$");
    bed_sql(bed, "CREATE TRIGGER no_room BEFORE INSERT ON registry.unit FOR EACH ROW EXECUTE"
                 " FUNCTION registry.no_room()");
}

static int make_room(void **state)
{
    struct bed *bed = *state;

    bed_sql(bed, "DROP FUNCTION IF EXISTS registry.no_room CASCADE");
    bed_sql(bed, "DROP SEQUENCE IF EXISTS registry.tries");
    bed_sql(bed, "DO $$ BEGIN EXECUTE format('ALTER ROLE registry IN DATABASE %%I RESET"
                 " temp_file_limit', current_database()); END $$");
    writes_succeeded();
    return bed_down(state);
}

static enum status register_one(struct bed *bed, int number)
{
    struct call *call = bed_run(
        bed, bed_call(bed, "RegisterUnit",
                      bed_json(bed, "{'unit': {'name': 'unit %d', 'kind': 'BANK'}}", number)));
    enum status status = call->status;

    bed_free(call);
    return status;
}

static void refuses_a_flood_without_asking_the_database(void **state)
{
    struct bed *bed = *state;
    int64_t began = clock_monotonic_ms();

    take_away_room(bed);
    for (int i = 0; i < FLOOD; i++)
        assert_int_equal(register_one(bed, i), STATUS_UNAVAILABLE);
    assert_true(writes_fail());
    int64_t seconds = (clock_monotonic_ms() - began) / 1000 + 1;
    assert_in_range(bed_number(bed, "SELECT last_value FROM registry.tries"), 1,
                    (seconds + 1) * TRIES_A_SECOND);
    bed_ok(bed, "GetStreet", "{}"); /* what only reads is answered */
}

static void goes_on_when_there_is_room_again(void **state)
{
    struct bed *bed = *state;
    int64_t until = clock_monotonic_ms() + WAIT_MS;

    take_away_room(bed);
    assert_int_equal(register_one(bed, 0), STATUS_UNAVAILABLE);
    bed_sql(bed, "DROP FUNCTION registry.no_room CASCADE");
    for (int i = 1; register_one(bed, i) != STATUS_OK; i++) {
        assert_true(clock_monotonic_ms() < until);
        usleep(LOOK_US);
    }
    assert_false(writes_fail());
}

static void try_until(struct bed *bed, bool failing)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;

    while (writes_fail() != failing) {
        assert_true(clock_monotonic_ms() < until);
        assert_true(db_slot_open(&bed->slot));
        writes_try(bed->slot.db);
        usleep(LOOK_US);
    }
}

/* A limit for files says what a full disk says, of another size. */
static void notices_it_while_nobody_asks(void **state)
{
    struct bed *bed = *state;

    try_until(bed, false);
    bed_sql(bed, "DO $$ BEGIN EXECUTE format('ALTER ROLE registry IN DATABASE %%I SET"
                 " temp_file_limit = 0', current_database()); END $$");
    TALLOC_FREE(bed->slot.db);
    try_until(bed, true);
    bed_sql(bed, "DO $$ BEGIN EXECUTE format('ALTER ROLE registry IN DATABASE %%I RESET"
                 " temp_file_limit', current_database()); END $$");
    TALLOC_FREE(bed->slot.db);
    try_until(bed, false);
}

/* What is wrong with its statements a service says itself, limited and without what they hold. */
static void leaves_the_servers_log_to_the_server(void **state)
{
    assert_int_equal(bed_number(*state,
                                "SELECT count(*) FROM pg_roles WHERE rolname LIKE"
                                " 'registry%%' AND 'log_min_messages=fatal' = ANY(rolconfig)"),
                     3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, make_room)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(refuses_a_flood_without_asking_the_database),
        TEST(goes_on_when_there_is_room_again),
        TEST(notices_it_while_nobody_asks),
        TEST(leaves_the_servers_log_to_the_server),
    };

    return cmocka_run_group_tests_name("writes", tests, NULL, NULL);
}
