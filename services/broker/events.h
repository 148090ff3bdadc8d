/* SPDX-License-Identifier: Apache-2.0 */
/* events.h - the event side: publications in at XSUB, out at XPUB, each checked at the door */
#pragma once

#include <stdint.h>

#include "libcommon/bus/zap.h"
#include "services/broker/sockets.h"

/* Each takes at most `most` messages and returns how many it took. */
int events_publish(struct sockets *sockets, struct ledger *ledger, int most);
int events_subscribe(struct sockets *sockets, struct ledger *ledger, int most);

/* At every tick: when a certificate was taken away, ends all subscriptions, so that only those who
 * may still follow come back. */
void events_revoke(struct sockets *sockets, struct zap *zap);
/* Connections of this port that ended; drained as in door_ends. */
void events_ends(struct ledger *ledger, enum broker_port port, bool drained);
