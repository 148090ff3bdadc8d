/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zap.h - ZAP handler (RFC 27): which CURVE keys may connect, and who they are
 *
 * A thread of its own answers from a folder of public certificates (*.key). A new file is honoured
 * on its first connection, a removed or changed one at the latest 2 s later, for connections that
 * stand as well: the caller of every message is looked up in what the folder holds now.
 */
#pragma once

#include <stdbool.h>
#include <zmq.h>

#include "libcommon/bus/certificate.h"

struct zap;

/* Binds inproc://zeromq.zap.01 of this context; before any server socket. NULL if the folder cannot
 * be read or another handler runs; logs why. */
struct zap *zap_start(void *zmq_context, const char *folder);
void zap_destroy(struct zap **zap);

/* How many certificates were taken away or changed since the start. What somebody was granted for longer than one
 * message has to be looked at again when this grows. */
unsigned zap_revocations(struct zap *zap);

/* Who sent this frame? Pass any frame but a ROUTER's first one. False: nobody that is known now. */
bool zap_caller(struct zap *zap, zmq_msg_t *frame, struct certificate *ret);

/* Is it known now, with this name, role and these streets? */
bool zap_holds(struct zap *zap, const struct certificate *certificate);
