/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger_limits.c - how many connections may be silent, and how much libzmq may hold of what they
 * said
 *
 * Whoever exceeds a limit is shut down: at the kernel, so that libzmq's own thread finds the end
 * and frees what it had.
 */
#include <stdio.h>
#include <string.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "services/broker/ports/ledger_state.h"

enum {
    LOOK_MS = 50,         /* between two looks at what libzmq holds, ... */
    STRAINED_LOOK_MS = 5, /* ... while it holds something worth it */
    STRAINED_BYTES = 1024 * 1024,
    UNSEEN_OF_PEER = 2 * 1024 * 1024, /* bytes of a connection while nothing waits to be taken */
    UNSEEN_MAX = 16 * 1024 * 1024,    /* bytes of all */
};

/* ---- silence ---- */

/* Those that said nothing at all have half of the places: beyond that the oldest of them goes, else
 * the oldest that said something. How much it said does not count, for anybody can say much and
 * never come to an end; and whoever is about to make a handshake says its first word at once, and
 * is through before it is the oldest. */
static void shut_one_young(struct ledger *ledger, struct port *port)
{
    struct peer *oldest[2] = {NULL}, *peer; /* [it said something] */
    unsigned mute = 0;

    DL_FOREACH(port->peers[YOUNG], peer)
    {
        bool spoke = unseen_received(peer->fd) > 0;

        mute += !spoke;
        if (!oldest[spoke])
            oldest[spoke] = peer;
    }
    bool spoke = oldest[1] && mute <= port->count[YOUNG] / 2;

    if (oldest[spoke])
        peer_shut(ledger, port, oldest[spoke]);
}

/* One who may not have made its handshake yet, where there are most of them, or the oldest of the
 * others. False: all connections are in use. */
static bool shut_one_silent(struct ledger *ledger)
{
    struct port *most_young = &ledger->port[0], *oldest_quiet = NULL;

    for (int i = 0; i < BROKER_PORTS; i++) {
        struct port *port = &ledger->port[i];
        const struct peer *quiet = port->peers[QUIET];

        if (port->count[YOUNG] > most_young->count[YOUNG])
            most_young = port;
        if (quiet && (!oldest_quiet || quiet->since_ms < oldest_quiet->peers[QUIET]->since_ms))
            oldest_quiet = port;
    }
    if (most_young->count[YOUNG] > 0)
        shut_one_young(ledger, most_young);
    else if (oldest_quiet)
        peer_shut(ledger, oldest_quiet, oldest_quiet->peers[QUIET]);
    return most_young->count[YOUNG] > 0 || oldest_quiet;
}

static void keep_limits(struct ledger *ledger, struct port *port, int64_t now_ms)
{
    struct peer *peer;

    while ((peer = port->peers[YOUNG]) && now_ms - peer->since_ms > YOUNG_MS)
        peer_move(ledger, port, peer, QUIET);
    while ((peer = port->peers[QUIET]) && now_ms - peer->since_ms > QUIET_MS)
        peer_shut(ledger, port, peer);
    while (port->count[YOUNG] > SILENT_MAX)
        shut_one_young(ledger, port);
}

/* ---- what libzmq holds ---- */

void ledger_drained(struct ledger *ledger, enum broker_port port)
{
    ledger->port[port].drained = true;
}

void ledger_took(struct ledger *ledger, uint64_t serial, const struct frames *frames)
{
    struct peer *peer;

    HASH_FIND(hh, ledger->by_serial, &serial, sizeof serial, peer);
    if (peer)
        unseen_took(&peer->unseen, frames);
}

static void shut_holder(struct ledger *ledger, struct port *port, struct peer *peer)
{
    log_warning("connection_refused", "reason=unseen_bytes bytes=%llu",
                (unsigned long long)peer->unseen.bytes);
    peer->unseen.bytes = 0;
    peer_shut(ledger, port, peer);
}

