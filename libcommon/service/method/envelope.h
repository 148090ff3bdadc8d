/* SPDX-License-Identifier: Apache-2.0 */
/* envelope.h - between what a broker sends and a call, and between a call that has ended and the
 * broker */
#pragma once

#include "libcommon/bus/frames.h"
#include "libcommon/service/call/call.h"

/* Reads a broker's Delivery, of which the call keeps a copy, finds the method and checks who may
 * call it; the call's status says whether it may be queued, for refusals need a reply, too. NULL:
 * the bytes are no Delivery, so there is no ticket to answer. */
struct call *envelope_open(const void *delivery, size_t size);

/* A call of the service itself, in its own name and with its own role: `origin` is a timer, or the
 * event of a journal that it follows; the caller sets the source. Runs in a batch like any other.
 * endpoint has no request or response type. */
struct call *envelope_own(const struct endpoint *endpoint, const char *street,
                          enum call_origin origin);

/* UNAVAILABLE while this process does not know what time it is (db_clock.h): it judges ids by its
 * clock, and gives what it does its time. */
enum status envelope_check_clock(struct call *call) MUST_CHECK;

/* Adds the Answer for the broker. */
void envelope_answer(struct call *call, struct frames *ret);
