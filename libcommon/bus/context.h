/* SPDX-License-Identifier: Apache-2.0 */
/*
 * context.h - a ZeroMQ context and its sockets, from which nothing can be guessed
 *
 * libzmq 4.3.4 numbers the peers of a ROUTER upwards from rand(), which begins alike in every
 * process that did not seed it, and ends the process when a peer claims the next number. It
 * staggers reconnections by rand() as well.
 */
#pragma once

/* zmq_ctx_new with rand() seeded from the system's random bytes. */
void *context_new(void);
/* zmq_socket; before a ROUTER rand() is seeded again, so that one socket's numbers say nothing of
 * another's. */
void *context_socket(void *context, int type);
