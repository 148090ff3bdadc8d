/* SPDX-License-Identifier: Apache-2.0 */
/* lived.c - a row of upkeep, and the look at how far ahead of it the clock is */
#include "libcommon/service/following/lived.h"

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/metrics.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/database/db_clock.h"

static struct metric waits = {.type = METRIC_GAUGE,
                              .name = "jusha_timers_waiting",
                              .help =
                                  "1 while timers wait, as the time has leapt by more than a day"};

STATEMENT(read_lived,
          .sql = "SELECT coalesce((SELECT at FROM upkeep WHERE street = '*' AND what = 'lived'),"
                 " :now::timestamptz)",
          .with = "now");
STATEMENT(note_lived,
          .sql = "INSERT INTO upkeep (street, what, at) VALUES ('*', 'lived', :now)"
                 " ON CONFLICT (street, what) DO UPDATE SET at = excluded.at",
          .with = "now");

/* ---- the look ---- */

static void wait_for_a_while(struct lived *lived, int64_t unix_ms, int64_t monotonic_ms)
{
    log_warning("timers_wait", "hours_ahead=%lld minutes=%d reason=\"the time has leapt\"",
                (long long)((unix_ms - lived->until_ms) / 3600000), LIVED_WAIT_MS / 60000);
    lived->wait_from_ms = monotonic_ms;
}

bool lived_through(struct lived *lived, int64_t unix_ms, int64_t monotonic_ms)
{
    const bool leapt = unix_ms - lived->until_ms > LIVED_LEAP_MS;

    if (leapt && lived->wait_from_ms == 0)
        wait_for_a_while(lived, unix_ms, monotonic_ms);
    if (leapt && monotonic_ms - lived->wait_from_ms < LIVED_WAIT_MS)
        return false;
    lived->wait_from_ms = 0;
    lived->until_ms = unix_ms;
    return true;
}

/* ---- the row ---- */

static struct db_param now_param(const void *mem, int64_t unix_ms)
{
    return NAMED(now, param_time(mem, timestamp_new(mem, unix_ms * 1000)));
}

/* False: the database is away. */
static bool read_row(struct lived *lived, struct db *db, int64_t unix_ms)
{
    void *mem = mem_check(talloc_new(NULL));
    const struct db_param now = now_param(mem, unix_ms);

    db_slot_set_street(db, EVERY_STREET);
    db_send_own(db, &read_lived, &now, 1);
    db_sync(db);
    db_next(db, mem);
    const PGresult *row = db_next(db, mem);
    if (row)
        lived->until_ms = column_unix_us(row, 0, 0) / 1000;
    db_recover(db);
    talloc_free(mem);
    return row != NULL;
}

static void note_row(struct lived *lived, struct db *db, int64_t monotonic_ms)
{
    void *mem = mem_check(talloc_new(NULL));
    const struct db_param now = now_param(mem, lived->until_ms);

    db_slot_set_street(db, EVERY_STREET);
    db_send_own(db, &note_lived, &now, 1);
    db_recover(db);
    talloc_free(mem);
    lived->noted_ms = monotonic_ms;
}

bool lived_until_now(struct lived *lived, struct db_slot *slot)
{
    const struct clock_reading now = db_clock_read();
    const bool is_first = lived->until_ms == 0;

    if (!db_slot_open(slot) || (is_first && !read_row(lived, slot->db, now.unix_ms)))
        return false;
    const bool is_believed = lived_through(lived, now.unix_ms, now.monotonic_ms);
    metrics_set(&waits, !is_believed);
    if (is_believed && (is_first || now.monotonic_ms - lived->noted_ms > LIVED_NOTE_MS))
        note_row(lived, slot->db, now.monotonic_ms);
    return is_believed;
}

void lived_start(void)
{
    metrics_register(&waits);
}
