/* SPDX-License-Identifier: Apache-2.0 */
/* dial.h - sockets that connect to brokers: CURVE, finite in everything, quick to notice a dead peer */
#pragma once

#include <stdbool.h>

#include "libcommon/bus/certificate.h"
#include "libcommon/bus/ports.h"

/* A socket of `type`, not connected yet; never NULL. hwm: messages that may wait each way, 0: any number.
 * linger_ms: how long what was sent may still leave after zmq_close. */
void *dial_new(void *zmq_context, int type, int hwm, int linger_ms, const struct certificate *own,
               const char *broker_key);

/* Connects; false if the endpoint's name cannot be resolved now. libzmq connects again by itself. */
bool dial(void *socket, const char *endpoint);

/* Connects to one port of every broker in "host:port,host:port". */
void dial_all(void *socket, const char *brokers, enum broker_port which);
