/* SPDX-License-Identifier: Apache-2.0 */
/* subscriber_feed.c - the SUB socket at one broker: live events and heartbeats */
#include "libcommon/bus/subscriber_state.h"

#include <string.h>

#include "journal_live.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/dial.h"
#include "libcommon/bus/frames.h"

enum { LIVE_EVENTS_MAX = 10000 /* that a socket holds while nobody asks for events */ };

void feed_open(struct subscriber *subscriber, struct feed *feed)
{
    feed->socket = dial_new(subscriber->zmq_context, ZMQ_SUB, LIVE_EVENTS_MAX, 0, &subscriber->own,
                            subscriber->broker_key);
    for (size_t i = 0; i < subscriber->n_tracks; i++)
        zmq_setsockopt(feed->socket, ZMQ_SUBSCRIBE, subscriber->track[i].topic,
                       strlen(subscriber->track[i].topic));
    (void)dial(feed->socket, feed->endpoint); /* a name that is unknown now: reopened as silent */
    feed->heard_ms = clock_monotonic_ms();
}

static void take_heartbeat(struct subscriber *subscriber, struct track *track, zmq_msg_t *frame,
                           int64_t now)
{
    void *memory = mem_check(talloc_new(subscriber));
    struct violations violations = {0};
    ProtobufCMessage *message;

    if (wire_unpack(memory, &journal__heartbeat__descriptor, zmq_msg_data(frame),
                    zmq_msg_size(frame), &violations, &message) == STATUS_OK) {
        int64_t head = ((const Journal__Heartbeat *)message)->head;

        track->beat_ms = now;
        track->unsure = false;
        if (track->last < 0 && !subscriber->cursor)
            track_start_at(track, head);
        if (head > track->head)
            track->head = head;
    }
    talloc_free(memory);
}

/* [topic, body]; the bare topic of a track is its heartbeat. */
static void take_message(struct subscriber *subscriber, struct frames *frames, int64_t now)
{
    for (size_t i = 0; i < subscriber->n_tracks && frames->count == 2; i++) {
        struct track *track = &subscriber->track[i];
        size_t prefix = strlen(track->topic);

        if (frames_size(frames, 0) < prefix ||
            memcmp(frames_data(frames, 0), track->topic, prefix) != 0)
            continue;
        if (frames_size(frames, 0) == prefix)
            take_heartbeat(subscriber, track, &frames->frame[1], now);
        else
            track_add_live(subscriber, track, &frames->frame[1]);
        return;
    }
}

void feed_drain(struct subscriber *subscriber, struct feed *feed)
{
    int64_t now = clock_monotonic_ms();
    struct frames frames;

    while (frames_recv(feed->socket, &frames)) {
        feed->heard_ms = now;
        take_message(subscriber, &frames, now);
        frames_clear(&frames);
    }
    if (now - feed->heard_ms >= QUIET_MS) {
        zmq_close(feed->socket);
        feed_open(subscriber, feed);
    }
}
