/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reach_rows.h - the calls that test_reach.c makes: a table a service, SERVICE/reach_rows.c
 *
 * SQL makes the objects of one place; requests are JSON with ' for ". Both name ids by $NAMES,
 * which stand for other ids in each place. $COMMUNITY, $UNIT and $PERSON own the place; $THEIR_UNIT
 * is the $UNIT of the place beside it in the same street; $STREET is the street; $SOON is a day
 * some weeks ahead ("2026-06-29T"). A service's file may use any other name for ids of its own.
 */
#pragma once

#include "libcommon/base/status.h"
#include "libcommon/service/call/permission.h"

/* The owners of the object that a call is about. An object without an owner is the street's. */
enum whose {
    OF_STREET = 0,
    OF_COMMUNITY = 1, /* $COMMUNITY's */
    OF_UNIT = 2,      /* $UNIT's */
    OF_PERSON = 4,    /* $PERSON's, who is also the one that calls from this place */
    AWAY = 8,         /* the call moves it to the place beside, so its caller has to reach both */
    ABOVE = 16, /* it is a person with a role for the whole street, whom only staff of it edit */
};

/* One call. A request without a $NAME is about the street, or a list of what the caller may see. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): rows are read in this order */
struct reach_row {
    const char *method;
    unsigned whose; /* of enum whose */
    const char *request;
    /* a query's response holds this text if it shows the place; NULL: it only has to answer */
    const char *shows;
    /* of a step of a life cycle that wants more than its method, or of an object that a query
     * shows to fewer than it lets in: that, too */
    const struct permission *step;
    /* how the call ends for those who may make it; OK if not set */
    enum status ends;
};

/* Ends with a zero row; a row at least for each method. */
extern const struct reach_row reach_rows[];
/* The SQL that makes the objects of one place. */
extern const char *const reach_objects;
