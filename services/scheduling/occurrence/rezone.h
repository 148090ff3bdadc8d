/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rezone.h - dates keep their local times when the street's time zone becomes another one
 *
 * The registry says so; a timer then derives the instants of what is to come again, some at a time,
 * until none differs from what was said. A booking follows its date; where somebody else stands at
 * that time it is cancelled, and the date stays without one.
 */
#pragma once

#include "services/scheduling/scheduling.h"

/* Of StreetUpdated. */
enum status occurrences_zone_changed(struct call *call) MUST_CHECK;

#define REZONE_TIMER "rezone_occurrences"
enum status occurrences_rezone(struct call *call) MUST_CHECK;
