/* SPDX-License-Identifier: Apache-2.0 */
/*
 * door.c - feeds the core from its two ROUTERs and sends what it says
 *
 * A worker that cannot be reached is told to the core at once, so that what it had goes elsewhere
 * without waiting for its silence. A caller that cannot be reached loses its reply: it asks again.
 */
#include <utlist.h>

#include "libcommon/base/bucket.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "services/broker/ports/door.h"
#include "services/broker/ports/gauges.h"
#include "services/broker/ports/outgoing.h"

struct door {
    struct sockets *sockets;
    struct ledger *ledger;
    struct broker *broker;
    struct outgoing *outgoing;
    struct outbox *out;    /* of the step that was made last */
    struct outbox *next;   /* of the steps that sending it leads to */
    struct bucket refused; /* answers to those whose certificate was taken away */
};

struct door *door_create(const void *parent, struct sockets *sockets, struct ledger *ledger,
                         const struct broker_options *options)
{
    struct door *door = mem_new(parent, struct door);

    door->sockets = sockets;
    door->ledger = ledger;
    door->broker = broker_create(door, options, clock_monotonic_ms());
    door->outgoing = outgoing_create(door);
    door->out = outbox_create(door);
    door->next = outbox_create(door);
    return door;
}

void door_destroy(struct door **door)
{
    if (!*door)
        return;
    outbox_destroy(&(*door)->out);
    outbox_destroy(&(*door)->next);
    outgoing_destroy(&(*door)->outgoing);
    broker_destroy(&(*door)->broker);
    talloc_free(*door);
    *door = NULL;
}

static void send_to_worker(struct door *door, struct frames *frames)
{
    struct frames worker = {0};

    frames_add_copy(&worker, &frames->frame[0]);
    if (frames_send(door->sockets->port[PORT_WORKER], frames)) {
        frames_clear(&worker);
        return;
    }
    broker_step(door->broker, BROKER_WORKER_GONE, &worker, NULL, clock_monotonic_ms(), door->next);
}

static void send_one(struct door *door, struct outbox_message *message)
{
    if (message->port == PORT_WORKER)
        send_to_worker(door, &message->frames);
    else
        outgoing_send(door->outgoing, door->sockets->port[PORT_CLIENT], message);
}

bool door_retry(struct door *door)
{
    return outgoing_retry(door->outgoing, door->sockets->port[PORT_CLIENT]);
}

static void flush(struct door *door)
{
    while (door->out->messages || door->out->notes) {
        struct outbox *done = door->out;
        struct outbox_message *message;
        struct outbox_note *note;

        if (done->severed[0])
            ledger_shut(door->ledger, done->severed);

        DL_FOREACH(done->messages, message)
        {
            send_one(door, message);
        }
        DL_FOREACH(done->notes, note)
        {
            log_line(note->level, note->event, "%s", note->fields);
        }
        outbox_clear(done);
        door->out = door->next;
        door->next = done;
    }
}

static void step(struct door *door, enum broker_event event, struct frames *frames,
                 const struct certificate *caller)
{
    broker_step(door->broker, event, frames, caller, clock_monotonic_ms(), door->out);
    flush(door);
}

/* Nobody's rate is left to count in. */
static bool may_answer(struct door *door)
{
    static const struct bucket_rate rate = {.per_second = 50, .burst = 200};

    return bucket_take(&door->refused, &rate, clock_monotonic_ms() * 1000, NULL);
}

/* More frames than any message of ours: a caller is told so, as its body is too long in any case;
 * of a worker's nothing is left that could pass for an answer. */
static void shorten(struct frames *frames, enum broker_port port)
{
    gauges_count(DOOR_too_many_frames);
    if (port == PORT_WORKER)
        frames_truncate(frames, 2);
}

int door_receive(struct door *door, enum broker_port port, int most)
{
    static const enum broker_event events[][SENDERS] = {
        [PORT_CLIENT] = {[SENDER_REVOKED] = BROKER_CLIENT_REVOKED,
                         [SENDER_CLAIMED] = BROKER_CLIENT_CLAIMED,
                         [SENDER_KNOWN] = BROKER_FROM_CLIENT},
        [PORT_WORKER] = {[SENDER_REVOKED] = BROKER_WORKER_REVOKED,
                         [SENDER_CLAIMED] = BROKER_WORKER_CLAIMED,
                         [SENDER_KNOWN] = BROKER_FROM_WORKER},
    };
    struct frames frames = {0};
    struct certificate caller;
    int taken = 0;

    while (taken < most && frames_recv(door->sockets->port[port], &frames)) {
        enum sender sender = SENDER_NOBODY;

        taken++;
        if (frames.cut)
            shorten(&frames, port);
        if (frames.count == 1 || !(sender = ledger_sender(door->ledger, port, &frames, &caller)))
            gauges_count(DOOR_nameless);
        if (sender == SENDER_NOBODY || (sender == SENDER_REVOKED && !may_answer(door)))
            frames_clear(&frames);
        else
            step(door, events[port][sender], &frames, sender == SENDER_REVOKED ? NULL : &caller);
    }
    return taken;
}

static void tell(struct door *door, enum broker_event event, const struct routing_id *id)
{
    struct frames frames = {0};

    frames_add(&frames, id->bytes, id->size);
    step(door, event, &frames, NULL);
}

void door_ends(struct door *door, enum broker_port port, bool drained)
{
    struct routing_id id;

    while (ledger_next_end(door->ledger, port, drained, &id)) {
        tell(door, port == PORT_CLIENT ? BROKER_CLIENT_GONE : BROKER_WORKER_GONE, &id);
        if (port == PORT_CLIENT)
            outgoing_gone(door->outgoing, id.bytes, id.size);
    }
}

void door_revoke(struct door *door)
{
    struct routing_id id;
    bool known;

    /* A caller's next request is judged by what its certificate says then, a worker's registration
     * was judged. */
    while (ledger_next_changed(door->ledger, PORT_CLIENT, &id, &known))
        if (!known)
            tell(door, BROKER_CLIENT_REVOKED, &id);
    while (ledger_next_changed(door->ledger, PORT_WORKER, &id, &known))
        tell(door, BROKER_WORKER_REVOKED, &id);
}

void door_event(struct door *door, enum broker_event event)
{
    step(door, event, NULL, NULL);
    gauges_update(door->broker);
}

bool door_is_idle(const struct door *door)
{
    return broker_load(door->broker).in_flight == 0;
}
