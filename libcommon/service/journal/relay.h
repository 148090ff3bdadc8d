/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay.h - publishes a service's journal, in a thread of its own
 *
 * Of all relays of a service one is active: the one whose database session holds the service's
 * advisory lock. It reads with the role <service>_relay. What it publishes is the fast path only; a
 * subscriber that misses something reads the journal, so a relay that dies loses time and no event.
 */
#pragma once

#include "libcommon/service/method/process.h"

struct relay;

struct relay *relay_start(const struct process *process);
void relay_destroy(struct relay **relay);
