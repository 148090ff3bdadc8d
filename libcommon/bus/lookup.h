/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.h - the addresses of a broker's host, all of them, without waiting for a resolver
 *
 * libzmq would ask the resolver in the caller's thread and take one address of its answer. A
 * resolver that hangs must not stop a thread that serves, so names are resolved by glibc's own
 * threads (getaddrinfo_a). A host that is a number is known at once and asks nobody.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { ADDRESSES_MAX = 8, ADDRESS_TEXT = 96 };

/* "tcp://192.0.2.1:7101", "tcp://[2001:db8::1]:7101", in the order in which they are to be tried
 * (RFC 6724). */
struct addresses {
    size_t count;
    char endpoint[ADDRESSES_MAX][ADDRESS_TEXT];
};

struct lookup;

/* Never NULL. */
struct lookup *lookup_start(const char *host, int port);
/* Returns false if the answer is not there yet. *ret_reason is NULL, or says why there are no
 * addresses; *ret is not written then. */
bool lookup_take(struct lookup *lookup, struct addresses *ret, const char **ret_reason);
/* Accepts NULL. The resolver keeps a question that is still under way, with the memory that it
 * writes to. */
void lookup_end(struct lookup **lookup);
