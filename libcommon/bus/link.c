/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.c - a connection to one port of one broker that comes back
 *
 *   RESOLVING -> CONNECTING -> UP          each address in turn; when all were tried the name is resolved again
 *                    ^  |      |
 *        PAUSED <----|--+------+           a refused key, garbage, no address
 *
 * A socket lives for one address. What happens to it comes from its monitor, a PAIR without HWM: a
 * full one would stop libzmq's I/O thread. When the resolver fails or hangs, the addresses that
 * were known before are tried again.
 */
#include "libcommon/bus/link.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/frames.h"
#include "libcommon/bus/lookup.h"

enum {
    ANSWER_BYTES_MAX = 1024 * 1024,
    PAUSE_MS = 1000,
    CONNECT_MS = 3000,   /* to be connected; libzmq tries one address several times meanwhile */
    HANDSHAKE_MS = 5000, /* from there to be admitted: a broker under load takes its time */
    LOOKUP_MS = 3000,    /* for the resolver, when an older answer is there */
    LOOK_MS = 5,         /* between two looks whether it answered */
};

enum state { RESOLVING, CONNECTING, UP, PAUSED };

struct link {
    struct link_options options;
    char host[256], name[300];
    int port;
    enum state state;
    int64_t due_ms; /* when the state ends by itself; UP does not */
    struct lookup *lookup;
    struct addresses addresses;
    size_t next; /* address to try */
    void *socket, *monitor;
    unsigned key;          /* which of the brokers' keys is tried */
    size_t keys_tried;     /* in a row, by which no handshake succeeded */
    bool shaking_hands;    /* connected, and not let in yet */
    bool refused, unknown; /* as last tried; they are in the log */
};

/* ---- sockets ---- */

static const struct {
    int option, value;
} limits[] = {
    {ZMQ_HEARTBEAT_IVL, 1000}, /* of ZMTP: finds connections that died without a word */
    {ZMQ_HEARTBEAT_TIMEOUT, 3000},
    /* A SYN that nothing answers is sent again after 1 s, then 2, 4, 8, …: a link that is mended
     * would be found by the next one only. A new try begins with the short waits again. */
    {ZMQ_CONNECT_TIMEOUT, 2000},
    {ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS},
    {ZMQ_RECONNECT_IVL, 100},
    {ZMQ_RECONNECT_IVL_MAX, 1000},
};

static void set_int(void *socket, int option, int value)
{
    zmq_setsockopt(socket, option, &value, sizeof value);
}

static void *new_socket(const struct link *link, const char *endpoint)
{
    const struct link_options *options = &link->options;
    char broker_key[CURVE_TEXT + 1];
    void *socket = zmq_socket(options->zmq_context, options->type);
    int64_t most = ANSWER_BYTES_MAX;

    if (!socket)
        abort(); /* the context is closed or out of sockets: nothing goes on */
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        set_int(socket, limits[i].option, limits[i].value);
    set_int(socket, ZMQ_IPV6, strchr(endpoint, '[') != NULL);
    set_int(socket, ZMQ_SNDHWM, options->hwm);
    set_int(socket, ZMQ_RCVHWM, options->hwm);
    set_int(socket, ZMQ_LINGER, options->linger_ms);
    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof most);
    broker_keys_pick(options->broker_keys, link->key, broker_key);
    certificate_connect(socket, options->own, broker_key);
    return socket;
}

static void *new_monitor(const struct link *link)
{
    static _Atomic unsigned serial;
    void *monitor = zmq_socket(link->options.zmq_context, ZMQ_PAIR);
    char name[64];

    if (!monitor)
        abort();
    snprintf(name, sizeof name, "inproc://jusha.link.%u", ++serial);
    set_int(monitor, ZMQ_RCVHWM, 0);
    set_int(monitor, ZMQ_LINGER, 0);
    zmq_socket_monitor(link->socket, name,
                       ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_DISCONNECTED |
                           ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                           ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL);
    zmq_connect(monitor, name);
    return monitor;
}

static void close_sockets(struct link *link)
{
    if (!link->socket)
        return;
    zmq_socket_monitor(link->socket, NULL, 0);
    zmq_close(link->monitor);
    zmq_close(link->socket);
    link->socket = link->monitor = NULL;
}

/* ---- which address ---- */

static void pause_link(struct link *link, int64_t now)
{
    link->state = PAUSED;
    link->due_ms = now + PAUSE_MS;
}

static void connect_next(struct link *link, int64_t now)
{
    const char *endpoint = link->addresses.endpoint[link->next++];

    link->socket = new_socket(link, endpoint);
    link->monitor = new_monitor(link);
    link->state = CONNECTING;
    link->shaking_hands = false;
    link->due_ms = now + CONNECT_MS;
    if (zmq_connect(link->socket, endpoint) != 0) { /* this machine cannot speak its protocol */
        log_debug("connect_failed", "endpoint=%s reason=%s", endpoint,
                  LOG_QUOTED(zmq_strerror(zmq_errno())));
        pause_link(link, now);
    }
}

static void note_unknown(struct link *link, const char *reason)
{
    if (reason && !link->unknown)
        log_warning("broker_unknown", "broker=%s reason=%s", link->name, LOG_QUOTED(reason));
    link->unknown = reason != NULL;
}

