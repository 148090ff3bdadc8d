/* SPDX-License-Identifier: Apache-2.0 */
/* contract.h - what all of notification sees: the contract's types and the runtime's */
#pragma once

#include "libcommon/service/journal/journal.h"
#include "libcommon/service/method/method.h"
#include "notification_events.pb-c.h"
#include "notification_service.pb-c.h"
#include "services/notification/permissions.h"
