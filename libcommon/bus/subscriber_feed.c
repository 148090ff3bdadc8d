/* SPDX-License-Identifier: Apache-2.0 */
/* subscriber_feed.c - what comes live: events, heartbeats, and brokers that do not let us follow */
#include "libcommon/bus/subscriber_state.h"

#include <stdio.h>
#include <string.h>

#include "journal_live.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

/* False: it is none. */
static bool read_heartbeat(const struct feed_message *message, struct point *ret_head,
                           char ret_incarnation[static ID_CHARS + 1])
{
    void *memory = mem_check(talloc_new(NULL));
    struct violations violations = {0};
    ProtobufCMessage *heartbeat;
    bool read = wire_unpack(memory, &journal__heartbeat__descriptor, message->body,
                            message->body_size, &violations, &heartbeat) == STATUS_OK;

    if (read) {
        const Journal__Heartbeat *from = (const Journal__Heartbeat *)heartbeat;

        *ret_head = point_at(from->head, from->event_id);
        snprintf(ret_incarnation, ID_CHARS + 1, "%s", from->incarnation);
    }
    talloc_free(memory);
    return read;
}

static void take_head(struct subscriber *subscriber, struct track *track, const struct point *head)
{
    if (track->last.seq < 0 && !subscriber->cursor)
        track_start_at(track, head);
    if (head->seq > track->head)
        track->head = head->seq;
    if (point_contradicts(head, &track->last))
        track->in_doubt = true;
}

/* From a restore on it is another one, and the journal may not have what we read of it. */
static void take_incarnation(struct track *track, const char *incarnation)
{
    if (track->knows_incarnation && strcmp(track->incarnation, incarnation) != 0)
        track->in_doubt = true;
    track->knows_incarnation = true;
    snprintf(track->incarnation, sizeof track->incarnation, "%s", incarnation);
}

static void take_heartbeat(struct subscriber *subscriber, struct track *track,
                           const struct feed_message *message)
{
    char incarnation[ID_CHARS + 1];
    struct point head;

    if (!read_heartbeat(message, &head, incarnation))
        return;
    track->beat_ms = clock_monotonic_ms();
    track->unsure = false;
    take_head(subscriber, track, &head);
    take_incarnation(track, incarnation);
}

/* The heartbeat may be as old as the broker's memory: it tells how far the journal is at least, and
 * not that this is all. */
static void take_followed(struct subscriber *subscriber, struct track *track,
                          const struct feed_message *message)
{
    char incarnation[ID_CHARS + 1];
    struct point head;

    if (message->body_size > 0 && read_heartbeat(message, &head, incarnation))
        take_head(subscriber, track, &head);
    else
        track->unsure = true;
}

static bool is_under(const struct feed_message *message, const struct track *track)
{
    size_t prefix = strlen(track->topic);

    return message->topic_size >= prefix && memcmp(message->topic, track->topic, prefix) == 0;
}

/* The bare topic of a track is its heartbeat. */
static void take_published(struct subscriber *subscriber, struct track *track,
                           struct listener_news *news)
{
    if (news->message.topic_size == strlen(track->topic))
        take_heartbeat(subscriber, track, &news->message);
    else
        track_add_live(subscriber, track, news);
}

static void take(struct subscriber *subscriber, struct listener_news *news)
{
    for (size_t i = 0; i < subscriber->n_tracks; i++) {
        struct track *track = &subscriber->track[i];

        if (news->message.word == FEED_LAGGED) {
            track->unsure = true;
        } else if (is_under(&news->message, track)) {
            if (news->message.word == FEED_FOLLOWED)
                take_followed(subscriber, track, &news->message);
            else
                take_published(subscriber, track, news);
            return;
        }
    }
}

/* What passes is only slower: the journal is read meanwhile. */
static void take_status(struct subscriber *subscriber)
{
    enum status status = listener_status(subscriber->listener);

    if (status == STATUS_OK)
        subscriber->feed_refused = false;
    if (status == STATUS_OK || status == STATUS_NOT_FOUND || trouble_passes(status) ||
        subscriber->feed_refused || subscriber->failure == STATUS_ABORTED)
        return;
    subscriber->feed_refused = true;
    subscriber->failure = status;
}

void feed_drain(struct subscriber *subscriber)
{
    struct listener_news news;

    while (listener_next(subscriber->listener, &news)) {
        take(subscriber, &news);
        zmq_msg_close(&news.frame);
    }
    take_status(subscriber);
}
