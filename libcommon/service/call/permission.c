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
