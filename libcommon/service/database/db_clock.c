/* SPDX-License-Identifier: Apache-2.0 */
/* db_clock.c - the last answer of the server, as what wall clock minus monotonic clock should be */
#include "libcommon/service/database/db_clock.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"

enum { ASK_AGAIN_MS = 1000, SAY_AGAIN_MS = 60 * 1000 };

static const int64_t first_ms = INT64_C(63072000000);  /* 1972-01-01 */
static const int64_t last_ms = INT64_C(6626966399999); /* 2179-12-31 */

static _Atomic int64_t should_be_ms;
static _Atomic bool is_known;
static _Atomic int64_t ask_due_ms, say_due_ms; /* clock_monotonic_ms */

struct clock_reading db_clock_read(void)
{
    return (struct clock_reading){clock_unix_us() / 1000, clock_monotonic_ms()};
}

int64_t db_clock_difference(struct clock_reading asked, int64_t answered_monotonic_ms,
                            int64_t server_unix_ms)
{
    int64_t before = asked.unix_ms;
    int64_t after = before + answered_monotonic_ms - asked.monotonic_ms;

    if (before > server_unix_ms)
        return before - server_unix_ms;
    return after < server_unix_ms ? after - server_unix_ms : 0;
}

bool db_clock_is_believable(int64_t unix_ms)
{
    return unix_ms >= first_ms && unix_ms <= last_ms;
}

static bool is_apart(int64_t ahead_ms)
{
    return llabs(ahead_ms) > CLOCK_OFF_MAX_MS;
}

/* True once in so long, for one of all threads. */
static bool take_turn(_Atomic int64_t *due_ms, int64_t every_ms)
{
    int64_t now = clock_monotonic_ms(), due = *due_ms;

    return now >= due && atomic_compare_exchange_strong(due_ms, &due, now + every_ms);
}

void db_clock_compare(struct clock_reading asked, int64_t server_unix_ms)
{
    int64_t ahead_ms = db_clock_difference(asked, clock_monotonic_ms(), server_unix_ms);

    should_be_ms = asked.unix_ms - asked.monotonic_ms - ahead_ms;
    is_known = true;
    const bool believable = db_clock_is_believable(asked.unix_ms);
    if (!is_apart(ahead_ms) && believable)
        say_due_ms = 0; /* the next time is told at once */
    else if (take_turn(&say_due_ms, SAY_AGAIN_MS))
        log_warning("clock_off", "seconds=%+lld reason=%s", (long long)(ahead_ms / 1000),
                    believable ? "\"against the database's clock\""
                               : "\"its year is not within 1972-2179\"");
}

bool db_clock_may_ask(void)
{
    return !db_clock_is_off() || take_turn(&ask_due_ms, ASK_AGAIN_MS);
}

int64_t db_clock_ahead_ms(void)
{
    struct clock_reading now = db_clock_read();

    return is_known ? now.unix_ms - now.monotonic_ms - should_be_ms : 0;
}

bool db_clock_is_off(void)
{
    return is_apart(db_clock_ahead_ms()) || !db_clock_is_believable(clock_unix_us() / 1000);
}
