/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sockets.c - socket types and limits, the same on all ports
 *
 * sockets_open -> for each port open_port: limits, CURVE, the ledger's watch, bind; the order is
 * libzmq's. Every limit is finite: the size of a message, the messages that wait for a slow peer,
 * the time that a handshake may take, and how long a dead connection may go unnoticed. Only binding
 * fails.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <zmq.h>

#include "libcommon/base/log.h"
#include "libcommon/bus/context.h"
#include "libcommon/bus/feed.h"
#include "services/broker/ports/sockets.h"

static const int types[BROKER_PORTS] = {
    [PORT_CLIENT] = ZMQ_ROUTER,
    [PORT_WORKER] = ZMQ_ROUTER,
    [PORT_PUBLISH] = ZMQ_XSUB,
    [PORT_SUBSCRIBE] = ZMQ_ROUTER,
};

static const struct {
    int option, value;
} limits[] = {
    {ZMQ_SNDTIMEO, 0},
    {ZMQ_LINGER, 1000},
    {ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS},
    /* The kernel finds connections that died without a word. ZMTP's heartbeats do, too, but libzmq
     * 4.3.4 ends its process when one is due for a connection that was closed while its messages
     * wait to be taken (libzmq #4364). */
    {ZMQ_TCP_KEEPALIVE, 1},
    {ZMQ_TCP_KEEPALIVE_IDLE, 5}, /* seconds */
    {ZMQ_TCP_KEEPALIVE_INTVL, 5},
    {ZMQ_TCP_KEEPALIVE_CNT, 2},
    {ZMQ_TCP_MAXRT, 15000}, /* ms that what was sent may stay unacknowledged */
    {ZMQ_BACKLOG, 512},
    /* what the kernel has, libzmq takes even of a connection that is shut down */
    {ZMQ_RCVBUF, 256 * 1024},
    {ZMQ_IPV6, 1},
};

/* Whoever is no service of ours holds up little in libzmq, which counts messages; what more waits
 * is counted in bytes by outgoing.h and feed.h. The kernel's own buffer is memory as well. */
enum { STRANGERS_HWM = 64, STRANGERS_SNDBUF = 64 * 1024 };

/* Of each connection of those that serve or publish, and not the broker's own hwm: a foreign one
 * may say thousands of words a second over all that it has. What is beyond waits at its end;
 * answers are within credit, and the journal has the events. */
enum { SERVERS_RCVHWM = 256 };

static bool is_for_strangers(int port)
{
    return port == PORT_CLIENT || port == PORT_SUBSCRIBE;
}

static void set_limits(void *socket, int port, int hwm)
{
    int64_t bytes = port == PORT_SUBSCRIBE ? FEED_REQUEST_MAX : MESSAGE_BYTES_MAX;
    int on = 1, sent_hwm = is_for_strangers(port) ? STRANGERS_HWM : hwm;
    int received_hwm = is_for_strangers(port) ? STRANGERS_HWM : SERVERS_RCVHWM;

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        zmq_setsockopt(socket, limits[i].option, &limits[i].value, sizeof limits[i].value);
    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &bytes, sizeof bytes);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &sent_hwm, sizeof sent_hwm);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &received_hwm, sizeof received_hwm);
    if (types[port] == ZMQ_ROUTER)
        zmq_setsockopt(socket, ZMQ_ROUTER_MANDATORY, &on, sizeof on);
    /* A claimed routing id is never served, so who holds it does not matter; but a second one that
     * claims it without this is neither let in nor refused: what it sends stays in libzmq's memory,
     * beyond its connection's end. */
    if (port == PORT_CLIENT || port == PORT_WORKER)
        zmq_setsockopt(socket, ZMQ_ROUTER_HANDOVER, &on, sizeof on);
    if (is_for_strangers(port))
        zmq_setsockopt(socket, ZMQ_SNDBUF, &(int){STRANGERS_SNDBUF}, sizeof(int));
}

/* libzmq numbers all peers of this socket from now on, whatever routing ids they claim. Behind the
 * bind and never before another one: what is bound while the option is set, or was, speaks raw TCP
 * without CURVE. */
static void number_peers(void *socket)
{
    zmq_setsockopt(socket, ZMQ_ROUTER_RAW, &(int){1}, sizeof(int));
    /* left at 1 an empty frame would mute its peer */
    zmq_setsockopt(socket, ZMQ_ROUTER_RAW, &(int){0}, sizeof(int));
}

static enum status open_port(struct sockets *sockets, int port,
                             const struct broker_address *address, int hwm,
                             const struct certificate *own)
{
    void *socket = context_socket(sockets->context, types[port]);
    char endpoint[300];

    set_limits(socket, port, hwm);
    certificate_serve(socket, own, (enum broker_port)port);
    ledger_watch(sockets->ledger, (enum broker_port)port, sockets->context, socket);
    ports_endpoint(address, (enum broker_port)port, endpoint, sizeof endpoint);
    if (zmq_bind(socket, endpoint) == -1) {
        log_error("not_bound", "endpoint=%s error=%s", LOG_QUOTED(endpoint),
                  LOG_QUOTED(zmq_strerror(errno)));
        ledger_unwatch(sockets->ledger, (enum broker_port)port);
        zmq_close(socket);
        return STATUS_UNAVAILABLE;
    }
    if (port == PORT_SUBSCRIBE)
        number_peers(socket);
    sockets->port[port] = socket;
    return STATUS_OK;
}

enum status sockets_open(struct sockets *sockets, const struct broker_address *address, int hwm,
                         const struct certificate *own)
{
    for (int port = 0; port < BROKER_PORTS; port++)
        if (open_port(sockets, port, address, hwm, own) != STATUS_OK)
            return STATUS_UNAVAILABLE;
    return STATUS_OK;
}

struct broker_address sockets_reach(const struct broker_address *address)
{
    static const struct {
        const char *bound, *reached;
    } wildcards[] = {{"*", "127.0.0.1"}, {"0.0.0.0", "127.0.0.1"}, {"::", "::1"}};
    struct broker_address reach = *address;

    for (size_t i = 0; i < sizeof wildcards / sizeof *wildcards; i++)
        if (strcmp(address->host, wildcards[i].bound) == 0)
            snprintf(reach.host, sizeof reach.host, "%s", wildcards[i].reached);
    return reach;
}

void sockets_close(struct sockets *sockets)
{
    for (int port = 0; port < BROKER_PORTS; port++)
        if (sockets->port[port]) {
            ledger_unwatch(sockets->ledger, (enum broker_port)port);
            zmq_close(sockets->port[port]);
        }
    memset(sockets->port, 0, sizeof sockets->port);
}
