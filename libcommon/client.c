/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.c - requests on their way to brokers and back
 *
 * A request is in one list at a time: waiting (no broker took it yet, or it pauses after
 * UNAVAILABLE), the sent list of a peer, or done; `place` moves it. A peer is one broker: a DEALER
 * that takes messages only while it is connected (ZMQ_IMMEDIATE), and a monitor that tells when the
 * connection is lost. A peer that owes answers and is silent is asked "mmi.service"; silent still,
 * it counts as lost too. What a lost peer had goes to the next one with the same request_id; of
 * several replies to one request the first counts.
 */
#include "client.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "clock.h"
#include "frames.h"
#include "id.h"
#include "log.h"
#include "mem.h"
#include "types.h"
#include "wire.h"

enum {
    TIMEOUT_MS = 10000,     /* of a request that names none */
    TIMEOUT_MAX_MS = 60000, /* that a header may carry */
    GRACE_MS = 1200,        /* a broker says itself what became of a request, up to 1 s late */
    QUIET_MS = 1000,        /* a peer that owes an answer is asked after this long without a word */
    SILENT_MS = 2500,       /* ... and lost when it does not answer that */
    REOPEN_MS = 1000,       /* before trying a broker again that refused our key */
    RETRY_MS = 50,          /* pause after every broker said UNAVAILABLE; doubles ... */
    RETRY_MAX_MS = 1000,    /* ... up to this */
    SWEEP_MS = 10,          /* between two passes over all requests, at least */
    MMI_MS = 3000,          /* how long client_mmi waits */
    ENCRYPTION_BYTES = 64,  /* more than CURVE adds to a frame */
    REPLY_BYTES_MAX = 4 * MESSAGE_BYTES_MAX,
};

static const char protocol[] = "MDPC02";
static const char request_command = 0x01, final_command = 0x03;

struct pending {
    uint64_t number;
    Bus__RequestHeader header; /* timeout_ms is set at each sending */
    char *address;             /* service frame */
    ProtobufCBinaryData payload;
    bool aside, forgotten;       /* forgotten: nobody wants its reply */
    bool abandoned;              /* a lost peer had it and may have passed it on */
    int64_t deadline_ms, due_ms; /* due_ms: when to send it, for one that waits */
    int pause_ms, tries;
    struct peer *at;               /* who has it; NULL: nobody */
    size_t prefer;                 /* index of the peer to try first */
    struct pending **list;         /* the list it is in */
    const Bus__ReplyHeader *reply; /* the last one that came; final when done */
    ProtobufCBinaryData reply_payload;
    struct pending *prev, *next;
    UT_hash_handle by_id, by_number;
};

struct peer {
    char endpoint[280];
    const char *name; /* "host:port" */
    void *socket, *monitor;
    bool wants_out;             /* something waits for it to be connected */
    bool refused;               /* it refused our key when last tried */
    int64_t reopen_ms;          /* 0: no need */
    int64_t heard_ms, asked_ms; /* last message; unanswered ping, 0 for none */
    struct pending *sent;
    uint64_t questions,
        answers;     /* mmi.* on this connection; answers come in the order of questions */
    uint64_t wanted; /* the question whose answer is kept; 0: none */
    enum status answer_status;
    ProtobufCBinaryData answer; /* .data is a child of the client */
};

struct client {
    void *zmq_context;
    struct certificate own;
    char broker_key[CURVE_TEXT + 1];
    size_t n_peers, current; /* current: whom new requests try first */
    struct peer peer[BROKERS_MAX];
    uint64_t last_number;
    size_t open;                            /* not done and not aside */
    int64_t due_ms;                         /* not before this is a pass over all requests needed */
    struct pending *waiting, *done, *aside; /* aside: done ones that client_take fetches */
    struct pending *by_id;                  /* those that are not done */
    struct pending *by_number;              /* all */
};

static void place(struct pending *pending, struct pending **list)
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

