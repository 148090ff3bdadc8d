/* SPDX-License-Identifier: Apache-2.0 */
/* bed_scheduling.h - a bed of scheduling, with those whom the registry and selection told it of */
#pragma once

#include "bed.h"

/* What these return lives as long as the bed. */

/* Ids of a community, a unit, a person of that unit (NULL: of none), and a resource with these
 * conditions of use and opening, as JSON written with ' for " (opening "": always). */
char *bed_community(struct bed *bed);
char *bed_unit(struct bed *bed);
char *bed_person(struct bed *bed, const char *unit);
char *bed_resource(struct bed *bed, const char *conditions, const char *opening);

/* A day in the street, so many days from now: "2026-06-29"; and that day's instant:
 * "2026-06-29T01:00:00Z". */
char *bed_day(struct bed *bed, int days);
char *bed_instant(struct bed *bed, int days, const char *local_time);

/* A published activity of a community ('' for the street's) from tomorrow at nine, for an hour;
 * `more` is further JSON of the activity (", 'capacity': 2"). */
char *bed_activity(struct bed *bed, const char *community, const char *rrule, const char *more);
/* Publishes it; the outcome must be this. */
void bed_publish(struct bed *bed, const char *activity, enum status status, const char *field,
                 const char *rule);
/* The id of an activity's occurrence, from 0 in order of time. */
char *bed_occurrence(struct bed *bed, const char *activity, int index);
/* The stored row's column as text. */
char *bed_column(struct bed *bed, const char *table, const char *id, const char *column);
/* Takes all times of the street back by so many days, so that what was to come is past. */
void bed_pass(struct bed *bed, int days);
