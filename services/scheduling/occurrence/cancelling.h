/* SPDX-License-Identifier: Apache-2.0 */
/* cancelling.h - cancelling an occurrence, with the booking and the sign-ups that hang on it */
#pragma once

#include "services/scheduling/scheduling.h"

/* Cancels it: step, event, booking, sign-ups. */
enum status occurrence_cancel(struct call *call, Scheduling__Occurrence *occurrence,
                              const struct why *why) MUST_CHECK;
/* The same where the step is taken: event, booking, sign-ups. */
enum status occurrence_cancelled(struct call *call, Scheduling__Occurrence *occurrence,
                                 const struct why *why) MUST_CHECK;
