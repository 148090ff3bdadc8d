/* SPDX-License-Identifier: Apache-2.0 */
/* selection.h - project selection as its main.c and tests see it */
#pragma once

#include "libcommon/service/method/method.h"

extern const struct service selection_service;
