/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed_holder.c - certificates at the event side, and what each may use of it
 *
 * A holder is kept while it follows anything, while libzmq holds bytes of its events and while its
 * buckets fill: leaving and coming back makes no limit new.
 */
#include <string.h>

#include "services/broker/feed/feed_state.h"

static bool is_same(const struct certificate *a, const struct certificate *b)
{
    return a->role == b->role && strcmp(a->name, b->name) == 0 &&
           strcmp(a->streets, b->streets) == 0;
}

static struct holder *add(struct feed *feed, const struct certificate *certificate)
{
    struct holder *holder = mem_new(feed, struct holder);

    if (certificate)
        holder->certificate = *certificate;
    holder->held.limit = FEED_HELD_OF_CERTIFICATE;
    return holder;
}

struct holder *holder_open(struct feed *feed, const struct certificate *certificate)
{
    struct holder *holder;

    if (!certificate) {
        feed->nobody = feed->nobody ? feed->nobody : add(feed, NULL);
        return feed->nobody;
    }
    HASH_FIND_STR(feed->holders, certificate->public_key, holder);
    if (!holder) {
        holder = add(feed, certificate);
        HASH_ADD_STR(feed->holders, certificate.public_key, holder);
    } else if (!is_same(&holder->certificate, certificate)) {
        /* What it followed was granted to another role or for other streets. */
        holder_revoke(feed, holder);
        holder->certificate = *certificate;
    }
    return holder;
}

void holder_revoke(struct feed *feed, struct holder *holder)
{
    while (holder->followers) {
        struct follower *follower = holder->followers;
        struct interest *interest;

        DL_FOREACH2(follower->interests, interest, own_next)
        {
            struct feed_message about = {.topic = interest->text, .topic_size = interest->size};

            feed_refuse(feed, follower->peer, &about, REFUSAL_FOLLOW_REVOKED, 0);
        }
        follower_forget(feed, follower, &feed->counters.followers_revoked);
    }
}

static bool is_over(const struct feed *feed, const struct holder *holder)
{
    int64_t now_us = feed->now_ms * 1000;

    return !holder->followers && held_bytes(&holder->held) == 0 &&
           bucket_is_full(&holder->asks, now_us) && bucket_is_full(&holder->publishes, now_us) &&
           feed->now_ms >= holder->refuse_ms;
}

void holders_sweep(struct feed *feed)
{
    struct holder *holder, *next;

    HASH_ITER(hh, feed->holders, holder, next)
    {
        if (!is_over(feed, holder))
            continue;
        HASH_DEL(feed->holders, holder);
        talloc_free(holder);
    }
}
