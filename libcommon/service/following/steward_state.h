/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steward_state.h - what the files of the steward share
 *
 * steward.c is the thread: lead, hints, beats. steward_read.c asks other services for heads and
 * pages, and has pages applied. Nobody else includes this.
 */
#pragma once

#include <pthread.h>

#include "libcommon/base/metrics.h"
#include "libcommon/bus/client.h"
#include "libcommon/service/batch/db_slot.h"
#include "libcommon/service/following/tracks.h"
#include "libcommon/service/method/process.h"

struct steward {
    pthread_t thread;
    const struct process *process;
    struct listener *heard; /* others' hints */
    struct client *client;
    struct db_slot slot;
    bool is_active;
    unsigned led_by; /* slot.opened of the session that has the lead */
    bool gives_way;  /* the pool is there again: the session ends at the next beat */
    struct tracks tracks;
    struct metric *lag[JOURNALS_MAX];
    int64_t beat_due, look_due, touch_due;
    size_t looked;           /* journals whose heads were looked at in this turn */
    bool seen[JOURNALS_MAX]; /* those that answered */
    int64_t looked_ms, unsure_until_ms;
    _Atomic bool stop;
};

/* ---- steward.c ---- */

void steward_set_position(struct steward *steward, struct track *track,
                          struct follower_position position);
void steward_stop_leading(struct steward *steward);
/* Whatever takes long says now and then that this process lives. */
void steward_keep_lead(struct steward *steward);

/* ---- steward_read.c ---- */

/* Looks at the heads of one journal, of all streets: a turn goes round them all, then look_due says
 * when the next begins. */
void steward_look(struct steward *steward);
/* Hints may have been lost: the next turns begin soon. */
void steward_look_soon(struct steward *steward);
/* A page of a street that was woken, a page of the backlog. False: nothing can be read now. */
bool steward_catch_up(struct steward *steward);