/* ---- peers ---- */

static void set_int(void *socket, int option, int value)
{
    int rc = zmq_setsockopt(socket, option, &value, sizeof value);

    assert(rc == 0);
}

static void open_peer(struct client *client, struct peer *peer)
{
    static _Atomic unsigned serial;
    char monitor_name[64];

    snprintf(monitor_name, sizeof monitor_name, "inproc://jusha.client.%u", ++serial);
    peer->socket = zmq_socket(client->zmq_context, ZMQ_DEALER);
    peer->monitor = zmq_socket(client->zmq_context, ZMQ_PAIR);
    assert(peer->socket && peer->monitor); /* else the context is closed or out of sockets */
    certificate_connect(peer->socket, &client->own, client->broker_key);
    set_int(peer->socket, ZMQ_IPV6, strchr(peer->endpoint, '[') != NULL);
    set_int(peer->socket, ZMQ_IMMEDIATE, 1);
    set_int(peer->socket, ZMQ_LINGER, 0);
    set_int(peer->socket, ZMQ_SNDHWM, 0); /* what is in flight is the caller's choice */
    set_int(peer->socket, ZMQ_RCVHWM, 0);
    set_int(peer->socket, ZMQ_HEARTBEAT_IVL, 1000);
    set_int(peer->socket, ZMQ_HEARTBEAT_TIMEOUT, 3000);
    set_int(peer->socket, ZMQ_HANDSHAKE_IVL, 5000);
    set_int(peer->socket, ZMQ_RECONNECT_IVL_MAX, 1000);
    int64_t most = REPLY_BYTES_MAX;

    zmq_setsockopt(peer->socket, ZMQ_MAXMSGSIZE, &most, sizeof most);
    zmq_socket_monitor(peer->socket, monitor_name,
                       ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                           ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL);
    zmq_connect(peer->monitor, monitor_name);
    if (zmq_connect(peer->socket, peer->endpoint) == -1) /* a name that cannot be resolved now */
        peer->reopen_ms = clock_monotonic_ms() + REOPEN_MS;
    else
        peer->reopen_ms = 0;
    peer->asked_ms = 0;
    peer->questions = peer->answers = peer->wanted = 0;
}

static void close_peer(struct peer *peer)
{
    zmq_socket_monitor(peer->socket, NULL, 0);
    zmq_close(peer->monitor);
    zmq_close(peer->socket);
}

static bool ask_peer(struct peer *peer, const char *service, const char *question)
{
    struct frames frames = {0};

    frames_add(&frames, protocol, strlen(protocol));
    frames_add(&frames, &request_command, 1);
    frames_add_text(&frames, service);
    frames_add_text(&frames, question);
    bool sent = frames_send(peer->socket, &frames);

    peer->questions += sent;
    return sent;
}

static bool send_to(struct peer *peer, struct pending *pending, int64_t now)
{
    struct frames frames = {0};
    int64_t left_ms = pending->deadline_ms - now;

    pending->header.timeout_ms = (uint32_t)(left_ms < 1                ? 1
                                            : left_ms > TIMEOUT_MAX_MS ? TIMEOUT_MAX_MS
                                                                       : left_ms);
    ProtobufCBinaryData header = wire_pack(pending, &pending->header.base);

    frames_add(&frames, protocol, strlen(protocol));
    frames_add(&frames, &request_command, 1);
    frames_add_text(&frames, pending->address);
    frames_add(&frames, header.data, header.len);
    frames_add(&frames, pending->payload.data, pending->payload.len);
    talloc_free(header.data);
    return frames_send(peer->socket, &frames);
}

