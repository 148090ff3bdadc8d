/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permission.h - who may do what, and how far: tables of authorisation, one of the runtime and one
 * a service
 *
 * A row is what may be done, a column a role, a cell how far it reaches for that role. What is not
 * in a table is nobody's (default deny). A service's table stands in its permissions.h; all are
 * printed into ops/doc/permissions.md.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus_caller.pb-c.h"

/* How far it goes. */
enum reach {
    REACH_NONE = 0,  /* not at all */
    REACH_STREET,    /* the whole street */
    REACH_COMMUNITY, /* what belongs to the community of the actor's grant */
    REACH_UNIT,      /* what belongs to the unit of the actor's grant */
    REACH_SELF,      /* what belongs to the actor, a person */
};

enum { ROLES = BUS__ROLE__VALUES };

struct permission {
    const char *name; /* "MAY_READ" */
    enum reach reach[ROLES];
    const char *what; /* for people */
};

/* Rows name permissions as they would name constants: each is an array of one. NOBODY is what only
 * the server does. */
#define NOBODY ((const struct permission *)NULL)

/* clang-format off */
/* Columns in the order of bus.v1.Role: operator, service, gateway, street staff, community staff,
 * unit contact, volunteer, shop, integrator; a worker may nothing. S street, C own community, U own
 * unit, P the person itself, _ not at all. */
#define COMMON_PERMISSIONS(ROW) \
    ROW(MAY_READ,              S, S, S, S, S, S, S, S, S, "read what is open to everybody of the street") \
    ROW(MAY_MAKE_NAME_KEYS,    S, _, _, S, _, _, _, _, _, "make the keys by which names are equal") \
    ROW(MAY_FOLLOW,            S, S, S, S, _, _, _, _, S, "follow the street's events, which hold the full state of every object") \
    ROW(MAY_SPAN_STREETS,      S, S, _, _, _, _, _, _, _, "list streets and journal heads") \
    ROW(MAY_REBUILD,           S, _, _, _, _, _, _, _, _, "rebuild a service's copies of another's objects")
/* clang-format on */

/* What a table makes of its rows: PERMISSION_DECLARE in its header; PERMISSION_DEFINE in one file,
 * and there PERMISSION_POINTER for the list. */
#define PERMISSION_DECLARE(name, ...) extern const struct permission name[1];
#define PERMISSION_DEFINE(row, op, sv, gw, st, co, un, vo, sh, in, text)                           \
    const struct permission row[1] = {{.name = #row,                                               \
                                       .reach = {[BUS__ROLE__ROLE_OPERATOR] = CELL_##op,           \
                                                 [BUS__ROLE__ROLE_SERVICE] = CELL_##sv,            \
                                                 [BUS__ROLE__ROLE_GATEWAY] = CELL_##gw,            \
                                                 [BUS__ROLE__ROLE_STREET_STAFF] = CELL_##st,       \
                                                 [BUS__ROLE__ROLE_COMMUNITY_STAFF] = CELL_##co,    \
                                                 [BUS__ROLE__ROLE_UNIT_CONTACT] = CELL_##un,       \
                                                 [BUS__ROLE__ROLE_VOLUNTEER] = CELL_##vo,          \
                                                 [BUS__ROLE__ROLE_SHOP] = CELL_##sh,               \
                                                 [BUS__ROLE__ROLE_INTEGRATOR] = CELL_##in},        \
                                       .what = (text)}};
#define PERMISSION_POINTER(name, ...) name,

#define CELL__ REACH_NONE
#define CELL_S REACH_STREET
#define CELL_C REACH_COMMUNITY
#define CELL_U REACH_UNIT
#define CELL_P REACH_SELF
_Static_assert(ROLES == 11, "a new role has a column in every table of permissions");

COMMON_PERMISSIONS(PERMISSION_DECLARE)
extern const struct permission *const common_permissions[]; /* ends with NULL */

/* How far; REACH_NONE for NOBODY and for roles that the contract does not know. */
enum reach permission_reach(const struct permission *permission, Bus__Role role);

/* Does it depend on the place what somebody may do? */
bool permission_is_finer(const struct permission *permission);

/* The role that tables call so ("UNIT_CONTACT"); UNSPECIFIED for any other text, "" too. What it
 * takes to look is under parent. */
Bus__Role permission_role(const void *parent, const char *name);

/* Roles that people hold have ranks, so that nobody edits who stands above them; 0: none, like a
 * volunteer's and those that come with a certificate. */
int permission_rank(Bus__Role role);
