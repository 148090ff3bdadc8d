/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.h - a connection to one port of one broker that comes back, whatever ended it
 *
 * libzmq connects again by itself when a connection breaks, and for ever not when a broker refused
 * the key or when something made no sense. It asks the resolver once, waits for it, and takes one
 * address. So a link resolves names (lookup.h), tries every address in turn, watches its socket,
 * and opens a new one where libzmq gave up: 1 s after a refusal, 3 s after it was connected last, 5
 * s into a handshake. A broker that ends the handshake may have the other one of its keys
 * (broker_keys.h): that one is tried at once. Send only while it is up; what was under way when it
 * goes down is lost, or comes late, by the next connection: whoever is asked has to bear both.
 *
 * ZMQ_IMMEDIATE, by which libzmq itself would take nothing while it is not connected, is not used:
 * with it libzmq 4.3.4 drops what it has received when a connection ends, and ends the process if a
 * message was read in part (fq.cpp, "!_more").
 *
 * One thread at a time. Whoever holds it calls link_keep whenever link_poll says so, and often
 * enough.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <zmq.h>

#include "libcommon/bus/broker_keys.h"
#include "libcommon/bus/certificate.h"
#include "libcommon/bus/ports.h"

struct link;

struct link_options {
    void *zmq_context;
    int type;                      /* ZMQ_DEALER, ZMQ_PUB */
    int hwm;                       /* messages that may wait each way; 0: any number */
    int linger_ms;                 /* how long what was sent may still leave when it ends */
    const struct certificate *own; /* borrowed, like the next, until the link ends */
    struct broker_keys *broker_keys;
};

/* Never NULL. Ends with talloc_free, before its ZeroMQ context does. */
struct link *link_new(const void *parent, const struct link_options *options,
                      const struct broker_address *broker, enum broker_port which);

enum link_news {
    LINK_SAME = 0,
    LINK_DOWN = 1, /* it was up: what was sent and not answered is lost */
    LINK_UP =
        2, /* the broker knows nothing of us on this connection; after LINK_DOWN if both are set */
};

/* Keeps the connection up, without waiting. Returns link_news in one. The socket may be another one
 * afterwards. */
int link_keep(struct link *link, int64_t now_ms);
/* Reconnects to a broker that is silent, at the next address if there are several. LINK_DOWN is
 * not reported. */
void link_renew(struct link *link, int64_t now_ms);

/* For frames_recv, frames_send and the like; NULL, with which they fail, while there is none. */
void *link_socket(const struct link *link);
bool link_is_up(const struct link *link);
/* True if the broker refused our key at the last try. */
bool link_is_refused(const struct link *link);
const char *link_name(const struct link *link); /* "host:port" */

/* For zmq_poll: what arrives at the socket, what link_keep has to see, and by when it wants to be
 * called (lowers *wait_ms; -1 is for ever). Returns how many items; they hold until the next
 * link_keep or link_renew. */
enum { LINK_POLL_MAX = 2 };
size_t link_poll(const struct link *link, zmq_pollitem_t items[static LINK_POLL_MAX],
                 long *wait_ms);
