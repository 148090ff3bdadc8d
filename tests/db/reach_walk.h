/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reach_walk.h - every row of the service (reach_rows.h) and of what every service has, each in a
 * world as it was made
 */
#pragma once

#include <stdbool.h>

#include "libcommon/service/method/method.h"
#include "reach_caller.h"
#include "reach_ground.h"
#include "reach_rows.h"

enum { WALK_REACHES = 64 };

/* One row on its way through callers and places. Who may do what is the table's, and how a grant is
 * read is the same for every method; a method's own is only its place. So the first row of each
 * action and kind of place is walked by every caller, any other by one caller of each reach. With
 * JUSHA_TEST_WHOLE in the environment all are walked by every caller. */
struct walk {
    const struct reach_row *row;
    const struct endpoint *endpoint;
    struct world *world;
    int wrong;     /* calls that ended as they must not; said on standard error */
    bool is_whole; /* every caller walks it */
    struct {       /* the reaches whose caller has walked it */
        unsigned key[WALK_REACHES];
        size_t count;
    } seen;
};

/* Tables of rows, ended by NULL; each ends with a zero row. */
extern const struct reach_row *const walk_tables[];

/* The method of this short name; fails where there is none. */
const struct endpoint *walk_method(const char *name);

/* "K/N": only the K-th of N shares of the rows is walked. */
void walk_share(const char *text);

/* Calls `check` for each row, in a world that no command has changed; fails in the end where one
 * counted something wrong. */
typedef void row_check(struct bed *bed, struct walk *walk);
void walk_rows(struct bed *bed, row_check *check);
/* Those alone that every caller walks. */
void walk_whole_rows(struct bed *bed, row_check *check);
/* Is this caller to walk the row? The first of its reach in this walk is. */
bool walk_takes(struct walk *walk, const struct reach_caller *caller);
/* A new world for the row, after it changed the old one. */
void walk_renew(struct bed *bed, struct walk *walk, const struct reach_caller *caller);

/* The row's method, called and run by this caller from the own place. */
struct call *walk_call(struct bed *bed, const struct walk *walk, const struct reach_caller *caller,
                       const char *json);