/* Takes the answer if it is there. Older addresses are better than none. */
static void resolve(struct link *link, int64_t now)
{
    const char *reason = NULL;

    if (lookup_take(link->lookup, &link->addresses, &reason)) {
        lookup_end(&link->lookup);
        note_unknown(link, reason);
    } else if (link->addresses.count == 0 || now < link->due_ms) {
        return;
    }
    link->next = 0;
    if (link->addresses.count > 0)
        connect_next(link, now);
    else
        pause_link(link, now);
}

static void open_next(struct link *link, int64_t now)
{
    close_sockets(link);
    if (link->next < link->addresses.count) {
        connect_next(link, now);
        return;
    }
    if (!link->lookup)
        link->lookup = lookup_start(link->host, link->port);
    link->state = RESOLVING;
    link->due_ms = now + LOOKUP_MS;
    resolve(link, now);
}

/* ---- what happens to it ---- */

/* The first two bytes of a monitor's first frame are the event's number. 0: no more. */
static uint16_t next_event(struct link *link)
{
    struct frames frames;
    uint16_t event = 0;

    if (!link->monitor || !frames_recv(link->monitor, &frames))
        return 0;
    memcpy(&event, frames_data(&frames, 0), sizeof event);
    frames_clear(&frames);
    return event;
}

static void come_up(struct link *link)
{
    link->state = UP;
    link->refused = link->shaking_hands = false;
    link->keys_tried = 0;
}

static void be_refused(struct link *link, int64_t now)
{
    if (!link->refused)
        log_warning("broker_refuses_key", "broker=%s", link->name);
    link->refused = true;
    pause_link(link, now);
}

/* A broker ends the handshake of whoever takes it for the owner of another key. */
static void try_other_key(struct link *link, int64_t now)
{
    close_sockets(link); /* libzmq would try the same key again and again */
    link->key++;
    if (++link->keys_tried < broker_keys_count(link->options.broker_keys)) {
        link->next--; /* at the same address */
        link->due_ms = now;
    } else {
        link->keys_tried = 0;
        pause_link(link, now);
    }
}

static int lose_connection(struct link *link, int news, int64_t now)
{
    if (link->state == CONNECTING && link->shaking_hands)
        try_other_key(link, now);
    if (link->state != UP) /* told of refused ones, too */
        return news;
    link->state = CONNECTING;
    link->due_ms = now + CONNECT_MS;
    return LINK_DOWN;
}

static int take_event(struct link *link, uint16_t event, int news, int64_t now)
{
    switch (event) {
    case ZMQ_EVENT_CONNECTED:
        link->due_ms = now + HANDSHAKE_MS;
        link->shaking_hands = true;
        return news;
    case ZMQ_EVENT_CONNECT_RETRIED: /* that address does not answer: another one may */
        if (link->state == CONNECTING && link->next < link->addresses.count)
            link->due_ms = now;
        return news;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        come_up(link);
        return news | LINK_UP;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        be_refused(link, now);
        return news;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        pause_link(link, now);
        return news;
    default:
        return lose_connection(link, news, now);
    }
}

int link_keep(struct link *link, int64_t now_ms)
{
    int news = LINK_SAME;
    uint16_t event;

    while ((event = next_event(link)))
        news = take_event(link, event, news, now_ms);
    if (link->state == RESOLVING)
        resolve(link, now_ms);
    else if (link->state != UP && now_ms >= link->due_ms)
        open_next(link, now_ms);
    return news;
}

void link_renew(struct link *link, int64_t now_ms)
{
    open_next(link, now_ms);
}

/* ---- what callers see ---- */

static int link_end(struct link *link)
{
    close_sockets(link);
    lookup_end(&link->lookup);
    return 0;
}

struct link *link_new(const void *parent, const struct link_options *options,
                      const struct broker_address *broker, enum broker_port which)
{
    struct link *link = mem_new(parent, struct link);
    char endpoint[300];

    ports_endpoint(broker, which, endpoint, sizeof endpoint);
    link->options = *options;
    link->port = broker->port + (int)which;
    snprintf(link->host, sizeof link->host, "%s", broker->host);
    snprintf(link->name, sizeof link->name, "%s", endpoint + strlen("tcp://"));
    talloc_set_destructor(link, link_end);
    open_next(link, clock_monotonic_ms());
    return link;
}

void *link_socket(const struct link *link)
{
    return link->socket;
}

bool link_is_up(const struct link *link)
{
    return link->state == UP;
}

bool link_is_refused(const struct link *link)
{
    return link->refused;
}

const char *link_name(const struct link *link)
{
    return link->name;
}

size_t link_poll(const struct link *link, zmq_pollitem_t items[static LINK_POLL_MAX], long *wait_ms)
{
    int64_t left_ms = link->due_ms - clock_monotonic_ms();

    if (link->state == RESOLVING)
        left_ms = LOOK_MS;
    if (left_ms < 0)
        left_ms = 0;
    if (link->state != UP && (*wait_ms < 0 || left_ms < *wait_ms))
        *wait_ms = (long)left_ms;
    if (!link->socket)
        return 0;
    items[0] = (zmq_pollitem_t){.socket = link->socket, .events = ZMQ_POLLIN};
    items[1] = (zmq_pollitem_t){.socket = link->monitor, .events = ZMQ_POLLIN};
    return 2;
}
