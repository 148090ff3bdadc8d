/* SPDX-License-Identifier: Apache-2.0 */
/* bed_selection.h - a bed of project selection, with parties that the registry told it of */
#pragma once

#include "bed.h"

/* What these return lives as long as the bed. */

/* The id of a signed unit, of a community that is not dissolved. */
char *bed_unit(struct bed *bed, const char *name);
char *bed_community(struct bed *bed, const char *name);

/* JSON, written with ' for ". */
char *bed_json(struct bed *bed, const char *format, ...) PRINTF(2, 3);
/* Calls a method that makes something, as street staff; the new object's id. */
char *bed_make(struct bed *bed, const char *method, const char *json);
/* Runs a call of this actor, whose roles are grants; the outcome must be this. */
void bed_outcome_for(struct bed *bed, const char *actor, const char *method, const char *json,
                     enum status status, const char *field, const char *rule);
/* The stored row must have this text in this column. */
void bed_assert_column(struct bed *bed, const char *table, const char *id, const char *column,
                       const char *text);
/* How many events of this type the street's journal holds: "NeedChanged". */
long bed_events(struct bed *bed, const char *type);
