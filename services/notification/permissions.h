/* SPDX-License-Identifier: Apache-2.0 */
/* permissions.h - who may do what in notification, and how far (permission.h) */
#pragma once

#include "libcommon/service/call/permission.h"

/* clang-format off */
/* operator, service, gateway, street staff, community staff, unit contact, volunteer, shop,
 * integrator */
#define NOTIFICATION_PERMISSIONS(ROW) \
    ROW(MAY_READ_INBOX,        _, _, _, P, P, P, P, P, _, "read one's own messages and mark them read")
/* clang-format on */

NOTIFICATION_PERMISSIONS(PERMISSION_DECLARE)
extern const struct permission *const notification_permissions[]; /* ends with NULL */
