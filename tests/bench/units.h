/* SPDX-License-Identifier: Apache-2.0 */
/* units.h - what the load is made of: streets, their units, and the calls that write and read
 * them */
#pragma once

#include "tests/bench/caller.h"

enum { STREET_BYTES = 32, UNIT_ID_BYTES = 40, STREETS_MAX = 4096 };

struct units {
    size_t streets, next; /* next: counts requests of the job that runs */
    char (*street)[STREET_BYTES];
    char run[13]; /* keeps names of two runs apart */
    /* units that were registered and kept for reading */
    size_t kept, kept_max;
    struct unit_ref {
        const char *street;
        char id[UNIT_ID_BYTES];
    } * unit;
};

/* Streets bench-<first> … bench-<first + streets - 1>. */
struct units *units_new(const void *parent, size_t first, size_t streets);

/* CreateStreet, once for each. */
struct job units_create_streets(struct units *units);
/* RegisterUnit with about 200 bytes, in the streets by turns, without end. */
struct job units_register(struct units *units);
/* The same, `count` of them, whose ids are kept. */
struct job units_register_some(struct units *units, size_t count);
/* GetUnit of those, by turns. */
struct job units_get(struct units *units);
/* GetStreet of the streets by turns. */
struct job units_look(struct units *units);
/* What only comes back: the payload of RegisterUnit to the service "echo". */
struct job units_echo(struct units *units);
