/* SPDX-License-Identifier: Apache-2.0 */
/* bed_registry.h - a bed of the registry */
#pragma once

#include "bed.h"

/* Calls a method of street staff that makes something, its request by format; the new id, which is the first field of
 * what the response begins with. Fails the test if it is refused. Lives as long as the bed. */
char *bed_make(struct bed *bed, const char *method, const char *format, ...) PRINTF(3, 4);

/* A new unit's, a new community's id. */
char *bed_unit(struct bed *bed, const char *name);
char *bed_community(struct bed *bed, const char *name);

/* JSON by format; lives as long as the bed. */
char *bed_json(struct bed *bed, const char *format, ...) PRINTF(2, 3);
