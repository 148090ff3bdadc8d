/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed.c - what followers say and what they hear for it, and the passing of time
 *
 *   feed_hear -> within its rate? known? -> a word of `words` -> feed_say: the answer
 *   feed_tick -> who is silent, stuck or lagging -> forgotten, or told
 *
 * What feed.h declares but feed_publish (feed_publish.c). Frames are the caller's; followers and
 * what they follow hang off the feed. Nothing fails: a refusal is an answer, and returned for the
 * log.
 */
#include "services/broker/feed/feed_state.h"

static const struct bucket_rate asks = {.per_second = 50, .burst = 200}; /* of a certificate */

struct feed *feed_create(const void *parent, const struct feed_surroundings *around, int64_t now_ms)
{
    struct feed *feed = mem_new(parent, struct feed);

    feed->around = *around;
    feed->now_ms = feed->tick_ms = now_ms;
    feed->held.limit = FEED_HELD_MAX;
    return feed;
}

void feed_destroy(struct feed **ref)
{
    struct feed *feed = *ref;
    uint64_t ignored;

    if (!feed)
        return;
    while (feed->by_heard)
        follower_forget(feed, feed->by_heard, &ignored);
    HASH_CLEAR(hh, feed->holders);
    HASH_CLEAR(hh, feed->beats);
    talloc_free(feed);
    *ref = NULL;
}

void feed_time(struct feed *feed, int64_t now_ms)
{
    if (now_ms > feed->now_ms)
        feed->now_ms = now_ms;
}

/* ---- what is said ---- */

bool feed_say(struct feed *feed, uint32_t peer, enum feed_word word,
              const struct feed_message *about, const void *body, size_t size)
{
    struct follower *follower = follower_find(feed, peer);
    zmq_msg_t frame;

    feed_write(&frame, word, about ? about->topic : NULL, about ? about->topic_size : 0, body,
               size);
    if (follower)
        return queue_put(feed, follower, &frame);
    enum feed_sent sent = feed->around.send(feed->around.context, peer, &frame);
    zmq_msg_close(&frame);
    return sent == FEED_SENT;
}

enum refusal feed_refuse(struct feed *feed, uint32_t peer, const struct feed_message *about,
                         enum refusal refusal, int64_t retry_ms)
{
    ProtobufCBinaryData header = refusal_pack(feed, refusal, "", retry_ms);

    feed_say(feed, peer, FEED_REFUSED, about, header.data, header.len);
    talloc_free(header.data);
    return refusal;
}

/* ---- what is heard ---- */

struct hearing {
    uint32_t peer;
    struct holder *holder;
    struct follower *follower; /* NULL: none yet */
    struct feed_message message;
};

/* Each answers, and returns what was refused. */
static enum refusal hear_follow(struct feed *feed, struct hearing *hearing)
{
    const struct feed_message *message = &hearing->message;
    enum refusal refusal = interest_check(feed, hearing->holder, hearing->follower, message);

    if (refusal != REFUSAL_NONE) {
        feed->counters.follows_refused++;
        return feed_refuse(feed, hearing->peer, message, refusal, 0);
    }
    if (!hearing->follower)
        hearing->follower = follower_add(feed, hearing->peer, hearing->holder);
    interest_add(feed, hearing->follower, message);
    feed->counters.follows++;
    feed->around.want(feed->around.context, message->topic, message->topic_size);
    const struct beat *beat = beat_find(feed, message->topic, message->topic_size);
    feed_say(feed, hearing->peer, FEED_FOLLOWED, message, beat ? beat->body : NULL,
             beat ? beat->size : 0);
    return REFUSAL_NONE;
}

static enum refusal hear_unfollow(struct feed *feed, struct hearing *hearing)
{
    const struct feed_message *message = &hearing->message;
    struct interest *interest =
        interest_find(hearing->follower, message->topic, message->topic_size);

    if (interest)
        interest_drop(feed, interest);
    if (hearing->follower && !hearing->follower->interests)
        follower_forget(feed, hearing->follower, &feed->counters.followers_left);
    feed_say(feed, hearing->peer, FEED_UNFOLLOWED, message, NULL, 0);
    return REFUSAL_NONE;
}

static enum refusal hear_ping(struct feed *feed, struct hearing *hearing)
{
    if (!hearing->follower) {
        feed->counters.followers_unknown++;
        return feed_refuse(feed, hearing->peer, NULL, REFUSAL_FOLLOW_UNKNOWN, 0);
    }
    feed_say(feed, hearing->peer, FEED_PONG, NULL, NULL, 0);
    return REFUSAL_NONE;
}

static enum refusal (*const words[])(struct feed *, struct hearing *) = {
    [FEED_FOLLOW] = hear_follow,
    [FEED_UNFOLLOW] = hear_unfollow,
    [FEED_PING] = hear_ping,
};

