/* SPDX-License-Identifier: Apache-2.0 */
/* permission.c - the table of permission.h */
#include "libcommon/service/call/permission.h"

#define S REACH_STREET
#define C REACH_COMMUNITY
#define U REACH_UNIT
#define P REACH_SELF
#define _ REACH_NONE

const struct permission permissions[ACTIONS] = {
    [NOBODY] = {.name = "NOBODY", .what = "only the server itself"},
#define ROW(action, op, sv, gw, st, co, un, vo, sh, in, text)                                      \
    [action] = {.name = #action, .reach = {_, op, sv, gw, st, co, un, vo, sh, in}, .what = (text)},
    PERMISSIONS(ROW)
#undef ROW
};

_Static_assert(BUS__ROLE__ROLE_OPERATOR == 1 && BUS__ROLE__ROLE_WORKER == ROLES - 1,
               "the columns are the roles of the contract, in its order; the last has none");

enum reach permission_reach(enum action action, Bus__Role role)
{
    if (action >= ACTIONS || (unsigned)role >= ROLES)
        return REACH_NONE;
    return permissions[action].reach[role];
}
