/* SPDX-License-Identifier: Apache-2.0 */
/* registry.h - the registry as its main.c and tests see it */
#pragma once

#include "libcommon/service/method/method.h"

extern const struct service registry_service;