/* To the first peer that takes it; else it waits until one is connected. */
static void dispatch(struct client *client, struct pending *pending, int64_t now)
{
    for (size_t i = 0; i < client->n_peers; i++) {
        struct peer *peer = &client->peer[(pending->prefer + i) % client->n_peers];

        if (send_to(peer, pending, now)) {
            if (!peer->sent)
                peer->heard_ms = now; /* its silence counts from here */
            pending->at = peer;
            place(pending, &peer->sent);
            due_by(client, pending->deadline_ms);
            return;
        }
        peer->wants_out = true;
    }
    pending->at = NULL;
    pending->due_ms = now;
    place(pending, &client->waiting);
    due_by(client, pending->deadline_ms);
}

/* ---- the end of a request ---- */

static void settle(struct client *client, struct pending *pending, const Bus__ReplyHeader *reply)
{
    pending->reply = reply;
    pending->at = NULL;
    HASH_DELETE(by_id, client->by_id, pending);
    client->open -= !pending->aside;
    if (pending->forgotten) {
        place(pending, NULL);
        talloc_free(pending);
    } else {
        place(pending, pending->aside ? &client->aside : &client->done);
    }
}

static Bus__ReplyHeader *make_reply(struct pending *pending, enum status status,
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
        if (!client->peer[i].refused)
            return false;
    return true;
}

static void give_up(struct client *client, struct pending *pending)
{
    const Bus__ReplyHeader *reply;

    if (pending->at || pending->abandoned)
        reply = make_reply(pending, STATUS_UNKNOWN, "sent, but not answered in time");
    else if (pending->reply)
        reply = pending->reply;
    else if (all_refuse(client))
        reply = make_reply(pending, STATUS_UNAUTHENTICATED, "the brokers refuse this certificate");
    else
        reply = make_reply(pending, STATUS_DEADLINE_EXCEEDED, "no broker took it in time");
    settle(client, pending, reply);
}

/* Nothing was done by the one who says so; of another one that had it before nobody knows. */
static bool says_not_begun(Type__Code code)
{
    return code == TYPE__CODE__CODE_UNAVAILABLE || code == TYPE__CODE__CODE_DEADLINE_EXCEEDED ||
           code == TYPE__CODE__CODE_RESOURCE_EXHAUSTED;
}

/* UNAVAILABLE: the next broker at once, and a growing pause after each round. */
static void try_again(struct client *client, struct pending *pending, struct peer *from,
                      int64_t now)
{
    pending->at = NULL;
    pending->prefer = (size_t)(from - client->peer + 1) % client->n_peers;
    if (++pending->tries % (int)client->n_peers != 0 && now < pending->deadline_ms) {
        dispatch(client, pending, now);
        return;
    }
    pending->pause_ms = pending->pause_ms ? pending->pause_ms * 2 : RETRY_MS;
    if (pending->pause_ms > RETRY_MAX_MS)
        pending->pause_ms = RETRY_MAX_MS;
    pending->due_ms = now + pending->pause_ms;
    place(pending, &client->waiting);
    due_by(client, pending->due_ms < pending->deadline_ms ? pending->due_ms : pending->deadline_ms);
}

/* ---- what comes from a peer ---- */

static void keep_payload(struct pending *pending, struct frames *frames, size_t index)
{
    size_t size = index < frames->count ? frames_size(frames, index) : 0;

    if (size > 0)
        pending->reply_payload =
            (ProtobufCBinaryData){size, mem_copy(pending, frames_data(frames, index), size)};
}

/* memory holds reply and becomes the request's, or ends. */
static void take_reply(struct client *client, struct peer *peer, struct frames *frames,
                       size_t payload, Bus__ReplyHeader *reply, void *memory)
{
    struct pending *pending;
    int64_t now = clock_monotonic_ms();

    HASH_FIND(by_id, client->by_id, reply->request_id, strlen(reply->request_id), pending);
    bool stale = pending && says_not_begun(reply->code) && pending->at != peer;

    if (!pending || stale) { /* answered before, given up, or asked of another broker by now */
        talloc_free(memory);
        return;
    }
    talloc_steal(pending, memory);
    if (reply->code == TYPE__CODE__CODE_UNAVAILABLE) {
        pending->reply = reply;
        try_again(client, pending, peer, now);
        return;
    }
    if (pending->abandoned && says_not_begun(reply->code))
        reply->code = TYPE__CODE__CODE_UNKNOWN;
    keep_payload(pending, frames, payload);
    settle(client, pending, reply);
}

