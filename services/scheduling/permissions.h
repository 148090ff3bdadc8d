/* SPDX-License-Identifier: Apache-2.0 */
/* permissions.h - who may do what in scheduling, and how far (permission.h) */
#pragma once

#include "libcommon/service/call/permission.h"

/* clang-format off */
/* operator, service, gateway, street staff, community staff, unit contact, volunteer, shop,
 * integrator */
#define SCHEDULING_PERMISSIONS(ROW) \
    ROW(MAY_WRITE_ACTIVITY,    _, _, _, S, C, _, _, _, _, "plan, publish, run and cancel activities") \
    ROW(MAY_ANSWER_ACTIVITY,   _, _, _, S, _, U, _, _, _, "agree or decline to organise an activity") \
    ROW(MAY_SEE_PLAN,          S, S, S, S, C, U, _, _, S, "see an activity before it is published: a unit if it organises it") \
    ROW(MAY_BOOK,              _, _, _, S, C, U, _, _, _, "book a resource and give it back") \
    ROW(MAY_READ_BOOKING,      _, S, _, S, S, S, _, _, S, "see bookings") \
    ROW(MAY_SIGN_UP,           _, _, _, S, C, U, P, _, _, "sign people up and off") \
    ROW(MAY_READ_SIGN_UP,      _, S, _, S, C, U, P, _, _, "see who signed up")
/* clang-format on */

SCHEDULING_PERMISSIONS(PERMISSION_DECLARE)
extern const struct permission *const scheduling_permissions[]; /* ends with NULL */
