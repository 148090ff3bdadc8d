/* SPDX-License-Identifier: Apache-2.0 */
/* bed_scheduling.c - scheduling in a bed */
#include "bed.h"
#include "services/scheduling/scheduling.h"

const struct service *const bed_service = &scheduling_service;
