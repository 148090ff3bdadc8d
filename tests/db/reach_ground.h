/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reach_ground.h - three places with the same objects: the caller's own, one beside it in the same
 * street, and one in another street
 *
 * A name means another id in each of them. Streets are new in each world, so that no call meets
 * what another one left.
 */
#pragma once

#include "bed.h"

enum { NAMES_MAX = 48 };

struct ground {
    const char *street;
    char soon[sizeof "2026-06-29T"]; /* a day in some weeks */
    struct ground *neighbour;        /* its names begin with THEIR_ */
    struct {
        char name[24], id[ID_CHARS + 1];
    } ids[NAMES_MAX];
    size_t count;
};

struct world {
    struct ground own, sibling, foreign;
};

/* A new world with what `objects` (SQL, see reach_rows.h) makes in each place. Freed with
 * talloc_free, or the bed. */
struct world *world_new(struct bed *bed, const char *objects);

/* The text with this place's ids for its $NAMES, under parent. */
char *ground_text(const void *parent, struct ground *ground, const char *text);
/* The same of JSON that is written with ' for ". */
char *ground_json(const void *parent, struct ground *ground, const char *json);
