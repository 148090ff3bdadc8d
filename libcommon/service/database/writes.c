/* SPDX-License-Identifier: Apache-2.0 */
/* writes.c - how the last write ended, and a trial of our own */
#include "libcommon/service/database/writes.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"

enum { AGAIN_MS = 1000, IDLE_MS = 5000 };

static _Atomic bool failing;
static _Atomic int64_t again_due_ms, trial_due_ms; /* clock_monotonic_ms */

/* A trial needs what a command needs: a transaction that may write, a place in the log, and a page
 * that is not there yet. It has no rows of its own: what is larger than the memory of a query goes
 * to a file, and the file goes with the query. */
STATEMENT(little_memory, .sql = "SELECT set_config('work_mem', '64kB', true)");
STATEMENT(write_trial,
          .sql = "WITH nothing AS (UPDATE cursor SET seq = seq WHERE false),"
                 " pages AS MATERIALIZED (SELECT repeat('x', 1000) || n AS text"
                 " FROM generate_series(1, 300) n)"
                 " SELECT pg_logical_emit_message(true, 'jusha', ''), max(text) FROM pages");

bool writes_are_at_fault(const char *sqlstate)
{
    return strncmp(sqlstate, "53", 2) == 0 || strncmp(sqlstate, "58", 2) == 0;
}

bool writes_fail(void)
{
    return failing;
}

bool writes_may_try(void)
{
    int64_t now = clock_monotonic_ms(), due = again_due_ms;

    return !failing ||
           (now >= due && atomic_compare_exchange_strong(&again_due_ms, &due, now + AGAIN_MS));
}

void writes_succeeded(void)
{
    trial_due_ms = clock_monotonic_ms() + IDLE_MS;
    if (atomic_exchange(&failing, false))
        log_info("writes_succeed", "reason=\"the database takes what is written again\"");
}

void writes_failed(const char *sqlstate)
{
    if (!writes_are_at_fault(sqlstate))
        return;
    again_due_ms = clock_monotonic_ms() + AGAIN_MS;
    if (!atomic_exchange(&failing, true))
        log_error("writes_fail", "sqlstate=%s reason=\"the database takes nothing\"", sqlstate);
}

void writes_try(struct db *db)
{
    int64_t now = clock_monotonic_ms();

    if ((!failing && now < trial_due_ms) || !writes_may_try())
        return;
    trial_due_ms = now + IDLE_MS;
    db_send_own(db, &little_memory, NULL, 0);
    db_send_own(db, &write_trial, NULL, 0);
    if (db_finish(db) == DB_FINE)
        writes_succeeded();
    else
        writes_failed(db_sqlstate(db));
    (void)db_recover(db);
}
