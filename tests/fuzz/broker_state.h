/* SPDX-License-Identifier: Apache-2.0 */
/* broker_state.h - what always holds of the broker's core between two steps */
#pragma once

#include "services/broker/state.h"

/* Asserts that lists, counts and bounds agree, and that nobody waits while somebody could work. */
void broker_state_check(struct broker *broker);

/* Asserts that nothing of any request or peer is left. */
void broker_state_check_empty(const struct broker *broker);
