/* SPDX-License-Identifier: Apache-2.0 */
/* ends.h - what goes on in scheduling without what it pointed to; how others end, their own headers
 * say */
#pragma once

#include "services/scheduling/scheduling.h"

/* `message` is loaded and open; the cause's object is taken out of it. */
enum status activity_lose_unit(struct call *call, ProtobufCMessage *message,
                               const struct why *why) MUST_CHECK;
enum status activity_lose_resource(struct call *call, ProtobufCMessage *message,
                                   const struct why *why) MUST_CHECK;
/* With its booking. */
enum status occurrence_lose_resource(struct call *call, ProtobufCMessage *message,
                                     const struct why *why) MUST_CHECK;
/* Cancels it, whose occurrence has not begun. */
enum status sign_up_end(struct call *call, ProtobufCMessage *message,
                        const struct why *why) MUST_CHECK;
