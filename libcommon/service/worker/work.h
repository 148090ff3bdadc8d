/* SPDX-License-Identifier: Apache-2.0 */
/*
 * work.h - what waits between the bus thread and the work threads
 *
 * Commands queue per street and leave as batches: whatever came for a street while its last batch
 * ran is its next one, and no two threads of this process have one street. Queries of all streets
 * leave together. Streets and queries take turns; so do streets among queries, and in each street
 * its callers: who sends much waits for himself. What one caller sent for a street keeps its order.
 */
#pragma once

#include <stdbool.h>

#include "libcommon/service/batch/batch.h"

struct work;

struct work_batch {
    struct call *calls[BATCH_MAX];
    size_t count;
    bool queries;
    struct street_queue *street; /* of commands */
};

struct work *work_new(const void *parent);

/* ---- bus thread ---- */
void work_push(struct work *work, struct call *call); /* until work_wake nobody may notice */
/* Once for all that came together: woken by the first, a thread would take it alone and the others
 * as smaller batches, at a round trip each. */
void work_wake(struct work *work);
int work_fd(const struct work *work);         /* readable when something is finished */
struct call *work_collect(struct work *work); /* finished calls, linked by next; NULL if none */
int work_available(struct work *work);        /* work threads that have a database */
/* Finishes what waits as UNAVAILABLE by this rule. */
void work_refuse_queued(struct work *work, const char *rule, const char *why);
void work_stop(struct work *work); /* makes work_take return false permanently */

/* ---- work threads ---- */
/* Waits up to a second. False: stop. A batch of count 0: nothing came. */
bool work_take(struct work *work, struct work_batch *ret);
void work_finish(struct work *work, struct work_batch *batch);
void work_offer(struct work *work, int threads); /* +1: this thread has a database, -1: no more */
bool work_wait_stopped(struct work *work, int wait_ms); /* true at once when stopped, else waits */
