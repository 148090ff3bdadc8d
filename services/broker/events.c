/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - no blind proxy: who may publish and who may follow is asked of the certificate
 *
 * A publication passes when its topic names its sender. A subscription that is not granted is
 * simply not made: the subscriber hears nothing, and the log says why, a few times a second at
 * most. What was admitted holds as long as its connection, and libzmq cannot end a single one: so
 * when a certificate is taken away, all subscribers have to knock again. They miss nothing: what is
 * published meanwhile they read from the journal.
 */
#include <string.h>

#include "libcommon/bus/frames.h"
#include "libcommon/base/log.h"
#include "services/broker/door.h"
#include "services/broker/events.h"
#include "services/broker/gauges.h"
#include "services/broker/topic.h"

/* [topic, event] of the service that the topic names */
static enum door_counter judge_publication(struct frames *frames, struct ledger *ledger)
{
    struct certificate caller;

    if (frames->count != 2)
        return DOOR_events_refused;
    if (ledger_sender(ledger, PORT_PUBLISH, frames, &caller) != SENDER_KNOWN)
        return DOOR_nameless;
    if (topic_may_publish(&caller, frames_data(frames, 0), frames_size(frames, 0)))
        return DOOR_events;
    if (door_may_log())
        log_warning("publication_refused", "name=%s role=%s", caller.name, role_name(caller.role));
    return DOOR_events_refused;
}

void events_revoke(struct sockets *sockets, struct zap *zap)
{
    unsigned now = zap_revocations(zap);

    if (sockets->revocations == now)
        return;
    if (sockets_reopen(sockets, PORT_SUBSCRIBE) != STATUS_OK)
        return; /* at the next tick */
    gauges_count(DOOR_subscribers_sent_away);
    log_info("subscribers_sent_away", "revocations=%u", now - sockets->revocations);
    sockets->revocations = now;
}

int events_publish(struct sockets *sockets, struct ledger *ledger, int most)
{
    struct frames frames = {0};
    int taken = 0;

    while (taken < most && frames_recv(sockets->port[PORT_PUBLISH], &frames)) {
        enum door_counter verdict = judge_publication(&frames, ledger);

        taken++;
        gauges_count(verdict);
        if (verdict == DOOR_events && sockets->port[PORT_SUBSCRIBE])
            frames_send(sockets->port[PORT_SUBSCRIBE], &frames);
        else
            frames_clear(&frames);
    }
    return taken;
}

static void log_refusal(const struct certificate *caller, const void *prefix, size_t size)
{
    char text[201];

    if (!door_may_log())
        return;
    if (size >= sizeof text)
        size = sizeof text - 1;
    memcpy(text, prefix, size);
    text[size] = 0;
    log_warning("subscription_refused", "name=%s role=%s topic=%s", caller->name,
                role_name(caller->role), LOG_QUOTED(text));
}

/* The socket option acts on the connection whose message was taken last. */
static enum door_counter judge_subscription(struct sockets *sockets, struct frames *frames,
                                            struct ledger *ledger)
{
    void *socket = sockets->port[PORT_SUBSCRIBE];
    struct certificate caller;
    const uint8_t *data;
    size_t size;

    if (frames->count != 1 || frames_size(frames, 0) == 0)
        return DOOR_noise;
    data = frames_data(frames, 0);
    size = frames_size(frames, 0) - 1;
    if (data[0] > 1)
        return DOOR_noise;
    if (data[0] == 0) { /* undoing what was never admitted does no harm; the dead have no name */
        zmq_setsockopt(socket, ZMQ_UNSUBSCRIBE, data + 1, size);
        return DOOR_COUNTER_COUNT;
    }
    if (ledger_sender(ledger, PORT_SUBSCRIBE, frames, &caller) != SENDER_KNOWN)
        return DOOR_nameless;
    if (!topic_may_follow(&caller, data + 1, size)) {
        log_refusal(&caller, data + 1, size);
        return DOOR_subscriptions_refused;
    }
    zmq_setsockopt(socket, ZMQ_SUBSCRIBE, data + 1, size);
    wanted_ask(sockets->wanted, sockets->port[PORT_PUBLISH], data + 1, size);
    return DOOR_subscriptions;
}

int events_subscribe(struct sockets *sockets, struct ledger *ledger, int most)
{
    void *socket = sockets->port[PORT_SUBSCRIBE];
    struct frames frames = {0};
    int taken = 0;

    while (taken < most && socket && frames_recv(socket, &frames)) {
        enum door_counter verdict = judge_subscription(sockets, &frames, ledger);

        taken++;
        if (verdict != DOOR_COUNTER_COUNT)
            gauges_count(verdict);
        frames_clear(&frames);
    }
    return taken;
}

void events_ends(struct ledger *ledger, enum broker_port port, bool drained)
{
    struct routing_id id;

    while (ledger_next_end(ledger, port, drained, &id))
        ; /* libzmq forgot what it subscribed to */
}
