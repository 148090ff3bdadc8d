/* SPDX-License-Identifier: Apache-2.0 */
/* permissions.h - who may do what in the registry, and how far (permission.h) */
#pragma once

#include "libcommon/service/call/permission.h"

/* clang-format off */
/* operator, service, gateway, street staff, community staff, unit contact, volunteer, shop,
 * integrator */
#define REGISTRY_PERMISSIONS(ROW) \
    ROW(MAY_CREATE_STREET,     S, _, _, _, _, _, _, _, _, "create a street") \
    ROW(MAY_WRITE_STREET,      S, _, _, S, _, _, _, _, _, "change what is known of the street") \
    ROW(MAY_LOAD,              _, _, _, S, S, S, _, _, _, "load data into the street, one load at a time") \
    ROW(MAY_WRITE_COMMUNITY,   _, _, _, S, _, _, _, _, _, "create, change and dissolve communities") \
    ROW(MAY_WRITE_UNIT,        _, _, _, S, _, _, _, _, _, "register, change and withdraw units") \
    ROW(MAY_SUSPEND_UNIT,      _, _, _, S, _, _, _, _, _, "suspend and reinstate units") \
    ROW(MAY_WRITE_PARTNERSHIP, _, _, _, S, _, _, _, _, _, "pair units with communities, sign agreements, keep alliances") \
    ROW(MAY_SEE_AGREEMENT,     S, S, S, S, C, U, _, _, S, "see an agreement before it is signed: its own unit and community") \
    ROW(MAY_WRITE_PERSON,      _, _, _, S, C, U, _, _, _, "register and change people") \
    ROW(MAY_READ_PERSON,       _, S, _, S, C, U, P, _, _, "see people: names in full, phones masked") \
    ROW(MAY_REVEAL_PHONE,      _, _, _, S, C, _, P, _, _, "see a person's phone number in full") \
    ROW(MAY_GRANT_ROLE,        S, _, _, S, _, _, _, _, _, "grant and revoke roles") \
    ROW(MAY_READ_GRANT,        S, S, _, S, C, U, P, _, _, "see who holds which role")
/* clang-format on */

REGISTRY_PERMISSIONS(PERMISSION_DECLARE)
extern const struct permission *const registry_permissions[]; /* ends with NULL */