/* "200" -> OK, "404" -> NOT_FOUND */
static enum status mmi_status(const char *code, size_t size)
{
    static const struct {
        enum status status;
        int http;
    } codes[] = {
#define X(name, http) {STATUS_##name, http},
        STATUSES(X)
#undef X
            {STATUS_NOT_FOUND, 501},
    };
    char text[4] = "";

    if (size == 3)
        memcpy(text, code, 3);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].http == atoi(text))
            return codes[i].status;
    return STATUS_INTERNAL;
}

static void take_mmi(struct client *client, struct peer *peer, struct frames *frames, size_t code)
{
    size_t size = code + 1 < frames->count ? frames_size(frames, code + 1) : 0;

    if (++peer->answers != peer->wanted)
        return;
    peer->answer_status = mmi_status(frames_data(frames, code), frames_size(frames, code));
    peer->answer = (ProtobufCBinaryData){size, NULL};
    if (size > 0)
        peer->answer.data = mem_copy(client, frames_data(frames, code + 1), size);
}

/* [""?] "MDPC02" 0x03 service, then header and payload or an mmi code and body */
static void take_message(struct client *client, struct peer *peer, struct frames *frames)
{
    size_t at = frames_equal(frames, 0, "", 0) ? 1 : 0;
    struct violations violations = {0};
    ProtobufCMessage *reply;

    if (frames->count < at + 4 || !frames_equal(frames, at, protocol, strlen(protocol)) ||
        !frames_equal(frames, at + 1, &final_command, 1)) {
        log_debug("reply_dropped", "broker=%s reason=not_majordomo", peer->name);
        return;
    }
    peer->heard_ms = clock_monotonic_ms();
    peer->asked_ms = 0;
    if (frames_size(frames, at + 2) > 4 && memcmp(frames_data(frames, at + 2), "mmi.", 4) == 0) {
        take_mmi(client, peer, frames, at + 3);
        return;
    }
    void *memory = mem_check(talloc_new(client));

    if (wire_unpack(memory, &bus__reply_header__descriptor, frames_data(frames, at + 3),
                    frames_size(frames, at + 3), &violations, &reply) == STATUS_OK) {
        take_reply(client, peer, frames, at + 4, (Bus__ReplyHeader *)reply, memory);
    } else {
        log_warning("reply_dropped", "broker=%s reason=header", peer->name);
        talloc_free(memory);
    }
}

/* ---- watching peers ---- */

/* The first two bytes of a monitor's first frame are the event's number. 0: no more. */
static uint16_t next_event(struct peer *peer)
{
    struct frames frames;
    uint16_t event = 0;

    if (!frames_recv(peer->monitor, &frames))
        return 0;
    memcpy(&event, frames_data(&frames, 0), sizeof event);
    frames_clear(&frames);
    return event;
}

/* What it had goes elsewhere. */
static void lose(struct client *client, struct peer *peer, const char *reason, int64_t now)
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
        dispatch(client, pending, now);
    }
}

static void take_event(struct client *client, struct peer *peer, uint16_t event, int64_t now)
{
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        peer->refused = false;
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        if (!peer->refused)
            log_warning("broker_refuses_key", "broker=%s", peer->name);
        peer->refused = true;
        peer->reopen_ms = now + REOPEN_MS; /* libzmq does not try again */
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        peer->reopen_ms = now + REOPEN_MS;
        break;
    default:
        lose(client, peer, "disconnected", now);
    }
}

