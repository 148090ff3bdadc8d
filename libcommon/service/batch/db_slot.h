/* SPDX-License-Identifier: Apache-2.0 */
/* db_slot.h - a work thread's connection, opened again when it was lost */
#pragma once

#include <uthash.h>

#include "libcommon/service/database/db.h"
#include "libcommon/service/method/method.h"

struct publisher; /* publisher.h */

/* A street that was seen to be served here; so not every query has to ask. */
struct known_street {
    char street[64];
    int64_t until; /* clock_monotonic_ms */
    UT_hash_handle hh;
};

struct db_slot {
    struct db *db; /* NULL: away */
    const void *parent;
    const char *conninfo;
    const struct service *service;
    struct publisher
        *publisher; /* that is told what is committed here; NULL where nobody listens */
    struct known_street *known;
    unsigned opened; /* how often: what a session holds (locks, settings) goes with it */
};

/* Opens the connection if none lives; false when the server is away or our clock is off. */
bool db_slot_open(struct db_slot *slot);

#define EVERY_STREET "*" /* for the few statements of the runtime that span streets */

/* Queues whose rows row-level security shows to the transaction from here on: a street's, or
 * EVERY_STREET. */
void db_slot_set_street(struct db *db, const char *street);
