/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follower.h - applies the events of other journals to this service's tables, by the rows of
 * follow.h
 *
 * Each event of interest is a call of the service itself, many a batch; each call moves the
 * position from where the one before left it, so after a failure the rest of the batch falls away
 * and nothing is applied out of order or twice. Runs in the steward's thread.
 */
#pragma once

#include "journal_cloud_event.pb-c.h"
#include "libcommon/service/batch/db_slot.h"
#include "libcommon/service/following/followers.h"

/* Makes ready what the service follows (followers.h); call once, after methods_start. */
void follower_start(const struct service *service);

/* How far one street's copy of one journal is. */
struct follower_position {
    int64_t seq, reached; /* seq < reached: made anew, so reactions are not repeated */
};

/* Applies the next events of a street: `events` follow position->seq in order. Moves *position
 * behind what was applied.
 *   OK           all of them
 *   UNAVAILABLE  the database did not take it; later
 *   ABORTED      the position in the database is another one: read it again
 *   NOT_FOUND    the street is not known here (yet) */
enum status follower_apply(struct db_slot *slot, const char *street, size_t source,
                           Journal__CloudEvent *const *events, size_t count,
                           struct follower_position *position) MUST_CHECK;