static void watch(struct client *client, struct peer *peer, int64_t now)
{
    bool silent = peer->sent && peer->asked_ms && now - peer->asked_ms >= SILENT_MS;

    if (silent || (peer->reopen_ms && now >= peer->reopen_ms)) {
        close_peer(peer);
        open_peer(client, peer);
        peer->wants_out = client->waiting != NULL;
        if (silent)
            lose(client, peer, "silent", now);
    } else if (peer->sent && !peer->asked_ms && now - peer->heard_ms >= QUIET_MS) {
        ask_peer(peer, "mmi.service", "");
        peer->asked_ms = now;
    }
}

/* True and no longer wanted once it can be written to. */
static bool became_ready(struct peer *peer)
{
    int events = 0;

    if (peer->wants_out)
        zmq_getsockopt(peer->socket, ZMQ_EVENTS, &events, &(size_t){sizeof events});
    if (!(events & ZMQ_POLLOUT))
        return false;
    peer->wants_out = false;
    return true;
}

/* ---- driving it all ---- */

/* One pass over all that are under way: sends what is due, gives up what is overdue. */
static void sweep(struct client *client, int64_t now)
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
            dispatch(client, pending, now);
        else if (!pending->at && pending->due_ms < end_ms)
            due_ms = pending->due_ms < due_ms ? pending->due_ms : due_ms;
        else
            due_ms = end_ms < due_ms ? end_ms : due_ms;
    }
    due_by(client, due_ms < now + SWEEP_MS ? now + SWEEP_MS : due_ms);
}

/* Everything that arrived is taken before anybody is judged by the clock: the caller may have been
 * away for long. */
static void pump(struct client *client)
{
    bool ready = false;

    for (size_t i = 0; i < client->n_peers; i++) {
        struct peer *peer = &client->peer[i];
        struct frames frames;
        uint16_t event;

        while (frames_recv(peer->socket, &frames)) {
            take_message(client, peer, &frames);
            frames_clear(&frames);
        }
        int64_t now = clock_monotonic_ms();

        while ((event = next_event(peer)))
            take_event(client, peer, event, now);
        watch(client, peer, now);
        ready = became_ready(peer) || ready;
    }
    int64_t now = clock_monotonic_ms();

    if (ready || now >= client->due_ms)
        sweep(client, now);
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
        const struct peer *peer = &client->peer[i];
        short events = peer->wants_out ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN;

        items[count++] = (zmq_pollitem_t){.socket = peer->socket, .events = events};
        items[count++] = (zmq_pollitem_t){.socket = peer->monitor, .events = ZMQ_POLLIN};
        if (peer->reopen_ms)
            wait_at_most(wait_ms, peer->reopen_ms, now);
        if (peer->sent)
            wait_at_most(wait_ms,
                         peer->asked_ms ? peer->asked_ms + SILENT_MS : peer->heard_ms + QUIET_MS,
                         now);
    }
    wait_at_most(wait_ms, client->due_ms, now);
    return count;
}

static void wait_for_news(struct client *client, int64_t until_ms)
{
    zmq_pollitem_t items[CLIENT_POLL_MAX];
    long wait_ms = -1;
    size_t count = client_poll(client, items, &wait_ms);

    wait_at_most(&wait_ms, until_ms, clock_monotonic_ms());
    zmq_poll(items, (int)count, wait_ms);
}

static int64_t deadline_of(int wait_ms)
{
    return wait_ms < 0 ? INT64_MAX : clock_monotonic_ms() + wait_ms;
}

static bool is_done(const struct client *client, const struct pending *pending)
{
    return pending->list == &client->done || pending->list == &client->aside;
}

static void hand_over(struct client *client, struct pending *pending, const void *parent,
                      struct client_reply *ret)
{
    place(pending, NULL);
    HASH_DELETE(by_number, client->by_number, pending);
    talloc_steal(parent, pending);
    *ret = (struct client_reply){pending->number, pending->reply, pending->reply_payload};
}

/* ---- what callers use ---- */