/* Told once in a while: answering each of them is what the limit is against. */
static enum refusal hear_too_much(struct feed *feed, const struct hearing *hearing, int64_t wait_ms)
{
    struct holder *holder = hearing->holder;

    feed->counters.followers_limited++;
    if (feed->now_ms >= holder->refuse_ms) {
        holder->refuse_ms = feed->now_ms + FEED_REFUSE_MS;
        feed_refuse(feed, hearing->peer, &hearing->message, REFUSAL_FOLLOW_RATE, wait_ms);
    }
    return REFUSAL_FOLLOW_RATE;
}

static enum refusal hear(struct feed *feed, struct hearing *hearing, bool is_read, bool is_known)
{
    enum feed_word word = hearing->message.word;
    int64_t wait_ms = 0;

    if (!bucket_take(&hearing->holder->asks, &asks, feed->now_ms * 1000, &wait_ms))
        return hear_too_much(feed, hearing, wait_ms);
    if (!is_known)
        return feed_refuse(feed, hearing->peer, &hearing->message, REFUSAL_FOLLOW_REVOKED, 0);
    if (is_read && word < sizeof words / sizeof *words && words[word])
        return words[word](feed, hearing);
    feed->counters.follower_noise++;
    return feed_refuse(feed, hearing->peer, NULL, REFUSAL_FOLLOW_FORM, 0);
}

enum refusal feed_hear(struct feed *feed, uint32_t peer, zmq_msg_t *frame,
                       const struct certificate *from, int64_t now_ms)
{
    struct hearing hearing = {.peer = peer};
    bool is_read = false;

    feed_time(feed, now_ms);
    if (frame)
        is_read = feed_read(zmq_msg_data(frame), zmq_msg_size(frame), &hearing.message);
    if (!is_read)
        hearing.message = (struct feed_message){0};
    hearing.holder = holder_open(feed, from);
    hearing.follower = follower_find(feed, peer);
    if (hearing.follower && hearing.follower->holder != hearing.holder) {
        /* Its certificate is gone, or it is somebody else by now. */
        follower_forget(feed, hearing.follower, &feed->counters.followers_revoked);
        hearing.follower = NULL;
    }
    if (hearing.follower) {
        follower_heard(feed, hearing.follower); /* too many words are words, too */
        if (hearing.follower->lost > 0)         /* or answers would take its place for ever */
            follower_tell_lag(feed, hearing.follower);
    }
    enum refusal refusal = hear(feed, &hearing, is_read, from);
    followers_bury(feed);
    return refusal;
}

/* ---- what passes ---- */

void feed_gone(struct feed *feed, uint32_t peer)
{
    follower_lose(feed, peer);
    followers_bury(feed);
}

void feed_revoke(struct feed *feed)
{
    struct holder *holder, *next;

    HASH_ITER(hh, feed->holders, holder, next)
    {
        if (!feed->around.holds(feed->around.context, &holder->certificate))
            holder_revoke(feed, holder);
    }
}

static bool is_stuck(const struct feed *feed, const struct follower *follower)
{
    return !follower->is_gone && feed->now_ms - follower->took_ms >= FEED_STUCK_MS;
}

static void tell_lags(struct feed *feed)
{
    struct follower *follower, *next;

    DL_FOREACH_SAFE2(feed->lagging, follower, next, lag_next)
    {
        if (!follower->is_gone && !follower_tell_lag(feed, follower) && is_stuck(feed, follower))
            follower_forget(feed, follower, &feed->counters.followers_stuck);
    }
    DL_FOREACH_SAFE2(feed->behind, follower, next, behind_next)
    {
        if (is_stuck(feed, follower))
            follower_forget(feed, follower, &feed->counters.followers_stuck);
    }
    followers_bury(feed);
}

void feed_tick(struct feed *feed, int64_t now_ms)
{
    int64_t last_ms = feed->tick_ms;

    feed_time(feed, now_ms);
    feed->tick_ms = feed->now_ms;
    if (feed->tick_ms - last_ms > FEED_PAUSE_MS)
        followers_forgive(feed, feed->tick_ms - last_ms);
    followers_lapse(feed);
    feed_retry(feed);
    tell_lags(feed);
    beats_expire(feed);
    if (feed->tick_ms / FEED_REFUSE_MS != last_ms / FEED_REFUSE_MS) {
        followers_sweep(feed);
        holders_sweep(feed);
    }
}

const struct feed_counters *feed_counters(const struct feed *feed)
{
    return &feed->counters;
}

struct feed_load feed_load(const struct feed *feed)
{
    return (struct feed_load){
        .followers = HASH_COUNT(feed->followers),
        .prefixes = feed->prefixes,
        .held = held_bytes(&feed->held),
    };
}
