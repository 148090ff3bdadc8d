/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.c - one request in the broker: made, moved between lists, settled, forgotten
 *
 * waiting -> at worker -> answered and gone. A worker's death moves it to suspects, a worker's
 * good-bye back to waiting. One that is answered while a worker still has it stays there without
 * body and caller, so that it goes on holding the worker's credit.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "services/broker/route/route_state.h"

static_assert(TICKET_BYTES == crypto_shorthash_siphashx24_BYTES, "a ticket is one hash");
static_assert(TICKET_KEY == crypto_shorthash_siphashx24_KEYBYTES, "made with this key");

static bool is_same(const struct connection *connection, const struct certificate *caller)
{
    return strcmp(connection->certificate->name, caller->name) == 0 &&
           strcmp(connection->public_key, caller->public_key) == 0;
}

struct connection *connection_find(struct broker *broker, const struct mdp_peer *peer,
                                   const struct certificate *caller)
{
    struct connection *connection;

    HASH_FIND(hh, broker->connections, peer->id, peer->id_size, connection);
    if (!connection || is_same(connection, caller))
        return connection;
    connection_replace(broker, connection);
    return NULL;
}

void connection_replace(struct broker *broker, struct connection *connection)
{
    connection->replaced = true;
    HASH_DEL(broker->connections, connection);
}

static struct connection *connection_open(struct broker *broker, const struct mdp_peer *peer,
                                          const struct certificate *caller,
                                          struct party *certificate)
{
    struct connection *connection = connection_find(broker, peer, caller);

    if (connection)
        return connection;
    connection = mem_new(broker, struct connection);
    connection->peer = *peer;
    connection->certificate = certificate;
    party_use(certificate);
    snprintf(connection->public_key, sizeof connection->public_key, "%s", caller->public_key);
    HASH_ADD_KEYPTR(hh, broker->connections, connection->peer.id, connection->peer.id_size,
                    connection);
    return connection;
}

struct request *request_create(struct lane *lane, const struct mdp_peer *peer,
                               const struct certificate *caller)
{
    struct queue *queue = lane->key.queue;
    struct broker *broker = queue->service->broker;
    struct request *request = mem_new(broker, struct request);

    request->connection = connection_open(broker, peer, caller, lane->key.party->certificate);
    request->leading_empty = peer->leading_empty;
    request->role = caller->role;
    request->lane = lane;
    request->queue = queue;
    request->connection->unanswered++;
    lane->requests++;
    queue->unanswered++;
    return request;
}

void request_take_body(struct request *request, struct frames *frames, size_t at)
{
    request->bytes = sizeof *request;
    for (size_t i = at; i < frames->count; i++) {
        request->bytes += frames_size(frames, i);
        frames_add_move(&request->body, &frames->frame[i]);
    }
    party_charge(request->lane->key.party, 1, (int64_t)request->bytes);
}

/* Guessing one means guessing the key: 128 bits of a keyed hash over a counter. */
static void make_ticket(struct broker *broker, uint8_t ticket[static TICKET_BYTES])
{
    uint64_t number = ++broker->ticket_count;

    crypto_shorthash_siphashx24(ticket, (const uint8_t *)&number, sizeof number,
                                broker->options.ticket_key);
}

static void leave_worker(struct broker *broker, struct request *request)
{
    struct worker *worker = request->worker;
    struct queue *queue = request->queue;

    HASH_DEL(broker->tickets, request);
    DL_DELETE(worker->requests, request);
    worker->in_flight--;
    worker->suspects -= request->deaths > 0;
    queue->in_flight--;
    broker->in_flight--;
    request->lane->stake->in_flight--;
    lanes_release(request->lane->stake);
    if (request->counts_at_home && --queue->home_in_flight == 0)
        queue->home = NULL;
    request->counts_at_home = false;
    request->worker = NULL;
}

static void enter_worker(struct broker *broker, struct request *request, struct worker *worker)
{
    struct queue *queue = request->queue;

    assert(worker);
    make_ticket(broker, request->ticket);
    HASH_ADD(hh, broker->tickets, ticket, TICKET_BYTES, request);
    DL_APPEND(worker->requests, request);
    request->worker = worker;
    request->was_sent = true;
    request->sent_ms = broker->now_ms;
    request->lane->stake->in_flight++;
    worker->in_flight++;
    worker->suspects += request->deaths > 0;
    queue->in_flight++;
    broker->in_flight++;
    if (!queue->home)
        queue->home = worker;
    request->counts_at_home = queue->home == worker;
    queue->home_in_flight += request->counts_at_home;
}

static struct request **waiting_list(struct request *request, enum request_place place)
{
    return place == PLACE_SUSPECT ? &request->queue->suspects : &request->lane->waiting;
}

void request_move(struct request *request, enum request_place place, struct worker *worker)
{
    struct queue *queue = request->queue;
    struct broker *broker = queue->service->broker;
    struct request **list;

    if (request->place == PLACE_AT_WORKER) {
        leave_worker(broker, request);
    } else if (request->place != PLACE_NOWHERE) {
        list = waiting_list(request, request->place);
        DL_DELETE(*list, request);
        queue->queued--;
        broker->queued--;
    }
    request->place = place;
    if (place == PLACE_AT_WORKER) {
        enter_worker(broker, request, worker);
    } else if (place != PLACE_NOWHERE) {
        list = waiting_list(request, place);
        if (request->was_sent) /* it had its turn already */
            DL_PREPEND(*list, request);
        else
            DL_APPEND(*list, request);
        queue->queued++;
        broker->queued++;
    }
    lane_turn(request->lane);
    queue_turn(queue);
}

void request_settle(struct request *request)
{
    struct connection *connection = request->connection;
    struct broker *broker = request->queue->service->broker;

    party_charge(request->lane->key.party, -1, -(int64_t)request->bytes);
    request->queue->unanswered--;
    request->connection = NULL;
    frames_clear(&request->body);
    if (--connection->unanswered > 0)
        return;
    if (!connection->replaced)
        HASH_DEL(broker->connections, connection);
    party_leave(connection->certificate);
    talloc_free(connection);
}

void request_forget(struct request *request)
{
    struct lane *lane = request->lane;

    wheel_remove(request);
    request_move(request, PLACE_NOWHERE, NULL);
    frames_clear(&request->body);
    talloc_free(request);
    lane->requests--;
    lane_turn(lane);
}
