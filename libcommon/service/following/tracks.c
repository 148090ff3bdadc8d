/* SPDX-License-Identifier: Apache-2.0 */
/* tracks.c - where the steward is in each journal, and which it reads next: the state is the
 * list */
#include "libcommon/service/following/tracks.h"

#include <stdio.h>
#include <utlist.h>

#include "libcommon/base/mem.h"

static struct track *look_up(const struct tracks *tracks, const char *street, size_t source)
{
    char key[sizeof tracks->all->key];
    struct track *track;

    snprintf(key, sizeof key, "%zu/%s", source, street);
    HASH_FIND_STR(tracks->all, key, track);
    return track;
}

struct track *tracks_find(struct tracks *tracks, const char *street, size_t source)
{
    struct track *track = look_up(tracks, street, source);

    if (!track) {
        track = mem_new(tracks->parent, struct track);
        snprintf(track->key, sizeof track->key, "%zu/%s", source, street);
        snprintf(track->street, sizeof track->street, "%s", street);
        track->source = source;
        HASH_ADD_STR(tracks->all, key, track);
    }
    return track;
}

void tracks_forget(struct tracks *tracks)
{
    struct track *track, *next;

    HASH_ITER(hh, tracks->all, track, next)
    {
        HASH_DEL(tracks->all, track);
        talloc_free(track);
    }
    tracks->list[BACKLOG] = tracks->list[WOKEN] = NULL;
}

/* ---- lists ---- */

/* The only one that moves a track, always to the end. */
static void move(struct tracks *tracks, struct track *track, enum track_list list)
{
    if (track->list != UP_TO_DATE)
        DL_DELETE(tracks->list[track->list], track);
    if (list != UP_TO_DATE)
        DL_APPEND(tracks->list[list], track);
    track->list = list;
}

/* Copies that are rebuilt are not whole before the journal said that it has no more for them. */
static bool is_behind(const struct track *track)
{
    return track->position.seq < track->head || track->position.seq < track->position.reached ||
           track->in_doubt;
}

/* It is in this list or a better one if it is behind, and in none if it is not. */
static void place(struct tracks *tracks, struct track *track, enum track_list list)
{
    if (!is_behind(track))
        move(tracks, track, UP_TO_DATE);
    else if (track->list < list)
        move(tracks, track, list);
}

void tracks_tell(struct tracks *tracks, struct track *track, const struct point *head,
                 enum track_list list)
{
    const struct point here = point_at(track->position.seq, track->position.event_id);
    bool ends_before = list == BACKLOG && head->seq < here.seq;

    track->head = head->seq > track->head ? head->seq : track->head;
    track->in_doubt = track->in_doubt || ends_before || point_contradicts(&here, head);
    place(tracks, track, list);
}

void tracks_set_position(struct tracks *tracks, struct track *track,
                         struct follower_position position)
{
    track->position = position;
    track->in_doubt = false;
    place(tracks, track, BACKLOG);
}

void tracks_set_end(struct tracks *tracks, struct track *track)
{
    track->head = track->position.seq;
    track->in_doubt = false;
    place(tracks, track, UP_TO_DATE);
}

/* ---- whose turn it is ---- */

/* Is another journal's copy of this street being rebuilt? */
static bool waits_for_copies(const struct tracks *tracks, const struct track *track)
{
    if (track->position.seq < track->position.reached)
        return false; /* it is one of them */
    for (size_t source = 0; source < tracks->sources; source++) {
        const struct track *other = look_up(tracks, track->street, source);
        if (other && other->position.seq < other->position.reached)
            return true;
    }
    return false;
}

/* Only the registry's journal, the first one, makes a street known. */
static bool is_known(const struct tracks *tracks, const struct track *track)
{
    const struct track *registry = look_up(tracks, track->street, 0);

    return track->source == 0 || (registry && registry->position.seq > 0);
}

static bool can_be_read(const struct tracks *tracks, const struct track *track, int64_t now_ms)
{
    return now_ms >= track->away_until_ms && now_ms >= tracks->away_until_ms[track->source] &&
           is_known(tracks, track) && !waits_for_copies(tracks, track);
}

struct track *tracks_take(struct tracks *tracks, enum track_list list, int64_t now_ms)
{
    struct track *first = tracks->list[list], *track = first;

    while (track && !can_be_read(tracks, track, now_ms)) {
        move(tracks, track, list);
        track = tracks->list[list] == first ? NULL : tracks->list[list];
    }
    if (track)
        move(tracks, track, UP_TO_DATE);
    return track;
}

void tracks_put_back(struct tracks *tracks, struct track *track)
{
    place(tracks, track, BACKLOG);
}

int64_t tracks_lag(const struct tracks *tracks, size_t source)
{
    int64_t lag = 0;

    for (const struct track *track = tracks->all; track; track = track->hh.next)
        if (track->source == source && track->head > track->position.seq)
            lag += track->head - track->position.seq;
    return lag;
}
