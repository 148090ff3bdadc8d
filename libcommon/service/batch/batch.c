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
 * gets its error and the others stand. A lock that is not to be had is taken from who stands still
 * (lock.h). What breaks the careful pass is the world's fault; after one more try all are told
 * UNAVAILABLE. When COMMIT's answer is lost nobody can know: the batch runs again on a new
 * connection, where the lock waits for the old transaction's end and the look-up tells the truth.
 */
#include "libcommon/service/batch/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "libcommon/service/batch/answers.h"
#include "libcommon/service/batch/partitions.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/database/lock.h"
#include "libcommon/service/database/writes.h"
#include "libcommon/service/journal/journal.h"
#include "libcommon/service/journal/publisher.h"
#include "libcommon/service/method/authority.h"
#include "libcommon/service/method/grants.h"
#include "libcommon/service/method/method.h"

/* Tries: one fast pass, then careful ones. */
enum { TRIES = 3, REOPEN_PAUSE_MS = 50 };

#define LOCK_NOT_AVAILABLE "55P03"
#define CHECK_VIOLATION "23514" /* of a statement of the runtime: no partition takes an answer */

enum pass {
    PASS_FAST,    /* all commands in one go */
    PASS_CAREFUL, /* each under a savepoint, its answers read before the next */
};

void (*batch_before_commit_answer)(struct db *db);
void (*batch_after_late_refusal)(const struct call *call);

struct batch {
    /* what it is given; borrowed */
    struct db *db; /* the slot's; another one after a reconnect */
    struct call **calls;
    size_t count;
    const char *street;
    const struct service *service;

    /* of one attempt */
    void *mem; /* goes with it */
    const Google__Protobuf__Timestamp *now;
    bool here;                  /* the street has a HERE row */
    struct point head;          /* of the journal, before the batch */
    char last_id[ID_CHARS + 1]; /* that was made in the street: the head's, then those made here */
    /* journal whose copies, that handlers look at, are being made anew; "": none */
    const char *rebuilding;
    bool moved_grants;             /* since they were read */
    struct journal_entry *entries; /* that it adds to the journal; memory of the first call */
    size_t entry_count;

    /* how attempts ended */
    bool commit_sent; /* and not known to have failed: the outcome is in doubt */
    bool was_unsure;  /* an earlier COMMIT's answer was lost: nobody was told of its events yet */
    char sqlstate[6]; /* of the last fault */
};

STATEMENT(begin, .sql = "BEGIN");
STATEMENT(commit, .sql = "COMMIT");
STATEMENT(rollback, .sql = "ROLLBACK");
STATEMENT(savepoint, .sql = "SAVEPOINT command");
STATEMENT(release, .sql = "RELEASE SAVEPOINT command");
STATEMENT(rollback_to, .sql = "ROLLBACK TO SAVEPOINT command");
STATEMENT(lock_street, .sql = "SELECT pg_advisory_xact_lock(:key::bigint)", .with = "key");
STATEMENT(open_street,
          .sql = "SELECT (SELECT state FROM stream WHERE street = :street) AS state,"
                 " coalesce(j.seq, 0) AS head, coalesce(j.id::text, '') AS head_id,"
                 " coalesce((SELECT source FROM follower WHERE street = :street AND seq < reached"
                 " ORDER BY source LIMIT 1), '') AS rebuilding"
                 " FROM (SELECT) AS always LEFT JOIN (SELECT seq, id FROM journal"
                 " WHERE street = :street ORDER BY seq DESC LIMIT 1) AS j ON true");

/* ---- open ---- */

static const char *id_of(const struct batch *batch, size_t index)
{
    return batch->calls[index]->header->request_id; /* a checked UUID in lower case */
}

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
    db_flush(db);
    for (int i = 0; i < 3; i++) /* BEGIN, street, lock */
        db_next(db, batch->mem);
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

/* ---- run ---- */

/* A batch may hold one id twice, when a caller asked again by another broker: the place of the
 * first. */
static size_t first_of(const struct batch *batch, size_t index)
{
    size_t first = 0;

    while (strcmp(id_of(batch, first), id_of(batch, index)) != 0)
        first++;
    return first;
}