static int client_end(struct client *client)
{
    for (size_t i = 0; i < client->n_peers; i++)
        close_peer(&client->peer[i]);
    HASH_CLEAR(by_id, client->by_id);
    HASH_CLEAR(by_number, client->by_number);
    explicit_bzero(&client->own, sizeof client->own);
    return 0;
}

struct client *client_new(const void *parent, void *zmq_context, const char *brokers,
                          const struct certificate *own, const char *broker_key)
{
    struct broker_address address[BROKERS_MAX];
    int count = ports_parse(brokers, address);

    if (count < 1) {
        log_error("brokers_unreadable", "brokers=%s", LOG_QUOTED(brokers));
        return NULL;
    }
    struct client *client = mem_new(parent, struct client);

    client->zmq_context = zmq_context;
    client->own = *own;
    client->n_peers = (size_t)count;
    client->current = randombytes_uniform((uint32_t)count); /* callers share the brokers */
    client->due_ms = INT64_MAX;
    snprintf(client->broker_key, sizeof client->broker_key, "%s", broker_key);
    for (size_t i = 0; i < client->n_peers; i++) {
        struct peer *peer = &client->peer[i];

        ports_endpoint(&address[i], PORT_CLIENT, peer->endpoint, sizeof peer->endpoint);
        peer->name = peer->endpoint + strlen("tcp://");
        open_peer(client, peer);
    }
    talloc_set_destructor(client, client_end);
    return client;
}

static char *text_or_empty(const void *parent, const char *text)
{
    return mem_text(parent, text ? text : "");
}

static struct pending *new_pending(struct client *client, const struct client_request *request)
{
    struct pending *pending = mem_new(client, struct pending);
    const char *street = request->street ? request->street : "";
    char id[ID_CHARS + 1];

    if (!request->request_id)
        id_new(id);
    bus__request_header__init(&pending->header);
    pending->header.request_id = mem_text(pending, request->request_id ? request->request_id : id);
    pending->header.method = mem_text(pending, request->method);
    pending->header.street = mem_text(pending, street);
    pending->header.actor = text_or_empty(pending, request->actor);
    pending->header.traceparent = text_or_empty(pending, request->traceparent);
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
static const Bus__ReplyHeader *refuse(const struct client *client, struct pending *pending)
{
    struct pending *same;

    HASH_FIND(by_id, client->by_id, pending->header.request_id, strlen(pending->header.request_id),
              same);
    if (same)
        return make_reply(pending, STATUS_ABORTED, "this request_id is under way already");
    if (pending->payload.len > MESSAGE_BYTES_MAX - ENCRYPTION_BYTES)
        return make_reply(pending, STATUS_INVALID_ARGUMENT, "larger than a message may be");
    return NULL;
}

uint64_t client_send(struct client *client, const struct client_request *request)
{
    struct pending *pending = new_pending(client, request);
    const Bus__ReplyHeader *refusal = refuse(client, pending);

    HASH_ADD(by_number, client->by_number, number, sizeof pending->number, pending);
    if (refusal) {
        pending->reply = refusal;
        place(pending, pending->aside ? &client->aside : &client->done);
        return pending->number;
    }
    HASH_ADD_KEYPTR(by_id, client->by_id, pending->header.request_id,
                    strlen(pending->header.request_id), pending);
    client->open += !pending->aside;
    dispatch(client, pending, clock_monotonic_ms());
    return pending->number;
}

bool client_next(struct client *client, const void *parent, int wait_ms, struct client_reply *ret)
{
    int64_t until_ms = deadline_of(wait_ms);

    while (!client->done) {
        pump(client);
        if (client->done)
            break;
        if ((wait_ms < 0 && client->open == 0) || clock_monotonic_ms() >= until_ms)
            return false;
        wait_for_news(client, until_ms);
    }
    hand_over(client, client->done, parent, ret);
    return true;
}

bool client_take(struct client *client, const void *parent, uint64_t number, int wait_ms,
                 struct client_reply *ret)
{
    int64_t until_ms = deadline_of(wait_ms);
    struct pending *pending;

