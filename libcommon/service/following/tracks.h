/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tracks.h - where the steward is in each street's copy of each journal, and which it reads next
 *
 *   a hint names it                             -> WOKEN    \  a page of each     -> still behind: BACKLOG
 *   heads, a start or a rebuild show it behind  -> BACKLOG  /  queue in turn      -> else: UP_TO_DATE
 *
 * So what happens now waits for no backlog, and what is woken all the time takes half of the turns
 * at most. A track that cannot be read now lets the others of its list go first: its service is
 * away, the registry's journal did not make the street known yet, or another journal's copies of
 * the street, which its reactions look at, are being rebuilt.
 *
 * No clock, no socket, no database. One thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "libcommon/base/point.h"
#include "libcommon/service/following/follower.h"

/* Which list a track is in; a greater one is the better place. */
enum track_list { UP_TO_DATE, BACKLOG, WOKEN, TRACK_LISTS };

/* One street of one journal. */
struct track {
    char key[80]; /* "0/xiasha" */
    char street[64];
    size_t source; /* of followers_source */
    struct follower_position position;
    int64_t head;          /* as far as we were told; position.seq < head: behind */
    bool in_doubt;         /* the journal may be of another history: it is read to know that */
    int64_t away_until_ms; /* it could not be read or applied */
    uint32_t page_events;  /* that were asked for last; 0: none yet */
    enum track_list list;
    struct track *prev, *next; /* in it */
    UT_hash_handle hh;
};

struct tracks {
    const void *parent;
    size_t sources;
    struct track *all;                   /* by key */
    struct track *list[TRACK_LISTS];     /* first come, first served; none is kept for UP_TO_DATE */
    int64_t away_until_ms[JOURNALS_MAX]; /* the service whose journal it is does not answer */
};

/* Of a street that was never heard of: a new one, up to date at 0. */
struct track *tracks_find(struct tracks *tracks, const char *street, size_t source);
void tracks_forget(struct tracks *tracks);

/* Somebody says that the journal goes at least so far, by a hint (WOKEN), or that this is its
 * end, by a look (BACKLOG). A position that has another id, or is beyond the end, is in doubt
 * until tracks_set_position or tracks_set_end. */
void tracks_tell(struct tracks *tracks, struct track *track, const struct point *head,
                 enum track_list list);
/* The copy is here now: behind is backlog, unless it was woken. */
void tracks_set_position(struct tracks *tracks, struct track *track,
                         struct follower_position position);
/* There is nothing behind its position, whatever was said. */
void tracks_set_end(struct tracks *tracks, struct track *track);

/* Takes the next one that can be read out of its queue, NULL if there is none. Whatever comes of
 * it, tracks_put_back. */
struct track *tracks_take(struct tracks *tracks, enum track_list list, int64_t now_ms);
void tracks_put_back(struct tracks *tracks, struct track *track);

/* Events of this journal that are not applied yet, of all streets. */
int64_t tracks_lag(const struct tracks *tracks, size_t source);
