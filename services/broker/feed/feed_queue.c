/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed_queue.c - what waits for a follower behind the few messages that libzmq takes
 *
 * A burst is longer than libzmq's own queue may be, which counts messages where memory is bytes; so
 * the rest waits here, in order, and libzmq is asked again soon. Bytes of events count in their
 * accounts wherever they wait.
 */
#include "services/broker/feed/feed_state.h"

struct waiting {
    struct waiting *prev, *next;
    zmq_msg_t frame;
};

static bool has_room(const struct feed *feed, const struct follower *follower)
{
    return follower->n_waiting < feed->around.waiting_max && feed->n_waiting < FEED_WAITING_MAX;
}

static void append(struct feed *feed, struct follower *follower, zmq_msg_t *frame)
{
    struct waiting *waiting = mem_new(follower, struct waiting);

    zmq_msg_init(&waiting->frame);
    zmq_msg_move(&waiting->frame, frame);
    if (!follower->waiting)
        DL_APPEND2(feed->behind, follower, behind_prev, behind_next);
    DL_APPEND(follower->waiting, waiting);
    follower->n_waiting++;
    feed->n_waiting++;
}

static void drop_first(struct feed *feed, struct follower *follower)
{
    struct waiting *waiting = follower->waiting;

    DL_DELETE(follower->waiting, waiting);
    zmq_msg_close(&waiting->frame);
    talloc_free(waiting);
    follower->n_waiting--;
    feed->n_waiting--;
    if (!follower->waiting)
        DL_DELETE2(feed->behind, follower, behind_prev, behind_next);
}

void queue_drop(struct feed *feed, struct follower *follower)
{
    while (follower->waiting)
        drop_first(feed, follower);
}

static enum feed_sent send_now(struct feed *feed, struct follower *follower, zmq_msg_t *frame)
{
    enum feed_sent sent = feed->around.send(feed->around.context, follower->peer, frame);

    if (sent == FEED_SENT)
        follower->took_ms = feed->now_ms;
    if (sent == FEED_GONE)
        follower_lose(feed, follower->peer);
    return sent;
}

bool queue_put(struct feed *feed, struct follower *follower, zmq_msg_t *frame)
{
    bool is_done = true;

    if (!follower->waiting && follower->lost == 0)
        follower->took_ms = feed->now_ms; /* so far it took all there was */
    if (follower->waiting || send_now(feed, follower, frame) == FEED_FULL) {
        is_done = has_room(feed, follower);
        if (is_done)
            append(feed, follower, frame);
    }
    zmq_msg_close(frame);
    return is_done;
}

bool feed_retry(struct feed *feed)
{
    struct follower *follower, *next;

    DL_FOREACH_SAFE2(feed->behind, follower, next, behind_next)
    {
        while (follower->waiting && !follower->is_gone &&
               send_now(feed, follower, &follower->waiting->frame) == FEED_SENT)
            drop_first(feed, follower);
    }
    followers_bury(feed);
    return feed->behind;
}
