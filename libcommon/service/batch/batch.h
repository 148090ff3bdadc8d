/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - the commands of one street, in one transaction
 *
 * A batch opens with the street's lock, so that one runs at a time per street and service whichever
 * broker or worker its requests came by; handlers may therefore read and then decide. Replies are
 * only sent when batch_run has returned. Runs in a work thread.
 */
#pragma once

#include "libcommon/service/batch/db_slot.h"
#include "libcommon/service/call/call.h"

/* Runs the calls, all of one street, in order; every call has its status and reply afterwards, and
 * the slot's publisher was told of their events. */
void batch_run(struct db_slot *slot, struct call **calls, size_t count);

/* Tests cut the connection at this point of the batch, once; NULL outside tests. */
extern void (*batch_before_commit_answer)(struct db *db);
/* Tests are told of a command that its handler refused when it had written already, so that its
 * batch runs again; NULL outside tests. */
extern void (*batch_after_late_refusal)(const struct call *call);
