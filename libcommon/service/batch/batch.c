/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.c - the commands of one street, in one transaction
 *
 *   step   what is sent                                             round trips
 *   open   BEGIN, street, lock, state and head, known request_ids   one
 *   run    a known id gets its stored answer, others their handler  one a handler that reads
 *   read   every answer so far                                      one, if rows are counted
 *   close  events at head + 1 …, answers by request_id, COMMIT      one
 *
 * Calls are borrowed; each ends with its status and its reply, whatever fails, and nothing is sent
 * from here. What one attempt allocates goes with it, but for what hangs off the calls.
 *
 * The lock is taken by a statement of its own before anything is read: taken later, two workers
 * deadlock; taken in the statement that reads, its snapshot is older than the lock.
 *
 * A pass that meets any error is rolled back and run again from fresh calls as a careful pass: each
 * command under a savepoint, its answers read before the next one starts, so that the one at fault
 * gets its error and the others stand. A lock that is not to be had is taken from a session that
 * has stalled (lock.h). What breaks the careful pass is the world's fault; after one more try all
 * are told UNAVAILABLE. When COMMIT's answer is lost nobody can know: the batch runs again on a new
 * connection, where the lock waits for the old transaction's end and the look-up tells the truth.
 */
#include "libcommon/service/batch/batch_state.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/batch/answers.h"
#include "libcommon/service/batch/partitions.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/database/lock.h"
#include "libcommon/service/database/writes.h"
#include "libcommon/service/journal/journal.h"
#include "libcommon/service/journal/publisher.h"
#include "libcommon/service/method/grants.h"
#include "libcommon/service/method/method.h"
#include "libcommon/service/method/request_log.h"

/* Tries: one fast pass, then careful ones. */
enum { TRIES = 3, REOPEN_PAUSE_MS = 50 };

#define LOCK_NOT_AVAILABLE "55P03"
#define CHECK_VIOLATION "23514" /* of a statement of the runtime: no partition takes an answer */

enum pass {
    PASS_FAST,    /* all commands in one go */
    PASS_CAREFUL, /* each under a savepoint, its answers read before the next */
};

void (*batch_before_commit_answer)(struct db *db);

STATEMENT(begin, .sql = "BEGIN");
STATEMENT(commit, .sql = "COMMIT");
STATEMENT(rollback, .sql = "ROLLBACK");
STATEMENT(lock_street, .sql = "SELECT pg_advisory_xact_lock(:key::bigint)", .with = "key");
STATEMENT(open_street,
          .sql = "SELECT (SELECT state FROM stream WHERE street = :street) AS state,"
                 " coalesce(j.seq, 0) AS head, coalesce(j.id::text, '') AS head_id,"
                 " coalesce((SELECT source FROM follower WHERE street = :street AND seq < reached"
                 " ORDER BY source LIMIT 1), '') AS rebuilding"
                 " FROM (SELECT) AS always LEFT JOIN (SELECT seq, id FROM journal"
                 " WHERE street = :street ORDER BY seq DESC LIMIT 1) AS j ON true");

/* ---- open ---- */

static const char *lock_name(const struct batch *batch)
{
    return mem_printf(batch->mem, "%s/%s", batch->service->name, batch->street);
}

static void queue_lock(const struct batch *batch)
{
    const struct db_param key = NAMED(key, param_int(batch->mem, lock_key(lock_name(batch))));

    db_send_own(batch->db, &lock_street, &key, 1);
}

/* One round trip: all that is sent first is answered in the same order. */
static enum db_fault open_batch(struct batch *batch)
{
    struct db *db = batch->db;
    const struct db_param street = NAMED(street, param_text(batch->street));

    db_send_own(db, &begin, NULL, 0);
    db_slot_set_street(db, batch->street);
    queue_lock(batch);
    db_send_own(db, &open_street, &street, 1);
    answers_queue_look_up(db, batch->mem, batch->street, batch->calls, batch->count);
    bool asks = grants_queue(db, batch->mem, batch->now, batch->calls, batch->count);
    int64_t asked = clock_monotonic_ms();
    db_flush(db);
    for (int i = 0; i < 3; i++) /* BEGIN, street, lock */
        db_next(db, batch->mem);
    batch->lock_ms += clock_monotonic_ms() - asked;
    const PGresult *stream = db_next(db, batch->mem);
    const PGresult *known = db_next(db, batch->mem);
    const PGresult *grants = asks ? db_next(db, batch->mem) : NULL;
    if (db_fault(db) != DB_FINE)
        return db_fault(db);

