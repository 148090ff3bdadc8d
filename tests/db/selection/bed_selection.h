/* SPDX-License-Identifier: Apache-2.0 */
/* bed_selection.h - a bed of project selection, with parties that the registry told it of */
#pragma once

#include "bed.h"

/* What these return lives as long as the bed. */

/* The id of a signed unit, of a community that is not dissolved. */
char *bed_unit(struct bed *bed, const char *name);
char *bed_community(struct bed *bed, const char *name);

/* The stored row must have this text in this column. */
void bed_assert_column(struct bed *bed, const char *table, const char *id, const char *column,
                       const char *text);
