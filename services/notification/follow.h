/* SPDX-License-Identifier: Apache-2.0 */
/* follow.h - the journals that notification follows: all there are */
#pragma once

#include "libcommon/service/following/follow.h"

extern const struct followed notification_follows[];
