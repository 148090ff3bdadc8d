/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reach_rows.h - what test_reach.c calls the methods of a service with: registry/reach_rows.c, …
 *
 * The objects of one place are made by SQL, requests are JSON with ' for ". Both name ids by
 * $NAMES, which stand for other ids in each place: $COMMUNITY, $UNIT and $PERSON are whose place it
 * is, $THEIR_UNIT is the $UNIT of the place next to it in the same street, $STREET the street, $SOON
 * a day in some weeks, "2026-06-29T"; any other name means whatever the service's file lets it mean.
 */
#pragma once

#include "libcommon/base/status.h"
#include "libcommon/service/call/permission.h"

/* Whose it is that a call is about. Nobody's is the street's. */
enum whose {
    OF_STREET = 0,
    OF_COMMUNITY = 1, /* $COMMUNITY's */
    OF_UNIT = 2,      /* $UNIT's */
    OF_PERSON = 4,    /* $PERSON's, who is also the one that calls from this place */
    AWAY = 8,         /* it is taken to the place beside it, for which one has to reach both */
    ABOVE = 16, /* it is somebody who holds a role of the whole street, whom staff of it edit */
};

/* One call. A request without a $NAME is about the street, or a list of what the caller may see. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): rows are read in this order */
struct reach_row {
    const char *method;
    unsigned whose; /* of enum whose */
    const char *request;
    /* of a query: what its response holds if it shows the place; NULL: that it answers is all there
     * is to see */
    const char *shows;
    /* of a step of a life cycle that wants more than its method, or of an object that a query shows to
     * fewer than it lets in: that, too */
    const struct permission *step;
    /* how it ends for those who may, where that is not well */
    enum status ends;
};

/* Ends with a zero row; a row at least for each method. */
extern const struct reach_row reach_rows[];
/* SQL that makes the objects of one place. */
extern const char *const reach_objects;
