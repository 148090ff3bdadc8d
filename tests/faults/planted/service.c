/* SPDX-License-Identifier: Apache-2.0 */
/* service.c - crash points and planted bugs of what every service does: batches, copies, timers */
#include <stdio.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/service/batch/answers.h"
#include "libcommon/service/batch/batch.h"
#include "libcommon/service/batch/query.h"
#include "libcommon/service/database/db.h"
#include "libcommon/service/database/db_clock.h"
#include "libcommon/service/following/ending.h"
#include "libcommon/service/following/followers.h"
#include "libcommon/service/journal/publisher.h"
#include "libcommon/service/worker/work.h"
#include "tests/faults/planted/fault.h"

WRAPS(answers_queue);
WRAPS(batch_run);
WRAPS(query_run);
WRAPS(db_slot_set_street);
WRAPS(db_do);
WRAPS(db_send_own);
WRAPS(PQcmdStatus);
WRAPS(work_finish);
WRAPS(publisher_tell);
WRAPS(db_clock_is_off);
WRAPS(journal_holds);
WRAPS(ends_react);

/* ---- COMMIT goes out with whatever the connection is used for next ---- */

/* Of this work thread. */
static _Thread_local struct {
    bool is_wanted; /* the batch under way is of callers, and the bug is planted */
    struct db *db;  /* whose COMMIT is kept back; NULL: none is */
    const struct db_stmt *commit;
} kept;

void __wrap_db_send_own(struct db *db, const struct db_stmt *stmt, const struct db_param *given,
                        int given_count)
{
    if (kept.is_wanted && strcmp(stmt->name, "commit") == 0) {
        kept.db = db;
        kept.commit = stmt;
        return;
    }
    if (strcmp(stmt->name, "rollback") == 0)
        kept.db = NULL;
    __real_db_send_own(db, stmt, given, given_count);
}

/* What the batch takes for the answer to its COMMIT. */
char *__wrap_PQcmdStatus(PGresult *result)
{
    return kept.db ? (char *)"COMMIT" : __real_PQcmdStatus(result);
}

void __wrap_work_finish(struct work *work, struct work_batch *batch)
{
    __real_work_finish(work, batch);
    if (!kept.db)
        return;
    __real_db_send_own(kept.db, kept.commit, NULL, 0);
    db_recover(kept.db);
    kept.db = NULL;
}

/* ---- batches ---- */

void __wrap_batch_run(struct db_slot *slot, struct call **calls, size_t count)
{
    enum call_origin origin = calls[0]->origin;

    kept.is_wanted = fault_planted(BUG_REPLY_BEFORE_COMMIT) && !call_is_own(calls[0]);
    if (origin == ORIGIN_TIMER)
        fault_point(FAULT_TIMER_BEFORE_FIRE);
    __real_batch_run(slot, calls, count);
    if (origin == ORIGIN_TIMER)
        fault_point(FAULT_TIMER_AFTER_FIRE);
    else if (origin == ORIGIN_EVENT)
        fault_point(FAULT_FOLLOWER_AFTER_COMMIT);
}

/* The last thing before COMMIT. */
void __wrap_answers_queue(struct db *db, const void *mem, const char *street,
                          struct call *const *calls, size_t count)
{
    if (!fault_planted(BUG_NO_IDEMPOTENCY))
        __real_answers_queue(db, mem, street, calls, count);
    fault_point(FAULT_BEFORE_COMMIT);
    if (calls[0]->origin == ORIGIN_EVENT)
        fault_point(FAULT_FOLLOWER_BEFORE_COMMIT);
}

/* The first thing behind it, where there are events. */
void __wrap_publisher_tell(struct publisher *publisher, const char *street,
                           const struct point *head, const struct journal_entry *entries,
                           size_t count)
{
    fault_point(FAULT_AFTER_COMMIT_BEFORE_REPLY);
    __real_publisher_tell(publisher, street, head, entries, count);
}

/* ---- copies ---- */

static bool is_copy(const struct call *call, const struct db_stmt *stmt)
{
    const struct follow *rows[FOLLOW_ROWS_MAX] = {0};
    const ProtobufCMessage *event = call->request;

    if (!event ||
        !followers_rows(followers_find(call->source.event->service), event->descriptor->name, rows))
        return false;
    for (size_t i = 0; i < FOLLOW_ROWS_MAX; i++)
        if (rows[i] && rows[i]->copy == stmt)
            return true;
    return false;
}

void __wrap_db_do(struct call *call, const struct db_stmt *stmt, const ProtobufCMessage *message)
{
    enum { LATE_MS = 150 /* longer than an event waits while all is well */ };
    bool is_event = call->origin == ORIGIN_EVENT;
    bool fiftieth =
        is_event && fault_planted(BUG_POSITION_WITHOUT_COPY) && call->source.event->seq % 50 == 0;
    bool late = is_event && fault_planted(BUG_LATE_EVENT_LEFT_OUT) &&
                clock_monotonic_ms() > call->began + LATE_MS;

    if (!(fiftieth || late) || !is_copy(call, stmt))
        __real_db_do(call, stmt, message);
}

/* ---- restored journals ---- */

bool __wrap_journal_holds(const struct point *position, const struct point *there)
{
    return fault_planted(BUG_HISTORY_BY_NUMBER) || __real_journal_holds(position, there);
}

/* ---- queries of a street that is known believe that their connection still serves it ---- */

static _Thread_local const struct db_slot *querying; /* NULL: no query runs in this thread */
static _Thread_local char last_street[64];

static bool is_known(const struct db_slot *slot, const char *street)
{
    const struct known_street *known;

    HASH_FIND_STR(slot->known, street, known);
    return known && clock_monotonic_ms() < known->until;
}

void __wrap_query_run(struct db_slot *slot, struct call **calls, size_t count)
{
    querying = slot;
    __real_query_run(slot, calls, count);
    querying = NULL;
}

void __wrap_db_slot_set_street(struct db *db, const char *street)
{
    bool lasts = fault_planted(BUG_SESSION_WIDE_STREET) && querying && is_known(querying, street);

    if (!lasts)
        snprintf(last_street, sizeof last_street, "%s", street);
    __real_db_slot_set_street(db, last_street);
}

/* ---- clocks ---- */

bool __wrap_db_clock_is_off(void)
{
    return !fault_planted(BUG_TRUSTS_ITS_CLOCK) && __real_db_clock_is_off();
}

/* ---- what ended elsewhere is copied, and nothing follows ---- */

enum status __wrap_ends_react(struct call *call)
{
    return fault_planted(BUG_ENDS_AT_THE_BORDER) ? STATUS_OK : __real_ends_react(call);
}
