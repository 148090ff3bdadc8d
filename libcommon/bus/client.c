/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.c - requests on their way to brokers and back
 *
 * client_send hands a request to a peer (one connection to a broker) or lets it wait; client_pump
 * takes what arrived, watches the peers and does what is due. A peer that owes answers and is
 * silent is asked "mmi.service"; silent still, it counts as lost, as one does whose connection
 * breaks. What a lost peer had goes to the next one with the same request_id; of several replies to
 * one request the first counts.
 */
#include "libcommon/bus/client_state.h"

#include <sodium.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

enum {
    TIMEOUT_MS = 10000,    /* of a request that names none */
    QUIET_MS = 1000,       /* a peer that owes an answer is asked after this long without a word */
    SILENT_MS = 2500,      /* ... and lost when it does not answer that */
    ENCRYPTION_BYTES = 64, /* more than CURVE adds to a frame */
};

static const char final_command = 0x03;

static char *lower_case(const void *parent, const char *text)
{
    char *lower = mem_text(parent, text);

    for (char *at = lower; *at; at++)
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + ('a' - 'A') : *at);
    return lower;
}

/* ---- what comes from a peer ---- */

static void keep_payload(struct open_request *pending, struct frames *frames, size_t index)
{
    size_t size = index < frames->count ? frames_size(frames, index) : 0;

    if (size > 0)
        pending->reply_payload =
            (ProtobufCBinaryData){size, mem_copy(pending, frames_data(frames, index), size)};
}

/* The request that has this id in whatever case, NULL if there is none. */
static struct open_request *find_by_id(const struct client *client, const char *request_id)
{
    struct open_request *pending;
    char *key = lower_case(NULL, request_id);

    HASH_FIND(by_id, client->by_id, key, strlen(key), pending);
    talloc_free(key);
    return pending;
}

/* memory holds reply and becomes the request's, or ends. */
static void take_reply(struct client *client, struct broker_peer *peer, struct frames *frames,
                       size_t payload, Bus__ReplyHeader *reply, void *memory)
{
    struct open_request *pending;
    int64_t now = clock_monotonic_ms();

    pending = find_by_id(client, reply->request_id);
    bool stale = pending && reply_says_not_begun(reply->code) && pending->at != peer;

    if (!pending || stale) { /* answered before, given up, or asked of another broker by now */
        talloc_free(memory);
        return;
    }
    talloc_steal(pending, memory);
    pending->reply = reply;
    if (request_goes_on(client, pending, peer, now))
        return;
    if (pending->abandoned && reply_says_not_begun(reply->code))
        reply->code = TYPE__CODE__CODE_UNKNOWN;
    keep_payload(pending, frames, payload);
    pending_settle(client, pending, reply);
}

/* [""?] "MDPC02" 0x03 service, then header and payload or an mmi code and body */
static void take_message(struct client *client, struct broker_peer *peer, struct frames *frames)
{
    size_t at = frames_equal(frames, 0, "", 0) ? 1 : 0;
    struct violations violations = {0};
    ProtobufCMessage *reply;

    if (frames->count < at + 4 ||
        !frames_equal(frames, at, client_protocol, strlen(client_protocol)) ||
        !frames_equal(frames, at + 1, &final_command, 1)) {
        log_debug("reply_dropped", "broker=%s reason=not_majordomo", link_name(peer->link));
        return;
    }
    peer->heard_ms = clock_monotonic_ms();
    peer->asked_ms = 0;
    if (frames_size(frames, at + 2) > 4 && memcmp(frames_data(frames, at + 2), "mmi.", 4) == 0) {
        peer_take_answer(client, peer, frames, at + 3);
        return;
    }
    void *memory = mem_check(talloc_new(client));

    if (wire_unpack(memory, &bus__reply_header__descriptor, frames_data(frames, at + 3),
                    frames_size(frames, at + 3), &violations, &reply) == STATUS_OK) {
        take_reply(client, peer, frames, at + 4, (Bus__ReplyHeader *)reply, memory);
    } else {
        log_warning("reply_dropped", "broker=%s reason=header", link_name(peer->link));
        talloc_free(memory);
    }
}

/* ---- watching peers ---- */

/* True: it can be sent to since just now. A broker takes those who say nothing for half-open
 * connections, so it is asked whether there is such a thing as itself. */
