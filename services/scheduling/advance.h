/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advance.h - what becomes of a published activity by itself
 *
 * One timer per activity looks what its time has come for: dates that a long series lacks, START,
 * COMPLETE; and sets itself for the next of them. Whoever changes its dates lets it look again.
 */
#pragma once

#include "services/scheduling/scheduling.h"

/* Lets the timer look within a second. */
void activity_advance_soon(struct call *call, const char *activity_id);

/* The timer. */
#define ADVANCE_TIMER "advance_activity"
enum status activity_advance(struct call *call) MUST_CHECK;
