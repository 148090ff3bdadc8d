/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_log.h - the line that a call leaves in the log, where it is to leave one (log_why.h)
 *
 *   event=request   of a caller's, when its reply is sent
 *   event=reaction  of the service's own, when its batch has ended: what an event of another journal
 *                   or a timer brought about
 *
 * queue_ms: from when the bus thread read it to when its batch began, with what it waited for a
 * journal (`after`); lock_ms: until the batch had the street; database_ms: the rest of the batch;
 * whole_ms: all of it until its reply was sent. What it did not reach is 0. Not a word of the
 * payload, and nobody's name but the certificate's.
 */
#pragma once

#include "libcommon/service/call/call.h"

/* whole_ms: since it began. */
void request_log(const struct call *call, int64_t whole_ms);
