/* SPDX-License-Identifier: Apache-2.0 */
/* permission.c - what every service has of the tables of permission.h */
#include "libcommon/service/call/permission.h"

COMMON_PERMISSIONS(PERMISSION_DEFINE)
const struct permission *const common_permissions[] = {COMMON_PERMISSIONS(PERMISSION_POINTER) NULL};

enum reach permission_reach(const struct permission *permission, Bus__Role role)
{
    if (!permission || (unsigned)role >= ROLES)
        return REACH_NONE;
    return permission->reach[role];
}

int permission_rank(Bus__Role role)
{
    static const int ranks[ROLES] = {
        [BUS__ROLE__ROLE_SHOP] = 1,
        [BUS__ROLE__ROLE_UNIT_CONTACT] = 2,
        [BUS__ROLE__ROLE_COMMUNITY_STAFF] = 3,
        [BUS__ROLE__ROLE_STREET_STAFF] = 4,
    };

    return (unsigned)role < ROLES ? ranks[role] : 0;
}
