/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - feeds the core of the event side from its two sockets and sends what it says
 *
 * Who sent a message is asked of its certificate as it is now. The event port is a ROUTER that
 * numbers its peers itself (sockets.c), so a routing id is always 00 and four bytes, and nobody can
 * claim another's.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/feed.h"
#include "libcommon/bus/frames.h"
#include "services/broker/feed/feed.h"
#include "services/broker/ports/events.h"
#include "services/broker/ports/gauges.h"
#include "services/broker/ports/wanted.h"

enum { PEER_BYTES = 5 };

struct events {
    void *publishers, *followers; /* sockets */
    struct zap *zap;
    struct ledger *ledger;
    struct feed *feed;
    struct wanted *wanted;
};

/* ---- what the core needs around it ---- */

static enum feed_sent send_to(void *context, uint32_t peer, zmq_msg_t *frame)
{
    const struct events *events = context;
    uint8_t id[PEER_BYTES] = {0};
    uint32_t number = htonl(peer);
    int sent;

    memcpy(id + 1, &number, sizeof number);
    do {
        sent = zmq_send(events->followers, id, sizeof id, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    } while (sent == -1 && errno == EINTR);
    if (sent == -1)
        return errno == EAGAIN ? FEED_FULL : FEED_GONE;
    do { /* of a message whose front it took, a socket takes all */
        sent = zmq_msg_send(frame, events->followers, ZMQ_DONTWAIT);
    } while (sent == -1 && errno == EINTR);
    return sent == -1 ? FEED_GONE : FEED_SENT;
}

static bool holds(void *context, const struct certificate *certificate)
{
    const struct events *events = context;

    return zap_holds(events->zap, certificate);
}

static void want(void *context, const char *prefix, size_t size)
{
    const struct events *events = context;

    wanted_ask(events->wanted, events->publishers, prefix, size);
}

struct events *events_create(const void *parent, struct sockets *sockets, struct ledger *ledger,
                             struct zap *zap)
{
    struct events *events = mem_new(parent, struct events);
    struct feed_surroundings around = {.context = events,
                                       .waiting_max = FEED_WAITING_OF_PEER,
                                       .send = send_to,
                                       .holds = holds,
                                       .want = want};

    events->publishers = sockets->port[PORT_PUBLISH];
    events->followers = sockets->port[PORT_SUBSCRIBE];
    events->zap = zap;
    events->ledger = ledger;
    events->feed = feed_create(events, &around, clock_monotonic_ms());
    events->wanted = wanted_create(events);
    want(events, "?", 1);
    return events;
}

void events_destroy(struct events **events)
{
    if (!*events)
        return;
    feed_destroy(&(*events)->feed);
    TALLOC_FREE(*events);
}

/* ---- publications ---- */

static void judge_publication(struct events *events, struct frames *frames)
{
    struct certificate from;

    if (frames->count != 1) {
        gauges_count(DOOR_too_many_frames);
    } else if (ledger_sender(events->ledger, PORT_PUBLISH, frames, &from) != SENDER_KNOWN) {
        gauges_count(DOOR_nameless);
    } else if (feed_publish(events->feed, &frames->frame[0], &from, clock_monotonic_ms()) ==
               FEED_NOT_ITS_OWN) {
        log_warning("publication_refused", "name=%s role=%s", from.name, role_name(from.role));
    }
    frames_clear(frames);
}

int events_publish(struct events *events, int most)
{
    struct frames frames = {0};
    int taken = 0;

    for (; taken < most && frames_recv(events->publishers, &frames); taken++)
        judge_publication(events, &frames);
    return taken;
}

/* ---- followers ---- */

static void log_refusal(const struct certificate *from, zmq_msg_t *frame, enum refusal refusal)
{
    struct feed_message message;
    char prefix[FEED_TOPIC_MAX + 1] = "";

    if (frame && feed_read(zmq_msg_data(frame), zmq_msg_size(frame), &message))
        memcpy(prefix, message.topic, message.topic_size);
    log_warning("follow_refused", "name=%s role=%s prefix=%s rule=%s", from ? from->name : "",
                role_name(from ? from->role : BUS__ROLE__ROLE_UNSPECIFIED), LOG_QUOTED(prefix),
                refusal_rule(refusal));
}

/* Of a routing id. */
static uint32_t number_of(const uint8_t id[static PEER_BYTES])
{
    uint32_t number;

    memcpy(&number, id + 1, sizeof number);
    return ntohl(number);
}

static void hear(struct events *events, struct frames *frames)
{
    const uint8_t *id = frames->count > 0 ? frames_data(frames, 0) : NULL;
    struct certificate certificate, *from = NULL;
    zmq_msg_t *frame = frames->count == 2 ? &frames->frame[1] : NULL;
    enum sender sender;

    if (frames->count < 2 || frames_size(frames, 0) != PEER_BYTES) {
        gauges_count(DOOR_too_many_frames);
        return;
    }
    sender = ledger_sender(events->ledger, PORT_SUBSCRIBE, frames, &certificate);
    if (sender == SENDER_NOBODY) {
        gauges_count(DOOR_nameless);
        return;
    }
    if (sender == SENDER_KNOWN)
        from = &certificate;
    enum refusal refusal =
        feed_hear(events->feed, number_of(id), frame, from, clock_monotonic_ms());
    if (refusal != REFUSAL_NONE && refusal != REFUSAL_FOLLOW_UNKNOWN)
        log_refusal(from, frame, refusal);
}

int events_hear(struct events *events, int most)
{
    struct frames frames = {0};
    int taken = 0;

    for (; taken < most && frames_recv(events->followers, &frames); taken++) {
        hear(events, &frames);
        frames_clear(&frames);
    }
    return taken;
}

bool events_retry(struct events *events)
{
    return feed_retry(events->feed);
}

void events_ends(struct events *events, enum broker_port port, bool drained)
{
    struct routing_id id;

    while (ledger_next_end(events->ledger, port, drained, &id))
        if (port == PORT_SUBSCRIBE && id.size == PEER_BYTES)
            feed_gone(events->feed, number_of(id.bytes));
}

void events_revoke(struct events *events)
{
    feed_revoke(events->feed);
}

void events_tick(struct events *events)
{
    feed_tick(events->feed, clock_monotonic_ms());
    gauges_update_feed(events->feed);
}
