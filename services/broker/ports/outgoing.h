/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outgoing.h - answers on their way to callers
 *
 * libzmq holds a few for each connection; what a connection does not take at once waits here, in
 * order. All of it, here and in libzmq, counts in the account of the caller's certificate and in
 * one of all: an answer beyond them is dropped, and its caller asks again. Where all is full, only
 * those lose answers who let many wait. Main thread.
 */
#pragma once

#include "services/broker/route/outbox.h"

struct outgoing;

struct outgoing *outgoing_create(const void *parent);
/* Only after libzmq's context: frames that libzmq still holds count in it. */
void outgoing_destroy(struct outgoing **outgoing);

/* Takes the message's frames. message->untaken is the account; NULL: nobody's, bounded for all of
 * those together. What is dropped is counted (gauges.h), and nobody is told. */
void outgoing_send(struct outgoing *outgoing, void *socket, struct outbox_message *message);
/* Tries again to send what waits. True: something waits still. */
bool outgoing_retry(struct outgoing *outgoing, void *socket);
/* The connection with this routing id has ended: what waits for it is dropped. */
void outgoing_gone(struct outgoing *outgoing, const void *id, size_t size);
