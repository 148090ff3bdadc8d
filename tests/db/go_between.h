/* SPDX-License-Identifier: Apache-2.0 */
/*
 * go_between.h - something that stands before PostgreSQL, as a pooler does
 *
 * One connection at a time, in a thread of its own, on a port of its own on 127.0.0.1. It passes
 * everything on but what it is told to change.
 */
#pragma once

enum go_between_way {
    PASSES_ALL,
    DROPS_OPTIONS, /* of the start of a session, as PgBouncer does with ignore_startup_parameters */
    NUMBERS_ITSELF /* tells the client another backend's number */
};

struct go_between;
struct go_between *go_between_start(enum go_between_way way);
int go_between_port(const struct go_between *between);
void go_between_end(struct go_between **between);
