/* SPDX-License-Identifier: Apache-2.0 */
/*
 * from_worker.c - what workers send
 *
 * Everything but READY needs a registration: a worker that this broker does not know is told
 * DISCONNECT, so that it registers again. Whatever a worker sends shows that it lives.
 */
#include <string.h>

#include "services/broker/route/route_state.h"

/* The request whose ticket this is, if it is at this very worker. */
static struct request *find_ticket(struct broker *broker, struct worker *worker,
                                   struct frames *frames, size_t at)
{
    struct request *request = NULL;

    if (frames->count < at + 2 || frames_size(frames, at) != TICKET_BYTES ||
        frames_size(frames, at + 1) != 0)
        return NULL;
    HASH_FIND(hh, broker->tickets, frames_data(frames, at), TICKET_BYTES, request);
    return request && request->worker == worker ? request : NULL;
}

static void pass_on(struct broker *broker, struct request *request, uint8_t command,
                    struct frames *frames, size_t body)
{
    struct frames *reply = answer_begin(request, command);

    if (!reply)
        return;
    if (request->in_one && !request->worker->plain)
        body_add(reply, true, frames_bytes(frames, body), frames_bytes(frames, body + 1));
    else
        for (size_t i = body; i < frames->count; i++)
            frames_add_move(reply, &frames->frame[i]);
    if (command == MDP_CLIENT_FINAL)
        broker->counters.replied++;
    else
        broker->counters.partials++;
}

static bool final(struct broker *broker, struct worker *worker, struct frames *frames,
                  const struct mdp_message *message)
{
    size_t body = message->rest + 2;

    if (!worker->plain && !answer_open(frames, message->rest)) {
        broker->counters.malformed++;
        return false;
    }
    struct request *request = find_ticket(broker, worker, frames, message->rest);
    if (!request) {
        broker->counters.stale_finals++;
        return false;
    }
    if (!request->connection) {
        broker->counters.late_finals++;
    } else if (body == frames->count) {
        answer_refusal(request, REFUSAL_BAD_REPLY);
    } else {
        pass_on(broker, request, MDP_CLIENT_FINAL, frames, body);
        routed_note(request, REFUSAL_NONE);
        request_settle(request);
    }
    request_forget(request);
    worker_wake(worker);
    return true;
}

static bool partial(struct broker *broker, struct worker *worker, struct frames *frames,
                    const struct mdp_message *message)
{
    struct request *request = find_ticket(broker, worker, frames, message->rest);

    /* Our contract has one reply to a request; only plain workers may send parts. */
    if (request && request->connection && worker->plain) {
        pass_on(broker, request, MDP_CLIENT_PARTIAL, frames, message->rest + 2);
        return true;
    }
    broker->counters.stale_finals++;
    return false;
}

static bool heartbeat(struct broker *broker, struct worker *worker, struct frames *frames,
                      const struct mdp_message *message)
{
    (void)broker, (void)worker, (void)frames, (void)message; /* from_worker noted that it lives */
    return false;
}

static bool disconnect(struct broker *broker, struct worker *worker, struct frames *frames,
                       const struct mdp_message *message)
{
    (void)broker, (void)frames, (void)message;
    worker_remove(worker, FAREWELL_LEFT);
    return false;
}

/* True: somebody waited for it. */
static bool (*const commands[MDP_WORKER_COMMANDS])(struct broker *, struct worker *,
                                                   struct frames *, const struct mdp_message *) = {
    [MDP_WORKER_PARTIAL] = partial,
    [MDP_WORKER_FINAL] = final,
    [MDP_WORKER_HEARTBEAT] = heartbeat,
    [MDP_WORKER_DISCONNECT] = disconnect,
};

/* Another version of the protocol, or a caller at the wrong port. */
static void refuse_protocol(struct broker *broker, struct frames *frames,
                            const struct certificate *caller)
{
    struct mdp_peer peer;

    mdp_read_peer(frames, &peer);
    broker->counters.malformed++;
    protocol_note(broker, frames, "worker", caller->name);
    if (peer.id_size > 0 && !worker_find(broker, &peer))
        worker_say(broker, &peer, MDP_WORKER_DISCONNECT);
}

static bool is_same(const struct worker *worker, const struct certificate *caller)
{
    return strcmp(worker->name, caller->name) == 0 &&
           strcmp(worker->public_key, caller->public_key) == 0;
}

/* True: somebody waited for it. */
static bool hear(struct broker *broker, struct frames *frames, const struct certificate *caller)
{
    struct mdp_message message;

    if (!mdp_read(frames, MDP_WORKER, &message)) {
        refuse_protocol(broker, frames, caller);
        return false;
    }
    struct worker *worker = worker_find(broker, &message.peer);
    if (worker && !is_same(worker, caller)) {
        /* The routing id of somebody who is gone: the one who registered does not come back. */
        worker_remove(worker, FAREWELL_LOST);
        worker = NULL;
    }
    if (worker)
        worker->heard_ms = broker->now_ms;

    if (message.command == MDP_WORKER_READY) {
        worker_ready(broker, worker, frames, &message, caller);
    } else if (message.command >= MDP_WORKER_COMMANDS || !commands[message.command]) {
        broker->counters.malformed++;
    } else if (worker) {
        return commands[message.command](broker, worker, frames, &message);
    } else {
        broker->counters.workers_strange++;
        if (message.command != MDP_WORKER_DISCONNECT)
            worker_say(broker, &message.peer, MDP_WORKER_DISCONNECT);
    }
    return false;
}

/* What a foreign worker says besides its answers is soon a flood. */
void from_worker(struct broker *broker, struct frames *frames, const struct certificate *caller)
{
    if (!hear(broker, frames, caller))
        (void)party_floods(party_open(broker, caller), caller);
}
