/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed_publish.c - a publication: may its sender say that, and who gets it
 *
 * All followers get the same buffer. For whom no more may wait, by number or by bytes, loses it,
 * alone, and is told how many it lost before the next one; that is tried at each tick as well.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "services/broker/feed/feed_state.h"
#include "services/broker/feed/topic.h"

static void set_lost(struct feed *feed, struct follower *follower, uint64_t lost)
{
    if (follower->lost == 0 && lost > 0)
        DL_APPEND2(feed->lagging, follower, lag_prev, lag_next);
    if (follower->lost > 0 && lost == 0)
        DL_DELETE2(feed->lagging, follower, lag_prev, lag_next);
    follower->lost = lost;
}

static void lose_event(struct feed *feed, struct follower *follower)
{
    feed->counters.events_lost++;
    if (!follower->waiting && follower->lost == 0)
        follower->took_ms = feed->now_ms; /* so far it took all there was */
    set_lost(feed, follower, follower->lost + 1);
}

bool follower_tell_lag(struct feed *feed, struct follower *follower)
{
    char number[24];
    int size = snprintf(number, sizeof number, "%" PRIu64, follower->lost);

    if (!feed_say(feed, follower->peer, FEED_LAGGED, NULL, number, (size_t)size))
        return false;
    feed->counters.lags_told++;
    set_lost(feed, follower, 0);
    return true;
}

/* Whether libzmq may hold as much more for this follower. */
static bool fits(const struct feed *feed, const struct follower *follower, size_t size)
{
    int64_t more = (int64_t)size;

    return held_has_room(&follower->held, more) && held_has_room(&follower->holder->held, more) &&
           (held_has_room(&feed->held, 0) || held_bytes(&follower->held) <= FEED_HELD_ANYWAY);
}

static void deliver(struct feed *feed, struct follower *follower, zmq_msg_t *frame)
{
    zmq_msg_t copy;

    if (!fits(feed, follower, zmq_msg_size(frame)) ||
        (follower->lost > 0 && !follower_tell_lag(feed, follower))) {
        lose_event(feed, follower);
        return;
    }
    zmq_msg_init(&copy);
    zmq_msg_copy(&copy, frame);
    held_frame(&copy, &follower->held, &follower->holder->held);
    if (queue_put(feed, follower, &copy))
        feed->counters.events_delivered++;
    else
        lose_event(feed, follower);
}

/* Once to each follower, however many of its prefixes match. */
static void deliver_along(struct feed *feed, const struct branch *branch,
                          const struct feed_message *publication, zmq_msg_t *frame)
{
    struct interest *interest;

    if (!branch)
        return;
    DL_FOREACH(branch->interests, interest)
    {
        struct follower *follower = interest->follower;

        if (follower->publication == feed->publication || follower->is_gone ||
            !interest_matches(interest, publication))
            continue;
        follower->publication = feed->publication;
        deliver(feed, follower, frame);
    }
}

/* A foreign worker's publications are limited, by number and by size. */
static bool is_too_much(struct feed *feed, const struct certificate *from, size_t size)
{
    static const struct bucket_rate rate = {.per_second = 200, .burst = 1000};
    struct holder *holder;

    if (from->role != BUS__ROLE__ROLE_WORKER)
        return false;
    holder = holder_open(feed, from);
    for (size_t tokens = 1 + size / FEED_TOKEN; tokens > 0; tokens--)
        if (!bucket_take(&holder->publishes, &rate, feed->now_ms * 1000, NULL))
            return true;
    return false;
}

static enum feed_verdict judge(struct feed *feed, zmq_msg_t *frame, const struct certificate *from)
{
    struct feed_message read;

    if (is_too_much(feed, from, zmq_msg_size(frame)))
        return FEED_TOO_MANY;
    if (!feed_read(zmq_msg_data(frame), zmq_msg_size(frame), &read) || read.word != FEED_PUBLISHED)
        return FEED_NOT_ITS_OWN;
    if (topic_is_hello(from, read.topic, read.topic_size))
        return FEED_HELLO;
    return topic_may_publish(from, read.topic, read.topic_size) ? FEED_PASSED : FEED_NOT_ITS_OWN;
}

static void pass_on(struct feed *feed, zmq_msg_t *frame)
{
    struct feed_message publication;

    held_frame(frame, &feed->held, NULL); /* first: a small one's bytes move with it */
    bool good = feed_read(zmq_msg_data(frame), zmq_msg_size(frame), &publication);
    assert(good && publication.topic_size > 0); /* it was judged */
    const struct branch *branch = branch_of(feed, publication.topic, publication.topic_size);

    if (publication.topic[publication.topic_size - 1] == '/')
        beat_remember(feed, &publication);
    feed->publication++;
    deliver_along(feed, branch, &publication, frame);
    deliver_along(feed, feed->root, &publication, frame);
    followers_bury(feed);
}

enum feed_verdict feed_publish(struct feed *feed, zmq_msg_t *frame, const struct certificate *from,
                               int64_t now_ms)
{
    uint64_t *const counters[] = {
        [FEED_PASSED] = &feed->counters.events,
        [FEED_HELLO] = &feed->counters.publishers_heard,
        [FEED_NOT_ITS_OWN] = &feed->counters.events_refused,
        [FEED_TOO_MANY] = &feed->counters.events_limited,
    };

    feed_time(feed, now_ms);
    enum feed_verdict verdict = judge(feed, frame, from);
    ++*counters[verdict];
    if (verdict == FEED_PASSED)
        pass_on(feed, frame);
    zmq_msg_close(frame);
    return verdict;
}