static bool watch(struct client *client, struct broker_peer *peer, int64_t now)
{
    int news = link_keep(peer->link, now);

    if (news & LINK_DOWN)
        requests_move(client, peer, "disconnected", now);
    if (news & LINK_UP)
        peer_ask(peer, "mmi.service", "broker");
    if (peer->sent && peer->asked_ms && now - peer->asked_ms >= SILENT_MS) {
        link_renew(peer->link, now);
        requests_move(client, peer, "silent", now);
    } else if (peer->sent && !peer->asked_ms && now - peer->heard_ms >= QUIET_MS) {
        peer_ask(peer, "mmi.service", "");
        peer->asked_ms = now;
    }
    return news & LINK_UP;
}

/* Everything that arrived is taken before anybody is judged by the clock: the caller may have been
 * away for long. */
void client_pump(struct client *client)
{
    bool ready = false;

    for (size_t i = 0; i < client->n_peers; i++) {
        struct broker_peer *peer = &client->peer[i];
        struct frames frames;

        while (frames_recv(link_socket(peer->link), &frames)) {
            take_message(client, peer, &frames);
            frames_clear(&frames);
        }
        ready = watch(client, peer, clock_monotonic_ms()) || ready;
    }
    int64_t now = clock_monotonic_ms();

    if (ready || now >= client->due_ms)
        requests_sweep(client, now);
}

static void wait_at_most(long *wait_ms, int64_t until_ms, int64_t now)
{
    int64_t left = until_ms > now ? until_ms - now : 0;

    if (until_ms != INT64_MAX && (*wait_ms < 0 || left < *wait_ms))
        *wait_ms = (long)left;
}

size_t client_poll(const struct client *client, zmq_pollitem_t items[static CLIENT_POLL_MAX],
                   long *wait_ms)
{
    int64_t now = clock_monotonic_ms();
    size_t count = 0;

    for (size_t i = 0; i < client->n_peers; i++) {
        const struct broker_peer *peer = &client->peer[i];

        count += link_poll(peer->link, items + count, wait_ms);
        if (peer->sent)
            wait_at_most(wait_ms,
                         peer->asked_ms ? peer->asked_ms + SILENT_MS : peer->heard_ms + QUIET_MS,
                         now);
    }
    wait_at_most(wait_ms, client->due_ms, now);
    return count;
}

void client_wait(struct client *client, int64_t until_ms)
{
    zmq_pollitem_t items[CLIENT_POLL_MAX];
    long wait_ms = -1;
    size_t count = client_poll(client, items, &wait_ms);

    wait_at_most(&wait_ms, until_ms, clock_monotonic_ms());
    zmq_poll(items, (int)count, wait_ms);
}

int64_t client_until(int wait_ms)
{
    return wait_ms < 0 ? INT64_MAX : clock_monotonic_ms() + wait_ms;
}

/* ---- what callers use ---- */

static int client_end(struct client *client)
{
    HASH_CLEAR(by_id, client->by_id);
    HASH_CLEAR(by_number, client->by_number);
    explicit_bzero(&client->own, sizeof client->own);
    return 0;
}

struct client *client_new(const void *parent, void *zmq_context, const char *brokers,
                          const struct certificate *own, struct broker_keys *broker_keys)
{
    struct broker_address address[BROKERS_MAX];
    int count = ports_parse(brokers, address);

    if (count < 1) {
        log_error("brokers_unreadable", "brokers=%s", LOG_QUOTED(brokers));
        return NULL;
    }
    struct client *client = mem_new(parent, struct client);

    client->own = *own;
    client->n_peers = (size_t)count;
    client->current = randombytes_uniform((uint32_t)count); /* callers share the brokers */
    client->due_ms = INT64_MAX;
    /* no HWM: what is in flight is the caller's choice */
    const struct link_options options = {.zmq_context = zmq_context,
                                         .type = ZMQ_DEALER,
                                         .own = &client->own,
                                         .broker_keys = broker_keys};
    for (size_t i = 0; i < client->n_peers; i++)
        client->peer[i].link = link_new(client, &options, &address[i], PORT_CLIENT);
    talloc_set_destructor(client, client_end);
    return client;
}

static char *text_or_empty(const void *parent, const char *text)
{
    return mem_text(parent, text ? text : "");
}

static void copy_positions(struct open_request *pending, const struct client_request *request)
{
    pending->header.n_after = request->n_after;
    pending->header.after = mem_array(pending, Bus__Position *, request->n_after);
    for (size_t i = 0; i < request->n_after; i++)
        pending->header.after[i] = wire_copy(pending, &request->after[i]->base);
}

