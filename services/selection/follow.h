/* SPDX-License-Identifier: Apache-2.0 */
/* follow.h - the journals that selection follows */
#pragma once

#include "libcommon/service/following/follow.h"

extern const struct followed selection_follows[];
