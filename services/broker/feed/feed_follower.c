/* SPDX-License-Identifier: Apache-2.0 */
/* feed_follower.c - connections that follow something: they come, are heard, fall silent, leave */
#include "services/broker/feed/feed_state.h"

struct follower *follower_find(const struct feed *feed, uint32_t peer)
{
    struct follower *follower;

    HASH_FIND(hh, feed->followers, &peer, sizeof peer, follower);
    return follower;
}

struct follower *follower_add(struct feed *feed, uint32_t peer, struct holder *holder)
{
    struct follower *follower = mem_new(feed, struct follower);

    follower->peer = peer;
    follower->holder = holder;
    follower->held.limit = FEED_HELD_OF_PEER;
    follower->heard_ms = feed->now_ms;
    follower->took_ms = feed->now_ms;
    HASH_ADD(hh, feed->followers, peer, sizeof follower->peer, follower);
    DL_APPEND(feed->by_heard, follower);
    DL_APPEND2(holder->followers, follower, own_prev, own_next);
    return follower;
}

void follower_heard(struct feed *feed, struct follower *follower)
{
    follower->heard_ms = feed->now_ms;
    DL_DELETE(feed->by_heard, follower);
    DL_APPEND(feed->by_heard, follower);
}

void follower_forget(struct feed *feed, struct follower *follower, uint64_t *why)
{
    ++*why;
    while (follower->interests)
        interest_drop(feed, follower->interests);
    queue_drop(feed, follower);
    if (follower->lost > 0)
        DL_DELETE2(feed->lagging, follower, lag_prev, lag_next);
    if (follower->is_gone)
        LL_DELETE2(feed->gone, follower, gone_next);
    DL_DELETE2(follower->holder->followers, follower, own_prev, own_next);
    DL_DELETE(feed->by_heard, follower);
    HASH_DEL(feed->followers, follower);
    DL_APPEND(feed->leaving, follower);
}

void followers_sweep(struct feed *feed)
{
    struct follower *follower, *next;

    DL_FOREACH_SAFE(feed->leaving, follower, next)
    {
        if (held_bytes(&follower->held) > 0)
            continue;
        DL_DELETE(feed->leaving, follower);
        talloc_free(follower);
    }
}

void follower_lose(struct feed *feed, uint32_t peer)
{
    struct follower *follower = follower_find(feed, peer);

    if (!follower || follower->is_gone)
        return;
    follower->is_gone = true;
    LL_PREPEND2(feed->gone, follower, gone_next);
}

void followers_bury(struct feed *feed)
{
    while (feed->gone)
        follower_forget(feed, feed->gone, &feed->counters.followers_left);
}

void followers_forgive(struct feed *feed, int64_t pause_ms)
{
    struct follower *follower;

    DL_FOREACH(feed->by_heard, follower)
    {
        follower->heard_ms += pause_ms;
        if (follower->heard_ms > feed->now_ms)
            follower->heard_ms = feed->now_ms;
        follower->took_ms += pause_ms;
    }
}

void followers_lapse(struct feed *feed)
{
    while (feed->by_heard && feed->now_ms - feed->by_heard->heard_ms >= FEED_LAPSE_MS)
        follower_forget(feed, feed->by_heard, &feed->counters.followers_lapsed);
}