    batch->here = strcmp(PQgetvalue(stream, 0, 0), "HERE") == 0;
    batch->head = point_at(column_int(stream, 0, 1), column_text(batch->mem, stream, 0, 2));
    snprintf(batch->last_id, sizeof batch->last_id, "%s", PQgetvalue(stream, 0, 2));
    batch->rebuilding = column_text(batch->mem, stream, 0, 3);
    grants_hand_out(batch->calls, batch->count, grants);
    batch->commit_sent = false; /* whatever became of an earlier COMMIT, the look-up knows it now */
    answers_find(batch->calls, batch->count, known);
    return DB_FINE;
}

/* ---- close ---- */

/* Events get their numbers in the order of the calls, and each call the number after its own. */
static void number_events(struct batch *batch)
{
    int64_t tail = batch->head.seq;

    batch->entries = journal_entries(batch->calls[0], &batch->head, batch->calls, batch->count,
                                     &batch->entry_count);
    for (size_t i = 0; i < batch->count; i++) {
        struct call *call = batch->calls[i];
        if (!call_is_done_now(call))
            continue;
        tail += (int64_t)call->event_count;
        call->seq = tail;
    }
}

/* Returns DB_FINE only when the server said COMMIT; to a failed transaction it says ROLLBACK. */
static enum db_fault close_batch(struct batch *batch)
{
    struct db *db = batch->db;

    number_events(batch);
    if (batch->entry_count > 0)
        journal_queue(db, batch->mem, batch->street, batch->entries, batch->entry_count);
    answers_queue(db, batch->mem, batch->street, batch->calls, batch->count);
    db_send_own(db, &commit, NULL, 0);
    batch->commit_sent = true;
    db_sync(db);
    if (batch_before_commit_answer)
        batch_before_commit_answer(db);

    const PGresult *answer = NULL; /* the last one, COMMIT's, when all are read */
    for (const PGresult *next = NULL; db_pending(db) > 0; answer = next ? next : answer)
        next = db_next(db, batch->mem);
    batch->commit_sent = db_fault(db) == DB_LOST;
    if (db_fault(db) == DB_FINE && strcmp(PQcmdStatus((PGresult *)answer), "COMMIT") != 0)
        return DB_FAILED;
    return db_fault(db);
}

/* Whatever state the transaction is in; a lost connection has none. */
static void roll_back(struct batch *batch)
{
    db_recover(batch->db);
    if (db_fault(batch->db) == DB_LOST)
        return;
    db_send_own(batch->db, &rollback, NULL, 0);
    db_recover(batch->db);
}

/* Takes away what stood in the way, where that can be done, for the next try. */
static void mend(const struct batch *batch)
{
    if (strcmp(batch->sqlstate, LOCK_NOT_AVAILABLE) == 0)
        lock_end_stalled(batch->db, lock_name(batch));
    else if (strcmp(batch->sqlstate, CHECK_VIOLATION) == 0)
        (void)partitions_keep(batch->db);
}

/* ---- the whole ---- */

/* From fresh calls to COMMIT, or back to where nothing was done; `commit_sent`: nobody knows. */
static enum db_fault attempt(struct batch *batch, enum pass pass,
                             const Google__Protobuf__Timestamp *now)
{
    batch->mem = mem_check(talloc_new(batch->calls[0]));
    batch->now = now;
    batch->moved_grants = false;
    for (size_t i = 0; i < batch->count; i++) {
        call_reset(batch->calls[i], batch->db, now);
        batch->calls[i]->last_id = batch->last_id;
    }

    enum db_fault fault = open_batch(batch);
    if (fault == DB_FINE)
        fault = pass == PASS_FAST ? batch_run_fast(batch) : batch_run_carefully(batch);
    if (fault == DB_FINE)
        fault = close_batch(batch);
    if (fault != DB_FINE) {
        snprintf(batch->sqlstate, sizeof batch->sqlstate, "%s", db_sqlstate(batch->db));
        batch->was_unsure = batch->was_unsure || batch->commit_sent;
        roll_back(batch);
        if (fault == DB_FAILED && db_fault(batch->db) == DB_FINE)
            mend(batch);
    }
    TALLOC_FREE(batch->mem);
    return fault;
}

