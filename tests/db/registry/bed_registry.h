/* SPDX-License-Identifier: Apache-2.0 */
/* bed_registry.h - a bed of the registry */
#pragma once

#include "bed.h"

/* A new unit's, a new community's id. */
char *bed_unit(struct bed *bed, const char *name);
char *bed_community(struct bed *bed, const char *name);
