/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker_state.h - what always holds of the broker's core between two steps
 *
 * For the simulator and the fuzzer, whose worlds differ but not this. Both functions say what is
 * wrong, the first of it as a constant text; NULL: all is well.
 */
#pragma once

#include "services/broker/route/route_state.h"

/* Lists, counts and bounds agree, and nobody waits while somebody could work. */
const char *broker_state_wrong(struct broker *broker);

/* Nothing of any request or peer is left, but the names of services. */
const char *broker_state_left(const struct broker *broker);