/* Returns what libzmq holds of this port's connections, less those that were shut down for it. */
static uint64_t look_at_port(struct ledger *ledger, struct port *port)
{
    uint64_t sum = 0;
    struct peer *peer, *next;

    for (enum peer_state state = YOUNG; state <= TALKING; state++)
        DL_FOREACH_SAFE(port->peers[state], peer, next)
        {
            unseen_look(&peer->unseen, peer->fd, port->was_drained);
            if (port->drained && peer->unseen.stuck > UNSEEN_OF_PEER)
                shut_holder(ledger, port, peer);
            sum += peer->unseen.bytes;
        }
    port->was_drained = port->drained;
    port->drained = false;
    return sum;
}

/* What libzmq holds of one certificate; of all together who said nothing yet: "". */
struct share {
    UT_hash_handle hh;
    char key[CURVE_TEXT + 1];
    uint64_t bytes;
};

static struct share *share_of(const void *scratch, struct share **shares, const char *key)
{
    struct share *share;

    HASH_FIND_STR(*shares, key, share);
    if (!share) {
        share = mem_new(scratch, struct share);
        memcpy(share->key, key, sizeof share->key);
        HASH_ADD_STR(*shares, key, share);
    }
    return share;
}

/* However many connections it has: an honest one may have most in a single connection while a crowd
 * floods. */
static void find_largest_share(struct ledger *ledger, char ret_key[static CURVE_TEXT + 1])
{
    void *scratch = mem_bytes(NULL, 1);
    struct share *shares = NULL, *share, *most = NULL, *next;
    struct peer *peer;

    for (int i = 0; i < BROKER_PORTS; i++)
        for (enum peer_state state = YOUNG; state <= TALKING; state++)
            DL_FOREACH(ledger->port[i].peers[state], peer)
            {
                share_of(scratch, &shares, peer->key)->bytes += peer->unseen.bytes;
            }
    HASH_ITER(hh, shares, share, next)
    {
        if (!most || share->bytes > most->bytes)
            most = share;
    }
    snprintf(ret_key, CURVE_TEXT + 1, "%s", most ? most->key : "");
    HASH_CLEAR(hh, shares);
    talloc_free(scratch);
}

/* Shuts down the connection that has most, of the certificate that has most; returns how much that
 * was, 0: nobody is left. */
static uint64_t shut_largest(struct ledger *ledger)
{
    struct port *port_of_most = NULL;
    struct peer *most = NULL, *peer;
    char key[CURVE_TEXT + 1];
    uint64_t bytes;

    find_largest_share(ledger, key);
    for (int i = 0; i < BROKER_PORTS; i++)
        for (enum peer_state state = YOUNG; state <= TALKING; state++)
            DL_FOREACH(ledger->port[i].peers[state], peer)
            {
                if (strcmp(peer->key, key) != 0 ||
                    (most && peer->unseen.bytes <= most->unseen.bytes))
                    continue;
                most = peer;
                port_of_most = &ledger->port[i];
            }
    if (!most)
        return 0;
    bytes = most->unseen.bytes;
    shut_holder(ledger, port_of_most, most);
    return bytes;
}

bool ledger_is_strained(const struct ledger *ledger)
{
    return ledger->unseen > STRAINED_BYTES;
}

static void look(struct ledger *ledger, int64_t now_ms)
{
    uint64_t sum = 0;

    if (now_ms - ledger->look_ms < (ledger_is_strained(ledger) ? STRAINED_LOOK_MS : LOOK_MS))
        return;
    ledger->look_ms = now_ms;
    for (int i = 0; i < BROKER_PORTS; i++)
        sum += look_at_port(ledger, &ledger->port[i]);
    for (uint64_t bytes = 1; sum > UNSEEN_MAX && bytes > 0; sum -= bytes)
        bytes = shut_largest(ledger);
    ledger->unseen = sum;
}

void ledger_limit(struct ledger *ledger, int64_t now_ms)
{
    for (int i = 0; i < BROKER_PORTS; i++)
        keep_limits(ledger, &ledger->port[i], now_ms);
    look(ledger, now_ms);
    while (ledger->open > ledger->peers_max && shut_one_silent(ledger))
        ;
}
