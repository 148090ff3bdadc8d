/* SPDX-License-Identifier: Apache-2.0 */
/* stranger.h - the test that the broker makes of its own doors before it serves */
#pragma once

#include "libcommon/bus/certificate.h"
#include "libcommon/bus/ports.h"
#include "libcommon/bus/zap.h"

/* Connects to all four ports at once with random keys. True if each refused; false, with a log
 * line, if one let a stranger in or did not answer within 5 s. */
bool strangers_are_refused(void *zmq_context, const struct broker_address *address,
                           const char *server_key);

/* Connects to the event port with a key that is known for that long, and claims a routing id.
 * True if the port's socket took its word under an id of libzmq's own; false, with a log line,
 * if not. What others say meanwhile is lost. */
bool claims_are_ignored(void *zmq_context, const struct broker_address *address,
                        const char *server_key, void *event_socket, struct zap *zap);
