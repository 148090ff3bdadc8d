/* SPDX-License-Identifier: Apache-2.0 */
/* cancelling.h - cancelling an activity, with the occurrences that are still to come */
#pragma once

#include "scheduling_activity.pb-c.h"
#include "services/scheduling/scheduling.h"

/* Cancels every occurrence that is still to come, with its booking and its sign-ups. */
enum status activity_cancel_rest(struct call *call, Scheduling__Activity *activity,
                                 const struct why *why) MUST_CHECK;
/* ActivityCancelled of one that is stored, and the rest with it. */
enum status activity_say_cancelled(struct call *call, Scheduling__Activity *activity,
                                   const struct why *why) MUST_CHECK;
/* Cancels one that is loaded; see ending.h. */
enum status activity_end(struct call *call, ProtobufCMessage *message,
                         const struct why *why) MUST_CHECK;
