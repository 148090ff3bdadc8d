/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger.h - who is connected to which port: a descriptor, an admission, a routing id, until it
 * ends
 *
 * ACCEPTED of a port's monitor opens a peer, which is silent until its first message ties it to its
 * admission (by the User-Id) and its routing id; DISCONNECTED ends it. An end counts once
 * everything that the peer had sent was taken: a worker's last answers come before its end.
 *
 * Silent ones are bounded, so that half-open connections use up nothing: beyond SILENT_MAX of a
 * port the oldest is shut down, of those that said nothing at all if they are most. Whoever is
 * silent for longer than a handshake may take has made it and is counted by its certificate; it has
 * QUIET_MS. All ports together have as many connections as descriptors, less a reserve. Main thread
 * only.
 */
#pragma once

#include "libcommon/bus/frames.h"
#include "libcommon/bus/zap.h"

enum {
    HANDSHAKE_MS = 2000, /* libzmq ends a connection that is not ready by then */
    SILENT_MAX = 64,
    QUIET_MS = 60000,
    REVOKED_MAX =
        100, /* messages of a connection after its certificate was taken away; then it ends */
    DESCRIPTORS_RESERVED = 64,
};

struct ledger;

/* Raises the process's limit of descriptors as far as it may. */
struct ledger *ledger_create(const void *parent, struct zap *zap);
/* When no port is watched any more. */
void ledger_destroy(struct ledger **ledger);

/* Before bind; and before close, which ends all its peers. */
void ledger_watch(struct ledger *ledger, enum broker_port port, void *context, void *socket);
void ledger_unwatch(struct ledger *ledger, enum broker_port port);
/* To be polled for reading; then ledger_read. */
int ledger_fd(const struct ledger *ledger);
/* Takes what the monitors say and keeps the limits; also with every tick. */
void ledger_read(struct ledger *ledger);

/* libzmq holds so much that ledger_read should come again soon. */
bool ledger_is_strained(const struct ledger *ledger);
/* Nothing waits to be taken at this port now. */
void ledger_drained(struct ledger *ledger, enum broker_port port);

enum sender {
    SENDER_NOBODY,  /* no connection that was let in, or one that is being shut down */
    SENDER_REVOKED, /* its certificate is not honoured any more */
    SENDER_CLAIMED, /* it claimed its routing id; libzmq did not give it */
    SENDER_KNOWN,
    SENDERS,
};

/* Who sent this message? A ROUTER's begins with the routing id. ret_caller is written unless NOBODY
 * or REVOKED. */
enum sender ledger_sender(struct ledger *ledger, enum broker_port port, struct frames *frames,
                          struct certificate *ret_caller);

struct routing_id {
    uint8_t size; /* bytes; 0 at a port without them */
    uint8_t bytes[255];
};

/* True when some peer of this port ended and ledger_next_end is due, once the port is found
 * empty. */
bool ledger_has_ends(const struct ledger *ledger, enum broker_port port);
/* The next peer that ended. drained: the port was found empty after its last message could have
 * come; otherwise only those that ended a second ago. */
bool ledger_next_end(struct ledger *ledger, enum broker_port port, bool drained,
                     struct routing_id *ret);
/* The next peer whose certificate was changed or, unless *ret_known, taken away since it was asked
 * last. */
bool ledger_next_changed(struct ledger *ledger, enum broker_port port, struct routing_id *ret,
                         bool *ret_known);

/* Shuts down every connection of this key that ever said something. */
void ledger_shut(struct ledger *ledger, const char *public_key);
