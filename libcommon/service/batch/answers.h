/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answers.h - what was answered under a request_id, so that a command is decided once
 *
 * Whoever comes first under the street's lock decides; whoever comes later with the same id,
 * method, actor and payload gets the same answer, a refusal too, as long as it still reaches the
 * place that it is about (else it is refused now, and what is kept stays). Else a worker that was taken for
 * dead could do, when it goes on, what another one has refused in its place and the caller was
 * told. Two kinds of refusals are not kept. Those by the request alone (contract, rules, the row's
 * check) or by the certificate's role come out the same wherever and whenever they are asked for,
 * and would only fill the table: such a call never reaches a batch. And those for which nothing was
 * looked at (too late, too early, the database away) decide nothing. In the table, seq is the
 * journal's head after the command; -1: it was refused, and the reply is a packed ReplyHeader.
 */
#pragma once

#include "libcommon/service/call/call.h"
#include "libcommon/service/database/db.h"

/* Queues the look-up of the calls' ids: one answer, for answers_find. */
void answers_queue_look_up(struct db *db, const void *mem, const char *street,
                           struct call *const *calls, size_t count);
/* Gives each call whose id is known what is kept for it; one that is another request is refused. */
void answers_find(struct call *const *calls, size_t count, const PGresult *known);
/* Answers the call with what is kept for it. */
void answers_replay(struct call *call);
/* Is the call what that hash was made of, under the data key of that number? ABORTED: the id was
 * used for another request, or by a version that had no keys (number 0). UNAVAILABLE: the key was appended so lately that it is not here yet. */
enum status answers_compare(struct call *call, const void *hash, size_t size,
                            int key_number) MUST_CHECK;

/* Queues the answers of what was decided now. */
void answers_queue(struct db *db, const void *mem, const char *street, struct call *const *calls,
                   size_t count);
