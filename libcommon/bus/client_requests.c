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

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

enum {
    GRACE_MS = 1200,          /* a broker says itself what became of a request, up to 1 s late */
    RETRY_MS = 50,            /* pause after every broker said UNAVAILABLE; doubles ... */
    RETRY_MAX_MS = 1000,      /* ... up to this */
    STAY_AWAY_MAX_MS = 60000, /* that a broker may ask for: a deadline is no later */
    SWEEP_MS = 10,            /* between two passes over all requests, at least */
};

void request_place(struct open_request *pending, struct open_request **list)
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
void request_dispatch(struct client *client, struct open_request *pending, int64_t now)
{
    for (size_t i = 0; i < client->n_peers; i++) {
        struct broker_peer *peer = &client->peer[(pending->prefer + i) % client->n_peers];

        if (peer_send(peer, pending, now)) {
            if (!peer->sent)
                peer->heard_ms = now; /* its silence counts from here */
            pending->at = peer;
            request_place(pending, &peer->sent);
            due_by(client, pending->deadline_ms);
            return;
        }
    }
    pending->at = NULL;
    pending->due_ms = now;
    request_place(pending, &client->waiting);
    due_by(client, pending->deadline_ms);
}

void pending_settle(struct client *client, struct open_request *pending,
                    const Bus__ReplyHeader *reply)
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

Bus__ReplyHeader *request_refusal(struct open_request *pending, enum status status,
                                  const char *message)
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
        if (!link_is_refused(client->peer[i].link))
            return false;
    return true;
}

static void give_up(struct client *client, struct open_request *pending)
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
    pending_settle(client, pending, reply);
}

/* Nothing was done by the one who says so; of another one that had it before nobody knows. */
bool reply_says_not_begun(Type__Code code)
{
    return code == TYPE__CODE__CODE_UNAVAILABLE || code == TYPE__CODE__CODE_DEADLINE_EXCEEDED ||
           code == TYPE__CODE__CODE_RESOURCE_EXHAUSTED || code == TYPE__CODE__CODE_UNAUTHENTICATED;
}

static void wait_until(struct client *client, struct open_request *pending, int64_t ms)
{
    pending->due_ms = ms;
    request_place(pending, &client->waiting);
    due_by(client, ms < pending->deadline_ms ? ms : pending->deadline_ms);
}

/* The next pause of this request: twice as long each time. */
static int next_pause_ms(struct open_request *pending)
{
    pending->pause_ms = pending->pause_ms ? pending->pause_ms * 2 : RETRY_MS;
    if (pending->pause_ms > RETRY_MAX_MS)
        pending->pause_ms = RETRY_MAX_MS;
    return pending->pause_ms;
}

/* UNAVAILABLE: the next broker at once, and a growing pause after each round. */
static void try_again(struct client *client, struct open_request *pending, struct broker_peer *from,
                      int64_t now)
{
    pending->at = NULL;
    pending->prefer = (size_t)(from - client->peer + 1) % client->n_peers;
    if (++pending->tries % (int)client->n_peers != 0 && now < pending->deadline_ms) {
        request_dispatch(client, pending, now);
        return;
    }
    wait_until(client, pending, now + next_pause_ms(pending));
}

/* Asks the same peer, wait_ms from now or up to half as long again, by chance: who was sent away
 * together shall not come back together. Nor soon again and again, for a crowd that does is a
 * flood. False: its deadline is before that. */
static bool come_back(struct client *client, struct open_request *pending, struct broker_peer *from,
                      int64_t wait_ms, int64_t now)
{
    int pause_ms = next_pause_ms(pending);

    wait_ms = wait_ms > pause_ms ? wait_ms : pause_ms;
    int64_t spread_ms = wait_ms / 2 + 1;
    int64_t ms = now + wait_ms + randombytes_uniform((uint32_t)spread_ms);

    if (ms >= pending->deadline_ms)
        return false;
    pending->at = NULL;
    pending->prefer = (size_t)(from - client->peer);
    wait_until(client, pending, ms);
    return true;
}

/* This peer does not know our certificate any more. False: nor does any other. */
static bool ask_other(struct client *client, struct open_request *pending, struct broker_peer *from,
                      int64_t now)
{
    size_t index = (size_t)(from - client->peer);
    unsigned before = pending->denied_by;

    pending->denied_by |= 1U << index;
    if (pending->denied_by == before || pending->denied_by == (1U << client->n_peers) - 1)
        return false;
    pending->at = NULL;
    pending->prefer = (index + 1) % client->n_peers;
    request_dispatch(client, pending, now);
    return true;
}

/* How long to stay away, as the one says who is asked too much; 0: it does not. */
static int64_t retry_ms(const Bus__ReplyHeader *reply)
{
    for (size_t i = 0; i < reply->n_violations; i++) {
        const Type__Violation *violation = reply->violations[i];

        for (size_t n = 0; n < violation->n_params; n++)
            if (strcmp(violation->params[n]->key, "retry_ms") == 0)
                return strtol(violation->params[n]->value, NULL, 10);
    }
    return 0;
}

/* Is it asked again, whatever its last reply says? */
bool request_goes_on(struct client *client, struct open_request *pending, struct broker_peer *peer,
                     int64_t now)
{
    int64_t wait_ms;

    switch (pending->reply->code) {
    case TYPE__CODE__CODE_UNAVAILABLE:
        try_again(client, pending, peer, now);
        return true;
    case TYPE__CODE__CODE_RESOURCE_EXHAUSTED:
        wait_ms = retry_ms(pending->reply);
        return wait_ms > 0 && wait_ms <= STAY_AWAY_MAX_MS &&
               come_back(client, pending, peer, wait_ms, now);
    case TYPE__CODE__CODE_UNAUTHENTICATED:
        return ask_other(client, pending, peer, now);
    default:
        return false;
    }
}

/* Sends the requests that it had elsewhere. */
void requests_move(struct client *client, struct broker_peer *peer, const char *reason, int64_t now)
{
    size_t index = (size_t)(peer - client->peer);
    struct open_request *lost = peer->sent, *pending, *next;

    peer->sent = NULL;
    peer_reset(peer);
    if (client->current == index)
        client->current = (index + 1) % client->n_peers;
    if (lost)
        log_warning("broker_lost", "broker=%s reason=%s", link_name(peer->link), reason);
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
    struct open_request *pending, *next;
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