/* While copies are made anew nobody decides by half a copy but those who make it. */
static bool waits_for_copies(const struct batch *batch, const struct call *call)
{
    return batch->rebuilding[0] && !(call->origin == ORIGIN_EVENT &&
                                     strcmp(call->source.event->service, batch->rebuilding) == 0);
}

/* A decision like any other: the street may come while another worker still has this request. */
static void refuse_street(struct call *call)
{
    call->decided = true;
    (void)!call_fail(call, STATUS_NOT_FOUND, "street", "exists", "no such street here");
}

static void refuse_for_copies(struct call *call)
{
    (void)!call_fail(call, STATUS_UNAVAILABLE, "", "",
                     "copies of another service's objects are being made anew; nothing was done");
}

/* An earlier try's answer is for whoever may do it now: whose role was taken back learns no more
 * what it once led to. That is no decision, so what is kept stays. */
static void replay(const struct batch *batch, struct call *call)
{
    if (waits_for_copies(batch, call) && authority_needs_grants(call))
        refuse_for_copies(call); /* without grants nobody may */
    else if (authority_check_place(call) == STATUS_OK)
        answers_replay(call);
}

/* Is the call's handler to run? Else it has its refusal or its kept answer now, or waits for
 * answer_repeated. */
static bool needs_to_run(struct batch *batch, size_t index)
{
    struct call *call = batch->calls[index];

    if (call->status != STATUS_OK)
        return false; /* its id is another's */
    if (call->kept) {
        replay(batch, call);
        return false;
    }
    if (first_of(batch, index) != index) {
        /* answer_repeated gives it the first one's answer */
        call->repeated = authority_check_place(call) == STATUS_OK;
        return false;
    }
    if (clock_monotonic_ms() > call->deadline && !call_is_own(call))
        (void)!call_fail(call, STATUS_DEADLINE_EXCEEDED, "timeout_ms", "deadline",
                         "its deadline passed before it began; nothing was done");
    else if (!batch->here && call->endpoint->row->scope != SCOPE_NEW_STREET)
        refuse_street(call);
    else if (waits_for_copies(batch, call))
        refuse_for_copies(call);
    else
        return true;
    return false;
}

/* After COMMIT: gives a call that came twice what the first of its kind got. */
static void answer_repeated(struct batch *batch, size_t index)
{
    const struct call *first = batch->calls[first_of(batch, index)];
    struct call *call = batch->calls[index];

    if (!call->repeated)
        return;
    if (answers_compare(call, first->hash, sizeof first->hash, first->hash_key) == STATUS_OK)
        call_copy_outcome(call, first);
}

/* May it be done there? Then runs the handler and packs what it answers. */
static enum status run_command(struct batch *batch, struct call *call)
{
    call->decided = true;
    enum status status = authority_check_place(call);
    if (status == STATUS_OK)
        status = call->endpoint->row->command(call);
    if (status == STATUS_OK)
        status = call->status; /* of many statements some may have been answered by now */
    if (status == STATUS_OK)
        status = call_pack_response(call);
    if (status == STATUS_OK && call->rebuilds)
        batch->rebuilding = call->rebuilds; /* for those behind it */
    batch->moved_grants = batch->moved_grants || call->moved_grants;
    call->status = status;
    return status;
}

/* Roles that a command of this batch gave or took back count for those behind it. */
static void renew_grants(struct batch *batch, size_t index)
{
    if (!batch->moved_grants || !authority_needs_grants(batch->calls[index]))
        return;
    grants_renew(batch->db, batch->mem, batch->now, batch->calls + index, batch->count - index);
    batch->moved_grants = false;
}

/* Is a refusal the handler's own decision, and not the echo of an error of what it had queued? A
 * row that is missing has no SQLSTATE. */
static bool is_handlers_own(const struct db *db)
{
    return db_fault(db) == DB_FINE || (db_fault(db) == DB_REFUSED && !db_sqlstate(db)[0]);
}

/* The call was refused when it had written: its statements must be taken back without the others',
 * so all run again, carefully. */
