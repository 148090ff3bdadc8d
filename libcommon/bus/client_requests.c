/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_requests.c - where a request goes next, and how it ends
 *
 * A request is in one list at a time: waiting (no broker took it yet, or it pauses after
 * UNAVAILABLE), the sent list of a peer, or done; request_place moves it. due_ms tells when the
 * next pass over all of them is needed, so that a request costs the same however many are under
 * way.
 */
#include "libcommon/bus/client_state.h"

#include <utlist.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

enum {
    GRACE_MS = 1200,     /* a broker says itself what became of a request, up to 1 s late */
    RETRY_MS = 50,       /* pause after every broker said UNAVAILABLE; doubles ... */
    RETRY_MAX_MS = 1000, /* ... up to this */
    SWEEP_MS = 10,       /* between two passes over all requests, at least */
};

void request_place(struct pending *pending, struct pending **list)
{
    if (pending->list)
        DL_DELETE(*pending->list, pending);
    pending->list = list;
    if (list)
        DL_APPEND(*list, pending);
}

static void due_by(struct client *client, int64_t ms)
{
    if (ms < client->due_ms)
        client->due_ms = ms;
}

/* To the first peer that takes it; else it waits until one is connected. */
void request_dispatch(struct client *client, struct pending *pending, int64_t now)
{
    for (size_t i = 0; i < client->n_peers; i++) {
        struct peer *peer = &client->peer[(pending->prefer + i) % client->n_peers];

        if (peer_send(peer, pending, now)) {
            if (!peer->sent)
                peer->heard_ms = now; /* its silence counts from here */
            pending->at = peer;
            request_place(pending, &peer->sent);
            due_by(client, pending->deadline_ms);
            return;
        }
        peer->wants_out = true;
    }
    pending->at = NULL;
    pending->due_ms = now;
    request_place(pending, &client->waiting);
    due_by(client, pending->deadline_ms);
}

void request_settle(struct client *client, struct pending *pending, const Bus__ReplyHeader *reply)
{
    pending->reply = reply;
    pending->at = NULL;
    HASH_DELETE(by_id, client->by_id, pending);
    client->open -= !pending->aside;
    if (pending->forgotten) {
        request_place(pending, NULL);
        talloc_free(pending);
    } else {
        request_place(pending, pending->aside ? &client->aside : &client->done);
    }
}

Bus__ReplyHeader *request_refusal(struct pending *pending, enum status status, const char *message)
{
    Bus__ReplyHeader *reply = wire_new(pending, &bus__reply_header__descriptor);

    reply->request_id = pending->header.request_id;
    reply->code = (Type__Code)status;
    reply->message = mem_text(pending, message);
    return reply;
}

static bool all_refuse(const struct client *client)
{
    for (size_t i = 0; i < client->n_peers; i++)
        if (!client->peer[i].refused)
            return false;
    return true;
}

static void give_up(struct client *client, struct pending *pending)
{
    const Bus__ReplyHeader *reply;

    if (pending->at || pending->abandoned)
        reply = request_refusal(pending, STATUS_UNKNOWN, "sent, but not answered in time");
    else if (pending->reply)
        reply = pending->reply;
    else if (all_refuse(client))
        reply =
            request_refusal(pending, STATUS_UNAUTHENTICATED, "the brokers refuse this certificate");
    else
        reply = request_refusal(pending, STATUS_DEADLINE_EXCEEDED, "no broker took it in time");
    request_settle(client, pending, reply);
}

/* Nothing was done by the one who says so; of another one that had it before nobody knows. */
bool reply_says_not_begun(Type__Code code)
{
    return code == TYPE__CODE__CODE_UNAVAILABLE || code == TYPE__CODE__CODE_DEADLINE_EXCEEDED ||
           code == TYPE__CODE__CODE_RESOURCE_EXHAUSTED;
}

/* UNAVAILABLE: the next broker at once, and a growing pause after each round. */
void request_try_again(struct client *client, struct pending *pending, struct peer *from,
                       int64_t now)
{
    pending->at = NULL;
    pending->prefer = (size_t)(from - client->peer + 1) % client->n_peers;
    if (++pending->tries % (int)client->n_peers != 0 && now < pending->deadline_ms) {
        request_dispatch(client, pending, now);
        return;
    }
    pending->pause_ms = pending->pause_ms ? pending->pause_ms * 2 : RETRY_MS;
    if (pending->pause_ms > RETRY_MAX_MS)
        pending->pause_ms = RETRY_MAX_MS;
    pending->due_ms = now + pending->pause_ms;
    request_place(pending, &client->waiting);
    due_by(client, pending->due_ms < pending->deadline_ms ? pending->due_ms : pending->deadline_ms);
}

/* What it had goes elsewhere. */
void requests_move(struct client *client, struct peer *peer, const char *reason, int64_t now)
{
    size_t index = (size_t)(peer - client->peer);
    struct pending *lost = peer->sent, *pending, *next;

    peer->sent = NULL;
    peer->asked_ms = 0;
    peer->questions = peer->answers = peer->wanted = 0;
    if (client->current == index)
        client->current = (index + 1) % client->n_peers;
    if (lost)
        log_warning("broker_lost", "broker=%s reason=%s", peer->name, reason);
    DL_FOREACH_SAFE(lost, pending, next)
    {
        pending->list = NULL; /* the whole list was taken off */
        pending->at = NULL;
        pending->abandoned = true;
        pending->prefer = client->current;
        request_dispatch(client, pending, now);
    }
}

/* One pass over all that are under way: sends what is due, gives up what is overdue. */
void requests_sweep(struct client *client, int64_t now)
{
    struct pending *pending, *next;
    int64_t due_ms = INT64_MAX;

    client->due_ms = INT64_MAX;
    HASH_ITER(by_id, client->by_id, pending, next)
    {
        int64_t end_ms = pending->deadline_ms + (pending->at ? GRACE_MS : 0);

        if (now >= end_ms)
            give_up(client, pending);
        else if (!pending->at && pending->due_ms <= now)
            request_dispatch(client, pending, now);
        else if (!pending->at && pending->due_ms < end_ms)
            due_ms = pending->due_ms < due_ms ? pending->due_ms : due_ms;
        else
            due_ms = end_ms < due_ms ? end_ms : due_ms;
    }
    due_by(client, due_ms < now + SWEEP_MS ? now + SWEEP_MS : due_ms);
}
