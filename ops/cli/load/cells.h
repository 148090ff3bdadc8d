/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cells.h - what cells that are more than a text or a number say, as JSON of their field
 *
 * The grammars stand in ops/demo/xiasha/README.md. A reader returns a new reference, or NULL with
 * *ret_fault, a constant that says what is wrong. The cell is not empty. Every day in it moves by
 * so many weeks, so that sample data of a past summer can be of today's.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

typedef json_t *cell_reader(const char *text, int weeks, const char **ret_fault);

cell_reader cell_code;  /* a number that is a name: no digit of it may be lost */
cell_reader cell_phone; /* in its stored form (phone.h) */
cell_reader cell_day;   /* "2020-06-29"; as Excel writes it: "2020/6/29", "2020年6月29日" */
cell_reader cell_year;  /* "2020": moves as its day 0 does */
cell_reader cell_local; /* "2020-07-04T09:00:00+08:00", "2020/7/4 9:00": the street's local time */
cell_reader cell_minutes;    /* "PT2H", "P1DT30M" (ISO 8601): minutes */
cell_reader cell_rule;       /* RFC 5545 recurrence rule; its UNTIL moves */
cell_reader cell_opening;    /* "FREQ=WEEKLY;BYDAY=SA,SU 08:00-20:00 | …" */
cell_reader cell_conditions; /* "who=a,b; notice=P2D; longest=PT2H; often=1/P1W; duty=…" */

/* Weeks from day 0 of the data (Monday 2020-06-29) to the first Monday after this instant's day. */
int cell_weeks_to(int64_t unix_seconds);
