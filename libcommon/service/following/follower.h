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
#include "libcommon/base/id.h"
#include "libcommon/service/batch/db_slot.h"
#include "libcommon/service/following/followers.h"

/* Makes ready what the service follows (followers.h); call once, after methods_start. */
void follower_start(const struct service *service);

/* How far one street's copy of one journal is. */
struct follower_position {
    int64_t seq, reached; /* seq < reached: it is being rebuilt */
    int64_t reacted; /* reactions were done up to here, not before seq: they are not repeated */
    char event_id[ID_CHARS + 1];   /* of the event at seq; "": not known, or seq is 0 */
    char reacted_id[ID_CHARS + 1]; /* of the one at reacted, alike; the table keeps it by itself */
};

/* An event's number; 0: it has none. */
int64_t follower_event_seq(const Journal__CloudEvent *event);

/* Applies the next events of a street: `events` follow position->seq in order. Moves *position
 * behind what was applied.
 *   OK           all of them
 *   UNAVAILABLE  the database did not take it, or a newer version has made the next one; later
 *   ABORTED      the position in the database is another one: read it again
 *   NOT_FOUND    the street is not known here (yet) */
enum status follower_apply(struct db_slot *slot, const char *street, size_t source,
                           Journal__CloudEvent *const *events, size_t count,
                           struct follower_position *position) MUST_CHECK;

/* The journal is of another history than `position`: it was restored, apart from this service's
 * tables. The copies are deleted and rebuilt up to its `head`; reactions were done up to `common`,
 * as far as the two histories are one. As follower_apply. */
enum status follower_start_over(struct db_slot *slot, const char *street, size_t source,
                                int64_t head, int64_t common,
                                struct follower_position *position) MUST_CHECK;
/* The journal ends at *position, though it reached farther before it was restored: so the copies
 * are whole. As follower_apply. */
enum status follower_end_here(struct db_slot *slot, const char *street, size_t source,
                              struct follower_position *position) MUST_CHECK;
