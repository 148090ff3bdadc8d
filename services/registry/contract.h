/* SPDX-License-Identifier: Apache-2.0 */
/* contract.h - what all methods of the registry see: events, the names of objects, the runtime */
#pragma once

#include "libcommon/service/journal/journal.h"
#include "libcommon/service/method/method.h"
#include "libcommon/service/method/object.h"
#include "registry_events.pb-c.h"
#include "registry_service.pb-c.h"
#include "services/registry/permissions.h"
