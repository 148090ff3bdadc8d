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

#include "services/broker/state.h"

static_assert(TICKET_BYTES == crypto_shorthash_siphashx24_BYTES, "a ticket is one hash");
static_assert(TICKET_KEY == crypto_shorthash_siphashx24_KEYBYTES, "made with this key");

struct connection *connection_find(struct broker *broker, const struct mdp_peer *peer,
                                   const char *name)
{
    struct connection *connection;

    HASH_FIND(hh, broker->connections, peer->id, peer->id_size, connection);
    if (!connection || strcmp(connection->name, name) == 0)
        return connection;
    connection->replaced = true;
    HASH_DEL(broker->connections, connection);
    return NULL;
}

static struct connection *connection_open(struct broker *broker, const struct mdp_peer *peer,
                                          const char *name)
{
    struct connection *connection = connection_find(broker, peer, name);

    if (connection)
        return connection;
    connection = mem_new(broker, struct connection);
    connection->peer = *peer;
    snprintf(connection->name, sizeof connection->name, "%s", name);
    HASH_ADD_KEYPTR(hh, broker->connections, connection->peer.id, connection->peer.id_size,
                    connection);
    return connection;
}

struct request *request_create(struct broker *broker, const struct mdp_peer *peer,
                               const struct certificate *caller, struct queue *queue)
{
    struct request *request = mem_new(broker, struct request);

    request->connection = connection_open(broker, peer, caller->name);
    request->leading_empty = peer->leading_empty;
    request->role = caller->role;
    request->queue = queue;
    request->connection->unanswered++;
    queue->unanswered++;
    broker->unanswered++;
    return request;
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
    return place == PLACE_SUSPECT ? &request->queue->suspects : &request->queue->waiting;
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
    queue_turn(queue);
}

void request_settle(struct request *request)
{
    struct connection *connection = request->connection;
    struct broker *broker = request->queue->service->broker;

    broker->unanswered--;
    request->queue->unanswered--;
    request->connection = NULL;
    frames_clear(&request->body);
    if (--connection->unanswered > 0)
        return;
    if (!connection->replaced)
        HASH_DEL(broker->connections, connection);
    talloc_free(connection);
}

void request_forget(struct request *request)
{
    struct queue *queue = request->queue;

    wheel_remove(request);
    request_move(request, PLACE_NOWHERE, NULL);
    frames_clear(&request->body);
    talloc_free(request);
    queue_release(queue);
}
