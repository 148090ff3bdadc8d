/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed_beat.c - the last heartbeat of each journal, for those who come between two
 *
 * One that is older than FEED_BEAT_MS is no sign of life any more, so only journals that beat now
 * are remembered.
 */
#include <assert.h>
#include <string.h>

#include "services/broker/feed/feed_state.h"

static void forget(struct feed *feed, struct beat *beat)
{
    assert(feed->beats); /* it is in there */
    HASH_DEL(feed->beats, beat);
    DL_DELETE(feed->by_beat, beat);
    talloc_free(beat);
}

static struct beat *find(const struct feed *feed, const char *topic, size_t size)
{
    struct beat *beat = NULL;

    if (size > 0)
        HASH_FIND(hh, feed->beats, topic, size, beat);
    return beat;
}

const struct beat *beat_find(const struct feed *feed, const char *topic, size_t size)
{
    const struct beat *beat = find(feed, topic, size);

    return beat && feed->now_ms - beat->heard_ms < FEED_BEAT_MS ? beat : NULL;
}

static struct beat *add(struct feed *feed, const struct feed_message *heartbeat)
{
    struct beat *beat;

    if (HASH_COUNT(feed->beats) >= FEED_BEATS_MAX)
        return NULL;
    beat = mem_bytes(feed, sizeof *beat + heartbeat->topic_size);
    memset(beat, 0, sizeof *beat);
    beat->topic_size = heartbeat->topic_size;
    memcpy(beat->topic, heartbeat->topic, heartbeat->topic_size);
    HASH_ADD(hh, feed->beats, topic, beat->topic_size, beat);
    DL_APPEND(feed->by_beat, beat);
    return beat;
}

void beat_remember(struct feed *feed, const struct feed_message *heartbeat)
{
    struct beat *beat = find(feed, heartbeat->topic, heartbeat->topic_size);

    if (heartbeat->body_size > FEED_BEAT_BYTES)
        return;
    beat = beat ? beat : add(feed, heartbeat);
    if (!beat)
        return;
    memcpy(beat->body, heartbeat->body, heartbeat->body_size);
    beat->size = heartbeat->body_size;
    beat->heard_ms = feed->now_ms;
    DL_DELETE(feed->by_beat, beat);
    DL_APPEND(feed->by_beat, beat);
}

void beats_expire(struct feed *feed)
{
    while (feed->by_beat && feed->now_ms - feed->by_beat->heard_ms >= FEED_BEAT_MS)
        forget(feed, feed->by_beat);
}
