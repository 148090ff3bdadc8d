/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_server.h - a few HTTP connections in a thread of their own, one request each
 *
 * Foreign bytes may come here, and descriptors may be short when it matters most that somebody is
 * answered. So there are eight connections, whose descriptors are held from the start; each has 5 s
 * from its beginning to its end, whatever trickles in; and a ninth takes the place of the oldest.
 */
#pragma once

#include <stdio.h>

struct admin_server;

struct admin_site {
    /* Writes the whole response to a request of this head (request line and headers; NULL: it was
     * too large). Runs on the server's thread. */
    void (*answer)(void *argument, const char *head, FILE *out);
    void *argument;
};

/* NULL with errno if it cannot listen there. host: a name or an address of this machine. */
struct admin_server *admin_server_start(const char *host, int port, const struct admin_site *site);
void admin_server_destroy(struct admin_server **server);
