/* SPDX-License-Identifier: Apache-2.0 */
/* door.h - between the request sockets and the core */
#pragma once

#include "services/broker/ports/ledger.h"
#include "services/broker/ports/sockets.h"
#include "services/broker/route/route.h"

struct door;

struct door *door_create(const void *parent, struct sockets *sockets, struct ledger *ledger,
                         const struct broker_options *options);
/* After the ZeroMQ context has ended, and with it all that libzmq held. */
void door_destroy(struct door **door);

/* PORT_CLIENT or PORT_WORKER: takes at most `most` messages, returns how many, and sends what came
 * of them. */
int door_receive(struct door *door, enum broker_port port, int most);
/* Tells the core of connections of this port that ended. drained: door_receive found it empty just
 * now. */
void door_ends(struct door *door, enum broker_port port, bool drained);
/* Some certificate was taken away or changed: what connections hold by it is looked at again. */
void door_revoke(struct door *door);
/* BROKER_TICK, BROKER_DRAIN or BROKER_CLOSE. */
void door_event(struct door *door, enum broker_event event);
/* Tries again to send answers that callers did not take. True: some wait still, so come back
 * soon. */
bool door_retry(struct door *door);
/* True when no worker has anything. */
bool door_is_idle(const struct door *door);
