/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zap.h - ZAP handler (RFC 27): which CURVE keys may connect to which port, and who they are
 *
 * A thread of its own answers from a folder of public certificates (*.key), by role and port and
 * within the limits of admissions.h. A new file is honoured on its first connection, a removed or
 * changed one at the latest 2 s later, for connections that stand as well: the sender of every
 * message is looked up in what the folder holds now. One that expires counts as removed from the
 * midnight (UTC) after its last day; a key that stands in the folder's `revoked` (revoked.h) counts
 * as removed whatever files have it.
 *
 * The server has to say what became of the connections (zap_spoke, zap_ended, zap_silent), or they
 * count as live permanently. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <zmq.h>

#include "libcommon/bus/admissions.h"
#include "libcommon/bus/certificate.h"

enum { ZAP_SERIAL_BYTES = 16 }; /* of a User-Id: an admission's serial in hexadecimal */

struct zap;

/* Binds inproc://zeromq.zap.01 of this context; before any server socket. NULL if the folder cannot
 * be read or another handler runs; logs why. */
struct zap *zap_start(void *zmq_context, const char *folder);
void zap_destroy(struct zap **zap);

/* Adds a certificate to those of the folder, for a program that tests its own ports; one at a
 * time. */
void zap_guest(struct zap *zap, const struct certificate *guest);
void zap_guest_leaves(struct zap *zap);

/* Returns how many certificates were removed or changed since the start. When it grows, anything
 * that a connection was granted permanently has to be checked again. */
unsigned zap_revocations(struct zap *zap);

/* How many certificates expire within 30 days; each is in the log once a day. */
unsigned zap_expiring(struct zap *zap);

struct zap_sender {
    uint64_t serial; /* of its admission */
    bool spoke;      /* zap_spoke was called */
    bool known;      /* its certificate is honoured now */
};

/* Finds the sender of this frame, which may be any but a ROUTER's first one. Returns false if
 * there is none or its admission ended. *ret_certificate is written if it is known. */
bool zap_sender(struct zap *zap, zmq_msg_t *frame, struct zap_sender *ret,
                struct certificate *ret_certificate);
/* The same, for known senders alone. */
bool zap_caller(struct zap *zap, zmq_msg_t *frame, struct certificate *ret);
/* True once for each time that its certificate was taken away, given back or changed since the
 * admission. */
bool zap_changed(struct zap *zap, uint64_t serial, bool *ret_known);

/* The first message of an admission came. False: its certificate has too many connections; this one
 * is to be ended. */
bool zap_spoke(struct zap *zap, uint64_t serial);
/* Its connection ended. */
void zap_ended(struct zap *zap, uint64_t serial);
/* Which connections of this port have said nothing yet. */
void zap_silent(struct zap *zap, enum broker_port port, const struct silent_ones *silent);

/* Is it known now, with this name, role and these streets? */
bool zap_holds(struct zap *zap, const struct certificate *certificate);
