/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reach_walk.h - every row of the service (reach_rows.h) and of what every service has, each in a
 * world of its own
 */
#pragma once

#include "libcommon/service/method/method.h"
#include "reach_caller.h"
#include "reach_ground.h"
#include "reach_rows.h"

/* One row on its way through callers and places. */
struct walk {
    const struct reach_row *row;
    const struct endpoint *endpoint;
    struct world *world;
    int wrong; /* calls that ended as they must not; said on standard error */
};

/* Tables of rows, ended by NULL; each ends with a zero row. */
extern const struct reach_row *const walk_tables[];

/* The method of this short name; fails where there is none. */
const struct endpoint *walk_method(const char *name);

/* "K/N": only the K-th of N shares of the rows is walked. */
void walk_share(const char *text);

/* Calls `check` for each row, in a new world; fails in the end where one counted something wrong. */
typedef void row_check(struct bed *bed, struct walk *walk);
void walk_rows(struct bed *bed, row_check *check);
/* A new world for the row, after it changed the old one. */
void walk_renew(struct bed *bed, struct walk *walk, const struct reach_caller *caller);

/* The row's method, called and run by this caller from the own place. */
struct call *walk_call(struct bed *bed, const struct walk *walk, const struct reach_caller *caller,
                       const char *json);