    HASH_FIND(by_number, client->by_number, &number, sizeof number, pending);
    if (!pending)
        return false;
    while (!is_done(client, pending)) {
        pump(client);
        if (is_done(client, pending))
            break;
        if (clock_monotonic_ms() >= until_ms)
            return false;
        wait_for_news(client, until_ms);
    }
    hand_over(client, pending, parent, ret);
    return true;
}

void client_forget(struct client *client, uint64_t number)
{
    struct pending *pending;

    HASH_FIND(by_number, client->by_number, &number, sizeof number, pending);
    if (!pending)
        return;
    HASH_DELETE(by_number, client->by_number, pending);
    if (is_done(client, pending)) {
        place(pending, NULL);
        talloc_free(pending);
        return;
    }
    client->open -= !pending->aside;
    pending->aside = pending->forgotten = true;
}

enum status client_call(struct client *client, const void *parent,
                        const struct client_request *request, struct client_reply *ret)
{
    struct client_request aside = *request;

    aside.aside = true;
    bool answered = client_take(client, parent, client_send(client, &aside), -1, ret);

    assert(answered); /* at the latest by give_up */
    return (enum status)ret->header->code;
}

/* "jusha.registry.v1.RegistryService/RegisterUnit" -> "registry" */
static const char *service_of(const void *parent, const char *method)
{
    const char *start = strchr(method, '.');

    start = start ? start + 1 : "";
    return mem_check(talloc_strndup(parent, start, strcspn(start, ".")));
}

enum status client_invoke(struct client *client, const void *parent, const char *street,
                          const char *method, const ProtobufCMessage *request,
                          struct client_reply *ret_reply, ProtobufCMessage **ret_response)
{
    const ProtobufCMethodDescriptor *type = types_method(method, NULL);
    struct violations violations = {0};
    struct client_reply reply;

    assert(type); /* names of methods come from the contract */
    ProtobufCBinaryData payload = wire_pack(parent, request);
    enum status status = client_call(client, parent,
                                     &(struct client_request){.service = service_of(parent, method),
                                                              .street = street,
                                                              .method = method,
                                                              .payload = payload},
                                     &reply);

    if (ret_reply)
        *ret_reply = reply;
    if (status != STATUS_OK || !ret_response)
        return status;
    return wire_unpack(parent, type->output, reply.payload.data, reply.payload.len, &violations,
                       ret_response) == STATUS_OK
               ? STATUS_OK
               : STATUS_INTERNAL;
}

/* Asks as soon as it is connected, and again when the connection was lost meanwhile. */
static bool mmi_answered(struct peer *peer, const char *service, const char *question)
{
    if (peer->wanted && peer->answers >= peer->wanted)
        return true;
    if (!peer->wanted && ask_peer(peer, service, question))
        peer->wanted = peer->questions;
    peer->wants_out = peer->wants_out || !peer->wanted;
    return false;
}

enum status client_mmi(struct client *client, const void *parent, size_t broker,
                       const char *service, const char *question, ProtobufCBinaryData *ret_answer)
{
    assert(broker < client->n_peers);
    struct peer *peer = &client->peer[broker];
    int64_t until_ms = deadline_of(MMI_MS);

    peer->wanted = 0;
    while (!mmi_answered(peer, service, question)) {
        if (clock_monotonic_ms() >= until_ms) {
            peer->wanted = 0;
            return STATUS_UNAVAILABLE;
        }
        wait_for_news(client, until_ms);
        pump(client);
    }
    peer->wanted = 0;
    talloc_steal(parent, peer->answer.data);
    *ret_answer = peer->answer;
    return peer->answer_status;
}

size_t client_brokers(const struct client *client)
{
    return client->n_peers;
}

const char *client_broker(const struct client *client, size_t broker)
{
    assert(broker < client->n_peers);
    return client->peer[broker].name;
}
