/* SPDX-License-Identifier: Apache-2.0 */
/*
 * get_on_walk.h - whatever is open, somebody gets on with it, before, in and after its days
 *
 * Each object is made again for each status that is not final and for each place of now. There
 * street staff must be able to take a step; to put off its last day, where it has one; and, where
 * that day had passed, to take a step that leads on. What is open and is to stay as it is stands in
 * a list, with the reason; a row of it that is not needed fails, too.
 */
#pragma once

#include "life_cycle_walk.h"

enum now_is { BEFORE = 1 << 0, WITHIN = 1 << 1, AFTER = 1 << 2 };

/* A call that puts off the last day. */
struct put_off {
    const char *method, *json;
};

/* An object with a life cycle; tables end with a zero row. */
struct dated {
    struct changing changing;
    const char *other_method;       /* that takes steps as well, for somebody else; or NULL */
    char *(*make)(struct bed *bed); /* a new one, within its days; its id */
    struct {
        int status;
        char *(*make)(struct bed *bed);
    } other; /* where it may begin as well; or zeros */
    /* So that its days, or those of what it belongs to, are these from today; NULL: it has none. */
    void (*set_days)(struct bed *bed, const char *id, int first, int last);
    struct put_off (*put_off)(struct bed *bed, const char *id); /* NULL: it has no last day */
};

/* What is open and stays so, and when; tables end with a zero row. */
struct standing {
    const char *table, *status;
    enum { TAKES_NO_STEP, IS_NOT_PUT_OFF } which;
    unsigned when; /* enum now_is, or'ed */
    const char *why;
};

void walk_get_on(struct bed *bed, const struct dated *objects, const struct standing *standing);

/* A name that no other object of the street has. Lives as long as the bed. */
const char *another_name(struct bed *bed);
/* A day so many from today: "2026-06-29". */
const char *day_from_now(struct bed *bed, int days);
/* The stored object's revision. */
long revision_of(struct bed *bed, const char *table, const char *key, const char *id);
