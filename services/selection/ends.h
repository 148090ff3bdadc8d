/* SPDX-License-Identifier: Apache-2.0 */
/* ends.h - what ends with something else in selection, and its timers */
#pragma once

#include "libcommon/service/following/ending.h"
#include "libcommon/service/following/timer.h"

extern const struct end selection_ends[];
extern const struct timer selection_timers[];

/* ---- ends_of.c: how each is ended; `message` is loaded and open ---- */

enum status sheet_end(struct call *call, ProtobufCMessage *message,
                      const struct why *why) MUST_CHECK;
enum status resource_end(struct call *call, ProtobufCMessage *message,
                         const struct why *why) MUST_CHECK;
/* Its claim, or the project that works on it, is let go before. */
enum status need_end(struct call *call, ProtobufCMessage *message,
                     const struct why *why) MUST_CHECK;
enum status claim_end(struct call *call, ProtobufCMessage *message,
                      const struct why *why) MUST_CHECK;
enum status project_end(struct call *call, ProtobufCMessage *message,
                        const struct why *why) MUST_CHECK;

/* What goes on without the cause's object. */
enum status claim_lose_partner(struct call *call, ProtobufCMessage *message,
                               const struct why *why) MUST_CHECK;
enum status claim_lose_resource(struct call *call, ProtobufCMessage *message,
                                const struct why *why) MUST_CHECK;
/* Without its last unit it is cancelled. */
enum status project_lose_unit(struct call *call, ProtobufCMessage *message,
                              const struct why *why) MUST_CHECK;
enum status project_lose_community(struct call *call, ProtobufCMessage *message,
                                   const struct why *why) MUST_CHECK;