static enum db_fault refused_late(const struct call *call)
{
    if (batch_after_late_refusal)
        batch_after_late_refusal(call);
    return DB_REFUSED;
}

/* Of a journal that is followed the last event moves the position for all, so none may be missing
 * before it. */
static bool leaves_a_gap(const struct call *call)
{
    return call->origin == ORIGIN_EVENT && call->status != STATUS_OK;
}

/* All commands in one go. Any fault, or refusal that must be undone, ends the pass. */
static enum db_fault run_fast(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct call *call = batch->calls[i];
        renew_grants(batch, i);
        if (needs_to_run(batch, i))
            (void)!run_command(batch, call);
        enum db_fault fault = db_fault(batch->db);
        if (call->status != STATUS_OK && call->wrote && is_handlers_own(batch->db))
            return refused_late(call);
        if (fault != DB_FINE)
            return fault;
        if (leaves_a_gap(call))
            return DB_REFUSED;
    }
    return db_counts_rows(batch->db) ? db_finish(batch->db) : DB_FINE;
}

/* Back to the savepoint. */
static enum db_fault undo_command(struct batch *batch)
{
    enum db_fault fault = db_recover(batch->db);

    if (fault != DB_FINE)
        return fault;
    db_send_own(batch->db, &rollback_to, NULL, 0);
    return db_finish(batch->db);
}

/* Under a savepoint. DB_FINE also when it was refused and nothing of it is left. */
static enum db_fault run_apart(struct batch *batch, struct call *call)
{
    db_send_own(batch->db, &savepoint, NULL, 0);
    call->careful = true;
    enum status status = run_command(batch, call);
    enum db_fault fault = db_finish(batch->db);
    if (fault != DB_FINE && fault != DB_REFUSED)
        return fault;
    if (status == STATUS_OK)
        status = call->status; /* an answer that came after it returned may say otherwise */
    if (status != STATUS_OK && undo_command(batch) != DB_FINE)
        return db_fault(batch->db);
    db_send_own(batch->db, &release, NULL, 0);
    return DB_FINE;
}

static enum db_fault run_carefully(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        renew_grants(batch, i);
        enum db_fault fault =
            needs_to_run(batch, i) ? run_apart(batch, batch->calls[i]) : db_fault(batch->db);
        if (fault != DB_FINE)
            return fault;
    }
    return db_finish(batch->db);
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
        fault = pass == PASS_FAST ? run_fast(batch) : run_carefully(batch);
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
            (void)!call_fail(batch->calls[i], STATUS_UNKNOWN, "", "",
                             "the database went away while it committed; ask again with this"
                             " request_id");
        else
            (void)!call_fail(batch->calls[i], STATUS_UNAVAILABLE, "", "",
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

void batch_run(struct db_slot *slot, struct call **calls, size_t count)
{
    struct batch batch = {.db = slot->db,
                          .calls = calls,
                          .count = count,
                          .street = calls[0]->street,
                          .service = slot->service,
                          .rebuilding = ""};
    const Google__Protobuf__Timestamp *now = timestamp_new(calls[0], clock_unix_us());
    enum db_fault fault;
    int tries = 0;

    if (!writes_may_try()) {
        fail_all(&batch);
        return;
    }
    do {
        fault = attempt(&batch, tries == 0 ? PASS_FAST : PASS_CAREFUL, now);
        tries++;
    } while (fault != DB_FINE && may_try_again(&batch, slot, tries));

    if (fault != DB_FINE) {
        writes_failed(batch.sqlstate);
        log_error("batch_failed", "street=%s calls=%zu tries=%d sqlstate=%s", batch.street, count,
                  tries, batch.sqlstate);
        fail_all(&batch);
        return;
    }
    if (batch.entry_count > 0)
        writes_succeeded();
    for (size_t i = 0; i < count; i++)
        answer_repeated(&batch, i);
    if (slot->publisher && (batch.entry_count > 0 || may_be_untold(&batch)))
        publisher_tell(slot->publisher, batch.street, &batch.head, batch.entries,
                       batch.entry_count);
}
