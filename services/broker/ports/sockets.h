/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sockets.h - the broker's four ports, open and guarded
 *
 * The context, the ledger and whoever reads the ports are the program's (main.c). Main thread.
 */
#pragma once

#include "libcommon/bus/certificate.h"
#include "libcommon/bus/ports.h"
#include "services/broker/ports/ledger.h"

struct sockets {
    void *context;
    struct ledger *ledger;    /* watches the ports */
    void *port[BROKER_PORTS]; /* by enum broker_port */
};

/* Binds all four at address, port..port+3. hwm: messages that may wait for one peer. A ZAP handler
 * must run. UNAVAILABLE with a log line that names the endpoint if one is taken; those
 * that are open then are sockets_close's. */
enum status sockets_open(struct sockets *sockets, const struct broker_address *address, int hwm,
                         const struct certificate *own) MUST_CHECK;

/* Where a program on this machine reaches what is bound at address. */
struct broker_address sockets_reach(const struct broker_address *address);

/* What was sent is given a second to leave. */
void sockets_close(struct sockets *sockets);
