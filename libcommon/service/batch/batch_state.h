/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch_state.h - what the files of a batch share
 *
 * batch.c opens and closes the transaction and tries again; batch_commands.c runs the commands in
 * it. Nobody else includes this.
 */
#pragma once

#include "libcommon/base/id.h"
#include "libcommon/base/point.h"
#include "libcommon/service/batch/batch.h"

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
    /* journal whose copies, that handlers look at, are being rebuilt; "": none */
    const char *rebuilding;
    bool moved_grants;             /* since they were read */
    struct journal_entry *entries; /* that it adds to the journal; memory of the first call */
    size_t entry_count;

    int64_t lock_ms; /* that all attempts waited for the street */

    /* how attempts ended */
    bool commit_sent; /* and not known to have failed: the outcome is in doubt */
    bool was_unsure;  /* an earlier COMMIT's answer was lost: nobody was told of its events yet */
    char sqlstate[6]; /* of the last fault */
};

/* ---- batch_commands.c ---- */

/* All commands in one go. DB_REFUSED: one of them must be taken back without the others. */
enum db_fault batch_run_fast(struct batch *batch);
/* Each under a savepoint, its answers read before the next. */
enum db_fault batch_run_carefully(struct batch *batch);
/* Gives a call that came twice in the batch what the first of its kind got. */
void batch_answer_repeated(struct batch *batch, size_t index);
