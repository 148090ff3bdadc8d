/* SPDX-License-Identifier: Apache-2.0 */
/* test_lock.c - who waits for a lock gets it from a stalled session, and from no other */
#include "bed_registry.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/leader.h"
#include "libcommon/service/database/lock.h"

enum { WAIT_MS = 30000, TEXT = 12000 /* more than libpq keeps to itself */ };

static PGconn *connect_as_registry(struct bed *bed)
{
    char conninfo[500];

    snprintf(conninfo, sizeof conninfo, "%s user=registry", bed->slot.conninfo);
    PGconn *connection = PQconnectdb(conninfo);
    assert_int_equal(PQstatus(connection), CONNECTION_OK);
    return connection;
}

/* A session of another process that holds the lock. */
static PGconn *hold(struct bed *bed, const char *name)
{
    PGconn *holder = connect_as_registry(bed);
    char lock[100];

    snprintf(lock, sizeof lock, "BEGIN; SELECT pg_advisory_xact_lock(%lld)",
             (long long)lock_key(name));
    PGresult *held = PQexec(holder, lock);
    assert_int_equal(PQresultStatus(held), PGRES_TUPLES_OK);
    PQclear(held);
    return holder;
}

/* The same, stopped in the middle of sending. */
static PGconn *hold_still(struct bed *bed, const char *name)
{
    static char text[TEXT + 1];
    PGconn *holder = hold(bed, name);

    memset(text, 'x', TEXT);
    assert_int_equal(PQenterPipelineMode(holder), 1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(PQsendQueryParams(holder, "SELECT length($1)", 1, NULL,
                                           (const char *const[]){text}, NULL, NULL, 0),
                         1);
    return holder;
}

static bool is_there(struct bed *bed, PGconn *holder)
{
    return bed_number(bed, "SELECT count(*) FROM pg_stat_activity WHERE pid = %d",
                      PQbackendPID(holder)) > 0;
}

static void assert_ended(struct bed *bed, PGconn *holder)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;

    while (is_there(bed, holder)) { /* it lets go of its locks before it ends */
        assert_true(clock_monotonic_ms() < until);
        usleep(10000);
    }
    PQfinish(holder);
}

static void takes_a_street_from_a_worker_that_stands_still(void **state)
{
    struct bed *bed = *state;
    PGconn *holder = hold_still(bed, bed_json(bed, "registry/%s", bed->street));

    bed_unit(bed, "meanwhile");
    assert_ended(bed, holder);
}

static void leaves_a_street_to_a_worker_that_is_at_work(void **state)
{
    struct bed *bed = *state;
    PGconn *holder = hold(bed, bed_json(bed, "registry/%s", bed->street));

    assert_int_equal(PQsendQuery(holder, "SELECT pg_sleep(9)"), 1);
    struct call *call =
        bed_run(bed, bed_call(bed, "RegisterUnit",
                              bed_json(bed, "{'unit': {'name': 'a', 'kind': 'BANK'}}")));
    bed_assert_outcome(call, STATUS_UNAVAILABLE, "", "database");
    bed_free(call);
    assert_true(is_there(bed, holder));
    PQfinish(holder);
}

static void takes_a_duty_from_a_process_that_stands_still(void **state)
{
    struct bed *bed = *state;
    PGconn *holder = hold_still(bed, "!registry/steward");
    struct db *db = db_open(bed, bed->slot.conninfo, "registry", SESSION_SERVICE);
    int64_t until = clock_monotonic_ms() + WAIT_MS;

    assert_non_null(db);
    while (!leader_try(db, "registry", "steward", false)) {
        assert_true(clock_monotonic_ms() < until);
        usleep(100000);
    }
    assert_ended(bed, holder);
    talloc_free(db);
}

/* Of two processes that serve some streets alone one leads, until one of the pool is there. */
static void leads_in_reserve_while_there_is_no_pool(void **state)
{
    struct bed *bed = *state;
    struct db *own = db_open(bed, bed->slot.conninfo, "registry", SESSION_SERVICE);
    struct db *other = db_open(bed, bed->slot.conninfo, "registry", SESSION_SERVICE);

    assert_true(leader_try(own, "registry", "walk", true));
    assert_false(leader_try(other, "registry", "walk", true));
    assert_true(leader_touch(own, "registry", true));

    struct db *pool = db_open(bed, bed->slot.conninfo, "registry", SESSION_SERVICE);
    assert_false(leader_try(pool, "registry", "walk", false));
    assert_false(leader_touch(own, "registry", true));
    talloc_free(own); /* as whoever leads does then */
    for (int64_t until = clock_monotonic_ms() + WAIT_MS;
         !leader_try(pool, "registry", "walk", false); usleep(100000))
        assert_true(clock_monotonic_ms() < until);
    assert_true(leader_touch(pool, "registry", false));
    assert_false(leader_try(other, "registry", "walk", true));
    talloc_free(pool);
    talloc_free(other);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(takes_a_street_from_a_worker_that_stands_still),
        TEST(leaves_a_street_to_a_worker_that_is_at_work),
        TEST(takes_a_duty_from_a_process_that_stands_still),
        TEST(leads_in_reserve_while_there_is_no_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
