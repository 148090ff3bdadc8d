/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay.h - publishes a service's journal, in a thread of its own
 *
 * Of all relays of a service one is active: the one whose database session holds the service's
 * advisory lock. It reads with the role <service>_relay. What it publishes is the fast path only; a
 * subscriber that misses something reads the journal, so a relay that dies loses time and no event.
 */
#pragma once

#include "libcommon/bus/certificate.h"
#include "libcommon/service/method/method.h"
#include "libcommon/service/journal/publisher.h"
#include "libcommon/service/running/worker.h"

struct relay;

struct relay *relay_start(void *zmq_context, const struct service *service,
                          const struct worker_options *options, const struct certificate *own,
                          const char *broker_key, struct publisher *publisher);
void relay_destroy(struct relay **relay);
