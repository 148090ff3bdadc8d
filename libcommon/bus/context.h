/* SPDX-License-Identifier: Apache-2.0 */
/*
 * context.h - a ZeroMQ context and sockets whose numbers nobody can guess
 *
 * libzmq 4.3.4 numbers the peers of a ROUTER upwards from rand(), which begins with the same
 * numbers in every process that did not seed it, and ends the process when a peer claims the next
 * number. It staggers reconnections by rand() as well.
 */
#pragma once

/* zmq_ctx_new with rand() seeded from the system's random bytes. */
void *context_new(void);
/* As zmq_socket, but seeds rand() again before a ROUTER, so that the numbers of one socket tell
 * nothing of another's. */
void *context_socket(void *context, int type);
