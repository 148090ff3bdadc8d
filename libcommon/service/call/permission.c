/* SPDX-License-Identifier: Apache-2.0 */
/* permission.c - what every service has of the tables of permission.h */
#include "libcommon/service/call/permission.h"

#include "libcommon/base/mem.h"

COMMON_PERMISSIONS(PERMISSION_DEFINE)
const struct permission *const common_permissions[] = {COMMON_PERMISSIONS(PERMISSION_POINTER) NULL};

enum reach permission_reach(const struct permission *permission, Bus__Role role)
{
    if (!permission || (unsigned)role >= ROLES)
        return REACH_NONE;
    return permission->reach[role];
}

bool permission_is_finer(const struct permission *permission)
{
    for (int role = 0; role < ROLES; role++)
        if (permission_reach(permission, (Bus__Role)role) > REACH_STREET)
            return true;
    return false;
}

Bus__Role permission_role(const void *parent, const char *name)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value_by_name(
        &bus__role__descriptor, mem_printf(parent, "ROLE_%s", name));

    return value ? (Bus__Role)value->value : BUS__ROLE__ROLE_UNSPECIFIED;
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
