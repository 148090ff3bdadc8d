/* SPDX-License-Identifier: Apache-2.0 */
/*
 * from_stranger.c - who claims a routing id, whose certificate was taken away, and whose connection
 * ended
 *
 * What a connection is owed goes to the certificate that asked, or nowhere. A peer that may not be
 * served is told so, with the id of its request where that can be found; it gets nothing else.
 */
#include <string.h>

#include "services/broker/route/route_state.h"

static void refuse(struct broker *broker, struct frames *frames, struct arrival *arrival,
                   enum refusal refusal)
{
    arrival->body = 1;
    if (mdp_read(frames, MDP_CLIENT, &arrival->message)) {
        arrival->body = arrival->message.rest + 1;
        arrival->in_one = frames->count == arrival->body + 1;
    } else {
        mdp_read_peer(frames, &arrival->message.peer);
        arrival->message.rest = frames->count; /* no frame is known to be the service's */
    }
    body_find_id(frames, arrival->body, arrival->request_id);
    answer_at_door(broker, arrival, frames, refusal);
}

static void read_id(struct frames *frames, struct mdp_peer *ret)
{
    ret->id_size = (uint8_t)frames_size(frames, 0);
    memcpy(ret->id, frames_data(frames, 0), ret->id_size);
}

static struct connection *connection_of(struct broker *broker, struct frames *frames)
{
    struct connection *connection;

    HASH_FIND(hh, broker->connections, frames_data(frames, 0), frames_size(frames, 0), connection);
    return connection;
}

static struct worker *worker_of(struct broker *broker, struct frames *frames)
{
    struct mdp_peer peer = {0};

    read_id(frames, &peer);
    return worker_find(broker, &peer);
}

/* ---- claimed ---- */

void client_claimed(struct broker *broker, struct frames *frames, const struct certificate *caller)
{
    struct arrival arrival = {.certificate = party_open(broker, caller)};
    bool within_rate = party_may_ask(arrival.certificate, &arrival.retry_ms);

    broker->counters.claimed++;
    if (!within_rate && party_floods(arrival.certificate, caller))
        return;
    outbox_note(broker->out, LOG_WARNING, "routing_id_refused", "port=client name=%s",
                caller->name);
    refuse(broker, frames, &arrival, within_rate ? REFUSAL_ROUTING_ID : REFUSAL_RATE);
}

static void say_disconnect(struct broker *broker, struct frames *frames)
{
    struct mdp_peer peer = {0};

    if (frames->count > 1)
        mdp_read_peer(frames, &peer);
    else
        read_id(frames, &peer);
    worker_say(broker, &peer, MDP_WORKER_DISCONNECT);
}

void worker_claimed(struct broker *broker, struct frames *frames, const struct certificate *caller)
{
    broker->counters.claimed++;
    if (party_floods(party_open(broker, caller), caller))
        return;
    outbox_note(broker->out, LOG_WARNING, "routing_id_refused", "port=worker name=%s",
                caller->name);
    say_disconnect(broker, frames);
}

/* ---- revoked ---- */

/* What a worker has may be done all the same. */
static void refuse_revoked(struct request *request)
{
    if (!request->connection || !request->connection->revoked)
        return;
    answer_refusal(request, request->was_sent ? REFUSAL_UNANSWERED : REFUSAL_REVOKED);
    if (request->place != PLACE_AT_WORKER)
        request_forget(request);
}

void client_revoked(struct broker *broker, struct frames *frames, const struct certificate *caller)
{
    struct connection *connection = connection_of(broker, frames);
    struct arrival arrival = {0};

    (void)caller;
    if (connection) {
        connection->revoked = true;
        requests_each(broker, refuse_revoked);
    }
    if (frames->count == 1)
        return;
    broker->counters.revoked++;
    refuse(broker, frames, &arrival, REFUSAL_REVOKED);
}

void worker_revoked(struct broker *broker, struct frames *frames, const struct certificate *caller)
{
    struct worker *worker = worker_of(broker, frames);

    (void)caller;
    broker->counters.revoked += frames->count > 1;
    if (worker || frames->count > 1)
        say_disconnect(broker, frames);
    if (worker)
        worker_remove(worker, FAREWELL_LOST);
}

/* ---- gone ---- */

void client_gone(struct broker *broker, struct frames *frames, const struct certificate *caller)
{
    struct connection *connection = connection_of(broker, frames);

    (void)caller;
    if (connection)
        connection_replace(broker, connection);
}

void worker_gone(struct broker *broker, struct frames *frames, const struct certificate *caller)
{
    struct worker *worker = worker_of(broker, frames);

    (void)caller;
    if (worker)
        worker_remove(worker, FAREWELL_LOST);
}
