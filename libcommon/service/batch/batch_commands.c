/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch_commands.c - the commands of a batch, within its transaction: which have to run, one after
 * the other, in one go or each under a savepoint
 */
#include "libcommon/service/batch/batch_state.h"

#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/batch/answers.h"
#include "libcommon/service/method/authority.h"
#include "libcommon/service/method/grants.h"
#include "libcommon/service/method/method.h"

void (*batch_after_late_refusal)(const struct call *call);

STATEMENT(savepoint, .sql = "SAVEPOINT command");
STATEMENT(release, .sql = "RELEASE SAVEPOINT command");
STATEMENT(rollback_to, .sql = "ROLLBACK TO SAVEPOINT command");

static const char *id_of(const struct batch *batch, size_t index)
{
    return batch->calls[index]->header->request_id; /* a checked UUID in lower case */
}

/* A batch may hold one id twice, when a caller asked again by another broker: the place of the
 * first. */
static size_t first_of(const struct batch *batch, size_t index)
{
    size_t first = 0;

    while (strcmp(id_of(batch, first), id_of(batch, index)) != 0)
        first++;
    return first;
}

/* While copies are rebuilt nobody decides by half a copy but those who make it. */
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

/* Else it is refused. While grants do not count nobody can say whether they reach. */
static bool may_see_what_is_kept(const struct batch *batch, struct call *call)
{
    if (waits_for_copies(batch, call) && authority_needs_grants(call))
        (void)!call_fail_rebuilding(call);
    else
        return authority_check_place(call) == STATUS_OK;
    return false;
}

/* An earlier try's answer is for whoever may do it now: whose role was taken back learns no more
 * what it once led to. That is no decision, so what is kept stays. */
static void replay(const struct batch *batch, struct call *call)
{
    if (may_see_what_is_kept(batch, call))
        answers_replay(call);
}

/* Is the call's handler to run? Else it has its refusal or its kept answer now, or waits for
 * batch_answer_repeated. */
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
        /* batch_answer_repeated gives it the first one's answer */
        call->repeated = may_see_what_is_kept(batch, call);
        return false;
    }
    if (clock_monotonic_ms() > call->deadline && !call_is_own(call))
        (void)!call_fail(call, STATUS_DEADLINE_EXCEEDED, "timeout_ms", "deadline",
                         "its deadline passed before it began; nothing was done");
    else if (!batch->here && call->endpoint->row->scope != SCOPE_NEW_STREET)
        refuse_street(call);
    else if (waits_for_copies(batch, call))
        (void)!call_fail_rebuilding(call);
    else
        return true;
    return false;
}

/* After COMMIT: gives a call that came twice what the first of its kind got. */
void batch_answer_repeated(struct batch *batch, size_t index)
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
    status = call_outcome(call, status);
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
enum db_fault batch_run_fast(struct batch *batch)
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

enum db_fault batch_run_carefully(struct batch *batch)
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