static struct open_request *new_pending(struct client *client, const struct client_request *request)
{
    struct open_request *pending = mem_new(client, struct open_request);
    const char *street = request->street ? request->street : "";
    char id[ID_CHARS + 1];

    if (!request->request_id)
        id_new(id);
    bus__request_header__init(&pending->header);
    pending->header.request_id = mem_text(pending, request->request_id ? request->request_id : id);
    pending->key = lower_case(pending, pending->header.request_id);
    pending->header.method = mem_text(pending, request->method);
    pending->header.street = mem_text(pending, street);
    pending->header.actor = text_or_empty(pending, request->actor);
    pending->header.traceparent = text_or_empty(pending, request->traceparent);
    copy_positions(pending, request);
    pending->address =
        mem_printf(pending, "%s%s%s", request->service, street[0] ? "@" : "", street);
    if (request->payload.len > 0)
        pending->payload = (ProtobufCBinaryData){
            request->payload.len, mem_copy(pending, request->payload.data, request->payload.len)};
    pending->deadline_ms =
        clock_monotonic_ms() + (request->timeout_ms ? request->timeout_ms : TIMEOUT_MS);
    pending->aside = request->aside;
    pending->prefer = client->current;
    pending->number = ++client->last_number;
    return pending;
}

/* NULL, or why it cannot be sent. */
static const Bus__ReplyHeader *refuse(const struct client *client, struct open_request *pending)
{
    struct open_request *same;

    HASH_FIND(by_id, client->by_id, pending->key, strlen(pending->key), same);
    if (same)
        return request_refusal(pending, STATUS_ABORTED, "this request_id is under way already");
    if (pending->payload.len > MESSAGE_BYTES_MAX - ENCRYPTION_BYTES)
        return request_refusal(pending, STATUS_INVALID_ARGUMENT, "larger than a message may be");
    return NULL;
}

uint64_t client_send(struct client *client, const struct client_request *request)
{
    struct open_request *pending = new_pending(client, request);
    const Bus__ReplyHeader *refusal = refuse(client, pending);

    HASH_ADD(by_number, client->by_number, number, sizeof pending->number, pending);
    if (refusal) {
        pending->reply = refusal;
        request_place(pending, pending->aside ? &client->aside : &client->done);
        return pending->number;
    }
    HASH_ADD_KEYPTR(by_id, client->by_id, pending->key, strlen(pending->key), pending);
    client->open += !pending->aside;
    request_dispatch(client, pending, clock_monotonic_ms());
    return pending->number;
}

static bool is_done(const struct client *client, const struct open_request *pending)
{
    return pending->list == &client->done || pending->list == &client->aside;
}

static void hand_over(struct client *client, struct open_request *pending, const void *parent,
                      struct client_reply *ret)
{
    request_place(pending, NULL);
    HASH_DELETE(by_number, client->by_number, pending);
    talloc_steal(parent, pending);
    *ret = (struct client_reply){pending->number, pending->reply, pending->reply_payload};
}

bool client_next(struct client *client, const void *parent, int wait_ms, struct client_reply *ret)
{
    int64_t until_ms = client_until(wait_ms);

    while (!client->done) {
        client_pump(client);
        if (client->done)
            break;
        if ((wait_ms < 0 && client->open == 0) || clock_monotonic_ms() >= until_ms)
            return false;
        client_wait(client, until_ms);
    }
    hand_over(client, client->done, parent, ret);
    return true;
}

bool client_take(struct client *client, const void *parent, uint64_t number, int wait_ms,
                 struct client_reply *ret)
{
    int64_t until_ms = client_until(wait_ms);
    struct open_request *pending;

    HASH_FIND(by_number, client->by_number, &number, sizeof number, pending);
    if (!pending)
        return false;
    while (!is_done(client, pending)) {
        client_pump(client);
        if (is_done(client, pending))
            break;
        if (clock_monotonic_ms() >= until_ms)
            return false;
        client_wait(client, until_ms);
    }
    hand_over(client, pending, parent, ret);
    return true;
}

void client_forget(struct client *client, uint64_t number)
{
    struct open_request *pending;

    HASH_FIND(by_number, client->by_number, &number, sizeof number, pending);
    if (!pending)
        return;
    HASH_DELETE(by_number, client->by_number, pending);
    if (is_done(client, pending)) {
        request_place(pending, NULL);
        talloc_free(pending);
        return;
    }
    client->open -= !pending->aside;
    pending->aside = pending->forgotten = true;
}