static void fail_all(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        call_reset(batch->calls[i], NULL, NULL);
        if (batch->commit_sent)
            (void)!call_fail(batch->calls[i], STATUS_UNKNOWN, "", "commit",
                             "the database went away while it committed; ask again with this"
                             " request_id");
        else
            (void)!call_fail(batch->calls[i], STATUS_UNAVAILABLE, "", "database",
                             "the database did not take it; nothing was done");
    }
}

/* clock_monotonic_ms */
static int64_t last_deadline(const struct batch *batch)
{
    int64_t last = 0;

    for (size_t i = 0; i < batch->count; i++)
        last = batch->calls[i]->deadline > last ? batch->calls[i]->deadline : last;
    return last;
}

/* True when it makes sense to try again, on a connection that stands. While a COMMIT is in doubt
 * the truth is worth waiting for; else the caller is told at once, since nothing was done. */
static bool may_try_again(struct batch *batch, struct db_slot *slot, int tries)
{
    if (!batch->commit_sent && writes_are_at_fault(batch->sqlstate))
        return false;
    while (!db_slot_open(slot)) {
        if (!batch->commit_sent || clock_monotonic_ms() > last_deadline(batch))
            return false;
        nanosleep(&(struct timespec){.tv_nsec = REOPEN_PAUSE_MS * 1000000L}, NULL);
    }
    batch->db = slot->db;
    return batch->commit_sent ? clock_monotonic_ms() <= last_deadline(batch) : tries < TRIES;
}

/* May the journal hold events of these calls that no publisher was told of? A process that
 * committed them may have died before it told; then their caller asks again, and gets the kept
 * answer. */
static bool may_be_untold(const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        if (batch->calls[i]->replayed)
            return true;
    return batch->was_unsure;
}

static void run(struct batch *batch, struct db_slot *slot)
{
    const Google__Protobuf__Timestamp *now = timestamp_new(batch->calls[0], clock_unix_us());
    enum db_fault fault;
    int tries = 0;

    if (!writes_may_try()) {
        fail_all(batch);
        return;
    }
    do {
        fault = attempt(batch, tries == 0 ? PASS_FAST : PASS_CAREFUL, now);
        tries++;
    } while (fault != DB_FINE && may_try_again(batch, slot, tries));

    if (fault != DB_FINE) {
        writes_failed(batch->sqlstate);
        log_error("batch_failed", "street=%s calls=%zu tries=%d sqlstate=%s", batch->street,
                  batch->count, tries, batch->sqlstate);
        fail_all(batch);
        return;
    }
    if (batch->entry_count > 0)
        writes_succeeded();
    for (size_t i = 0; i < batch->count; i++)
        batch_answer_repeated(batch, i);
    if (slot->publisher && (batch->entry_count > 0 || may_be_untold(batch)))
        publisher_tell(slot->publisher, batch->street, &batch->head, batch->entries,
                       batch->entry_count);
}

/* Of the service's own calls nobody gets a reply: this is their end. */
static void note_times(const struct batch *batch, int64_t taken)
{
    const struct call_times times = {.taken = taken,
                                     .ended = clock_monotonic_ms(),
                                     .lock_ms = batch->lock_ms,
                                     .batch = batch->count};

    for (size_t i = 0; i < batch->count; i++) {
        batch->calls[i]->times = times;
        if (call_is_own(batch->calls[i]))
            request_log(batch->calls[i], times.ended - batch->calls[i]->began);
    }
}

void batch_run(struct db_slot *slot, struct call **calls, size_t count)
{
    struct batch batch = {.db = slot->db,
                          .calls = calls,
                          .count = count,
                          .street = calls[0]->street,
                          .service = slot->service,
                          .rebuilding = ""};
    int64_t taken = clock_monotonic_ms();

    run(&batch, slot);
    note_times(&batch, taken);
}
