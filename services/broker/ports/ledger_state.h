/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_state.h - what the ledger remembers; for its own files only */
#pragma once

#include <stdlib.h>

#define uthash_fatal(message) abort()
#include <uthash.h>
#include <utlist.h>

#include "services/broker/ports/ledger.h"
#include "services/broker/ports/unseen.h"

enum { YOUNG_MS = HANDSHAKE_MS + 500 /* libzmq's timer is not exact */ };

enum peer_state { YOUNG, QUIET, TALKING, SHUT, ENDED, PEER_STATES };

struct peer {
    struct peer *prev, *next; /* in the list of its state, oldest first */
    enum peer_state state;
    int fd;
    uint64_t cookie;  /* the kernel's name of the connection */
    int64_t since_ms; /* accepted, or ended */
    uint64_t serial;  /* of its admission; 0: it said nothing yet */
    char key[CURVE_TEXT + 1];
    unsigned refused; /* messages that it sent after its certificate was taken away */
    struct routing_id id;
    struct unseen unseen;
    UT_hash_handle hh; /* in ledger->by_serial, once it is tied */
};

struct port {
    void *socket, *monitor;
    struct peer *peers[PEER_STATES];
    unsigned count[PEER_STATES];
    struct peer **by_fd; /* talloc'ed, as long as the highest one needs */
    bool drained,
        was_drained; /* since the last look at what libzmq holds, and between the two before */
};

struct ledger {
    struct zap *zap;
    int epoll;
    unsigned peers_max, open; /* of all ports: neither shut nor ended */
    struct port port[BROKER_PORTS];
    struct peer *by_serial;
    int64_t look_ms, told_ms;
    uint64_t unseen; /* bytes that libzmq held at the last look */
};

/* ledger.c */
void peer_move(struct ledger *ledger, struct port *port, struct peer *peer, enum peer_state state);
void peer_shut(struct ledger *ledger, struct port *port, struct peer *peer);

/* ledger_limits.c */
void ledger_limit(struct ledger *ledger, int64_t now_ms);
/* A message of this admission came. */
void ledger_took(struct ledger *ledger, uint64_t serial, const struct frames *frames);
