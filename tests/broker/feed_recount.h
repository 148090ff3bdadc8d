/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed_recount.h - what always holds of the event side's core between two steps
 *
 * For the simulator and the fuzzer. Both functions say what is wrong, the first of it as a constant
 * text; NULL: all is well.
 */
#pragma once

#include "services/broker/feed/feed_state.h"

/* Lists, counts and budgets agree, and nobody follows what its certificate does not grant. */
const char *feed_wrong(struct feed *feed);

/* Nothing of any follower, certificate or journal is left. */
const char *feed_left(const struct feed *feed);
