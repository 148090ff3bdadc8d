/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sockets.c - socket types and limits, the same on all ports
 *
 * Every limit is finite: the size of a message, the messages that wait for a slow peer, the time
 * that a handshake may take, and how long a dead connection may go unnoticed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>
#include <zmq.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/context.h"
#include "services/broker/sockets.h"

static const int types[BROKER_PORTS] = {
    [PORT_CLIENT] = ZMQ_ROUTER,
    [PORT_WORKER] = ZMQ_ROUTER,
    [PORT_PUBLISH] = ZMQ_XSUB,
    [PORT_SUBSCRIBE] = ZMQ_XPUB,
};

static const struct {
    int option, value;
} limits[] = {
    {ZMQ_SNDTIMEO, 0},
    {ZMQ_LINGER, 1000},
    {ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS},
    {ZMQ_HEARTBEAT_IVL, 5000}, /* of ZMTP: finds connections that died without a word */
    {ZMQ_HEARTBEAT_TIMEOUT, 15000},
    {ZMQ_TCP_KEEPALIVE, 1},
    {ZMQ_BACKLOG, 512},
    {ZMQ_IPV6, 1},
};

static void set_limits(void *socket, int type, int hwm)
{
    int64_t bytes = MESSAGE_BYTES_MAX;
    int on = 1;

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        zmq_setsockopt(socket, limits[i].option, &limits[i].value, sizeof limits[i].value);
    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &bytes, sizeof bytes);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &hwm, sizeof hwm);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &hwm, sizeof hwm);
    if (type == ZMQ_ROUTER)
        zmq_setsockopt(socket, ZMQ_ROUTER_MANDATORY, &on, sizeof on);
    if (type == ZMQ_XPUB)
        zmq_setsockopt(socket, ZMQ_XPUB_MANUAL, &on, sizeof on);
}

static enum status open_port(struct sockets *sockets, int port)
{
    void *socket = context_socket(sockets->context, types[port]);
    char endpoint[300];

    set_limits(socket, types[port], sockets->hwm);
    certificate_serve(socket, &sockets->own, (enum broker_port)port);
    ledger_watch(sockets->ledger, (enum broker_port)port, sockets->context, socket);
    ports_endpoint(&sockets->address, (enum broker_port)port, endpoint, sizeof endpoint);
    if (zmq_bind(socket, endpoint) == -1) {
        log_error("not_bound", "endpoint=%s error=%s", LOG_QUOTED(endpoint),
                  LOG_QUOTED(zmq_strerror(errno)));
        ledger_unwatch(sockets->ledger, (enum broker_port)port);
        zmq_close(socket);
        return STATUS_UNAVAILABLE;
    }
    sockets->port[port] = socket;
    return STATUS_OK;
}

enum status sockets_open(struct sockets *sockets, const struct broker_address *address, int hwm,
                         const struct certificate *own)
{
    sockets->address = *address;
    sockets->own = *own;
    sockets->hwm = hwm;
    for (int port = 0; port < BROKER_PORTS; port++)
        if (open_port(sockets, port) != STATUS_OK)
            return STATUS_UNAVAILABLE;
    sockets->wanted = wanted_create(NULL);
    return STATUS_OK;
}

enum status sockets_reopen(struct sockets *sockets, enum broker_port port)
{
    char endpoint[300];

    if (sockets->port[port]) {
        ports_endpoint(&sockets->address, port, endpoint, sizeof endpoint);
        zmq_setsockopt(sockets->port[port], ZMQ_LINGER, &(int){0}, sizeof(int));
        zmq_unbind(sockets->port[port], endpoint);
        ledger_unwatch(sockets->ledger, port);
        zmq_close(sockets->port[port]);
        sockets->port[port] = NULL;
    }
    return open_port(sockets, port);
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
    TALLOC_FREE(sockets->wanted);
    sodium_memzero(&sockets->own, sizeof sockets->own);
}
