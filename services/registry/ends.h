/* SPDX-License-Identifier: Apache-2.0 */
/* ends.h - what ends with something else in the registry, and its timers */
#pragma once

#include "libcommon/service/following/ending.h"
#include "libcommon/service/following/timer.h"

extern const struct end registry_ends[];
extern const struct timer registry_timers[];
