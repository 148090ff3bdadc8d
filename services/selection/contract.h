/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contract.h - what all methods of project selection see: the contract's types and the runtime's
 */
#pragma once

#include "libcommon/base/text.h"
#include "libcommon/service/following/follow.h"
#include "libcommon/service/journal/journal.h"
#include "libcommon/service/method/method.h"
#include "libcommon/service/method/object.h"
#include "selection_events.pb-c.h"
#include "selection_service.pb-c.h"
#include "services/selection/permissions.h"
