/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permission.h - who may do what, and how far: the one table of authorisation
 *
 * A row is an action, a column a role, a cell how far the action reaches for that role. What is not
 * in the table is nobody's (default deny). The table is also printed into ops/doc/permissions.md.
 */
#pragma once

#include <stdint.h>

#include "bus_caller.pb-c.h"

/* How far an action goes. */
enum reach {
    REACH_NONE = 0,  /* not at all */
    REACH_STREET,    /* the whole street */
    REACH_COMMUNITY, /* what belongs to the community of the actor's grant */
    REACH_UNIT,      /* what belongs to the unit of the actor's grant */
    REACH_SELF,      /* what belongs to the actor, a person */
};

enum { ROLES = 11 };

/* clang-format off */
/* Columns in the order of bus.v1.Role: operator, service, gateway, street staff, community staff, unit contact,
 * volunteer, shop, integrator; a worker may nothing. S street, C own community, U own unit, P the person itself, _ not at all. */
#define PERMISSIONS(ROW) \
    ROW(MAY_READ,              S, S, S, S, S, S, S, S, S, "read what is open to everybody of the street") \
    ROW(MAY_FOLLOW,            S, S, S, S, _, _, _, _, S, "follow the street's events, which hold the full state of every object") \
    ROW(MAY_SPAN_STREETS,      S, S, _, _, _, _, _, _, _, "list streets and journal heads") \
    ROW(MAY_REBUILD,           S, _, _, _, _, _, _, _, _, "have a service's copies of another's objects made anew") \
    /* registry */ \
    ROW(MAY_CREATE_STREET,     S, _, _, _, _, _, _, _, _, "create a street") \
    ROW(MAY_WRITE_STREET,      S, _, _, S, _, _, _, _, _, "change what is known of the street") \
    ROW(MAY_WRITE_COMMUNITY,   _, _, _, S, _, _, _, _, _, "create, change and dissolve communities") \
    ROW(MAY_WRITE_UNIT,        _, _, _, S, _, _, _, _, _, "register, change and withdraw units") \
    ROW(MAY_SUSPEND_UNIT,      _, _, _, S, _, _, _, _, _, "suspend and reinstate units") \
    ROW(MAY_WRITE_PARTNERSHIP, _, _, _, S, _, _, _, _, _, "pair units with communities, sign agreements, keep alliances") \
    ROW(MAY_WRITE_PERSON,      _, _, _, S, C, U, _, _, _, "register and change people") \
    ROW(MAY_READ_PERSON,       _, S, _, S, C, U, P, _, _, "see people: names in full, phones masked") \
    ROW(MAY_REVEAL_PHONE,      _, _, _, S, C, _, P, _, _, "see a person's phone number in full") \
    ROW(MAY_GRANT_ROLE,        S, _, _, S, _, _, _, _, _, "grant and revoke roles") \
    ROW(MAY_READ_GRANT,        S, S, _, S, C, U, P, _, _, "see who holds which role") \
    /* selection */ \
    ROW(MAY_WRITE_PROGRAMME,   _, _, _, S, _, _, _, _, _, "write, publish and close the year's programme") \
    ROW(MAY_TICK,              _, _, _, S, _, U, _, _, _, "fill in and submit a unit's tick sheet") \
    ROW(MAY_REVIEW_SHEET,      _, _, _, S, _, _, _, _, _, "confirm or return tick sheets") \
    ROW(MAY_READ_SHEET,        _, S, _, S, S, U, _, _, S, "see tick sheets") \
    ROW(MAY_OFFER_RESOURCE,    _, _, _, S, C, U, _, _, _, "offer a resource, change it and take it back") \
    ROW(MAY_RAISE_NEED,        _, _, _, S, C, U, _, _, _, "raise a need, change it and call it off") \
    ROW(MAY_CLAIM_NEED,        _, _, _, S, _, U, _, _, _, "claim a need for a unit, work on it, leave it") \
    ROW(MAY_REVIEW_CLAIM,      _, _, _, S, C, U, _, _, _, "as the asker: approve, refuse, revoke and accept claims") \
    ROW(MAY_WRITE_PROJECT,     _, _, _, S, C, _, _, _, _, "start, change and finish co-building projects") \
    /* scheduling */ \
    ROW(MAY_WRITE_ACTIVITY,    _, _, _, S, C, _, _, _, _, "plan, publish, run and cancel activities") \
    ROW(MAY_BOOK,              _, _, _, S, C, U, _, _, _, "book a resource and give it back") \
    ROW(MAY_READ_BOOKING,      _, S, _, S, S, S, _, _, S, "see bookings") \
    ROW(MAY_SIGN_UP,           _, _, _, S, C, U, P, _, _, "sign people up and off") \
    ROW(MAY_READ_SIGN_UP,      _, S, _, S, C, U, P, _, _, "see who signed up") \
    /* notification */ \
    ROW(MAY_READ_INBOX,        _, _, _, P, P, P, P, P, _, "read one's own messages and mark them read")
/* clang-format on */

/* An action; NOBODY is what only the server itself does. */
enum action {
    NOBODY = 0,
#define ROW(action, ...) action,
    PERMISSIONS(ROW)
#undef ROW
        ACTIONS,
};

struct permission {
    const char *name; /* "MAY_READ" */
    enum reach reach[ROLES];
    const char *what; /* for people */
};
extern const struct permission permissions[ACTIONS];

/* How far; REACH_NONE for roles and actions that the table does not know. */
enum reach permission_reach(enum action action, Bus__Role role);
