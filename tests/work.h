/* SPDX-License-Identifier: Apache-2.0 */
/*
 * work.h - requests and finals as a worker of either kind sees them
 *
 * A worker with credit gets a Delivery and sends an Answer, one frame each; a plain one has the
 * frames of RFC 18 (ticket, "", body). Both are looked at as a Delivery here.
 */
#pragma once

#include "bus_delivery.pb-c.h"
#include "libcommon/bus/frames.h"

/* The request behind the command, at `at` and after, under parent. A plain worker's is one without
 * Caller; its payload is the last frame, its header the one before if there is one. NULL: neither
 * kind. */
const Bus__Delivery *work_read(const void *parent, struct frames *frames, size_t at);

/* Adds the reply behind a FINAL. */
void work_answer(struct frames *frames, bool plain, const Bus__Answer *answer);
