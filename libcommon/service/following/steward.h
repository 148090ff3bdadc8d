/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steward.h - what a service does by itself, in a thread of its own: it follows journals and fires timers
 *
 * Of all processes of a service one steward is active (leader.h), the others stand by. What it does are calls of the
 * service itself, in batches of the street like all others, so nothing depends on there being only one.
 *
 * Hints on the bus only tell it that there is something to read; it reads journals (JournalService/Read).
 */
#pragma once

#include "libcommon/bus/certificate.h"
#include "libcommon/service/method/method.h"
#include "libcommon/service/following/positions.h"
#include "libcommon/service/journal/publisher.h"
#include "libcommon/service/running/worker.h"

struct steward;

/* After methods_start and followers_start. */
struct steward *steward_start(void *zmq_context, const struct service *service,
                              const struct worker_options *options, const struct certificate *own,
                              const char *broker_key, struct positions *positions,
                              struct publisher *publisher);
void steward_destroy(struct steward **steward);
