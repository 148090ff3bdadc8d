/* SPDX-License-Identifier: Apache-2.0 */
/* events.h - between the publish and event ports and the core of the event side */
#pragma once

#include "services/broker/ports/ledger.h"
#include "services/broker/ports/sockets.h"

struct events;

/* Asks publishers to say that they are there. */
struct events *events_create(const void *parent, struct sockets *sockets, struct ledger *ledger,
                             struct zap *zap);
/* After the ZeroMQ context has ended, and with it all that libzmq held. */
void events_destroy(struct events **events);

/* PORT_PUBLISH and PORT_SUBSCRIBE: each takes at most `most` messages and returns how many it
 * took. */
int events_publish(struct events *events, int most);
int events_hear(struct events *events, int most);

/* Tries again to send what followers did not take. True: some waits still, so come back soon. */
bool events_retry(struct events *events);

/* Connections of this port that ended, as door_ends. */
void events_ends(struct events *events, enum broker_port port, bool drained);
/* A certificate was revoked, or grants something else: who holds it no more gets nothing more. */
void events_revoke(struct events *events);
/* Time passes; at least every 100 ms. */
void events_tick(struct events *events);
