/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answers.h - what was answered under a request_id, so that a command is decided once
 *
 * The first call under the street's lock decides. A later one with the same id, method, actor and
 * payload gets the stored answer, a refusal too, as long as its actor still reaches the place that
 * it is about; if not, it is refused now and the stored answer stays. Without this, a worker that
 * was presumed dead could carry out, once it resumes, what another one has refused in its place.
 *
 * Two kinds of refusals are not stored. The first depends only on the request (contract, rules, the
 * row's check) or on the certificate's role: it comes out the same whenever it is asked for, would
 * only fill the table, and its call never reaches a batch. The second decides nothing, because
 * nothing was looked at: too late, too early, the database unreachable.
 *
 * In the table, seq is the journal's head after the command, or -1 for a refusal; the reply is a
 * packed ReplyHeader then.
 */
#pragma once

#include "libcommon/service/call/call.h"
#include "libcommon/service/database/db.h"

/* Queues the look-up of the calls' ids: one answer, for answers_find. */
void answers_queue_look_up(struct db *db, const void *mem, const char *street,
                           struct call *const *calls, size_t count);
/* Gives each call whose id is known its stored answer; refuses a call that is another request. */
void answers_find(struct call *const *calls, size_t count, const PGresult *known);
/* Answers the call with its stored answer. */
void answers_replay(struct call *call);
/* OK if the hash was made of this call under the data key of that number. ABORTED: the id was used
 * for another request, or by a version that had no keys (number 0). UNAVAILABLE: the key was
 * appended so recently that this process has not read it yet. */
enum status answers_compare(struct call *call, const void *hash, size_t size,
                            int key_number) MUST_CHECK;

/* Queues the answers of the calls that were decided now. */
void answers_queue(struct db *db, const void *mem, const char *street, struct call *const *calls,
                   size_t count);
