/* SPDX-License-Identifier: Apache-2.0 */
/* notification.h - notification as its main.c and tests see it */
#pragma once

#include "libcommon/service/method/method.h"

extern const struct service notification_service;
