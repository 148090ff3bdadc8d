/* SPDX-License-Identifier: Apache-2.0 */
/* permissions.h - who may do what in selection, and how far (permission.h) */
#pragma once

#include "libcommon/service/call/permission.h"

/* clang-format off */
/* operator, service, gateway, street staff, community staff, unit contact, volunteer, shop,
 * integrator */
#define SELECTION_PERMISSIONS(ROW) \
    ROW(MAY_WRITE_PROGRAMME,   _, _, _, S, _, _, _, _, _, "write, publish and close the year's programme") \
    ROW(MAY_SEE_PROGRAMME,     S, S, S, S, _, _, _, _, S, "see a programme before it is published") \
    ROW(MAY_TICK,              _, _, _, S, _, U, _, _, _, "fill in and submit a unit's tick sheet") \
    ROW(MAY_REVIEW_SHEET,      _, _, _, S, _, _, _, _, _, "confirm, return or drop tick sheets") \
    ROW(MAY_READ_SHEET,        _, S, _, S, S, U, _, _, S, "see tick sheets") \
    ROW(MAY_OFFER_RESOURCE,    _, _, _, S, C, U, _, _, _, "offer a resource, change it and take it back") \
    ROW(MAY_RAISE_NEED,        _, _, _, S, C, U, _, _, _, "raise a need, change it and call it off") \
    ROW(MAY_CLAIM_NEED,        _, _, _, S, _, U, _, _, _, "claim a need for a unit, work on it, leave it, decline it as a partner") \
    ROW(MAY_REVIEW_CLAIM,      _, _, _, S, C, U, _, _, _, "as the asker: approve, refuse, revoke and accept claims") \
    ROW(MAY_WRITE_PROJECT,     _, _, _, S, C, _, _, _, _, "start, change and finish co-building projects") \
    ROW(MAY_DECLINE_PROJECT,   _, _, _, S, C, U, _, _, _, "as a party: decline a co-building project")
/* clang-format on */

SELECTION_PERMISSIONS(PERMISSION_DECLARE)
extern const struct permission *const selection_permissions[]; /* ends with NULL */
