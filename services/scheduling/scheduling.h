/* SPDX-License-Identifier: Apache-2.0 */
/* scheduling.h - what all methods of scheduling see: the contract's types and the runtime's */
#pragma once

#include "libcommon/base/recurrence.h"
#include "libcommon/base/settings.h"
#include "libcommon/service/following/ending.h"
#include "libcommon/service/following/follow.h"
#include "libcommon/service/following/timer.h"
#include "libcommon/service/journal/journal.h"
#include "libcommon/service/method/method.h"
#include "libcommon/service/method/object.h"
#include "scheduling_events.pb-c.h"
#include "scheduling_service.pb-c.h"
#include "services/scheduling/permissions.h"

extern const struct service scheduling_service;
extern const struct followed scheduling_follows[];
extern const struct timer scheduling_timers[];
extern const struct end scheduling_ends[];
extern const struct setting scheduling_settings[];

/* At or before call->now. */
bool scheduling_is_past(const struct call *call, const Google__Protobuf__Timestamp *time);
/* RFC 3339 in UTC under parent, as parameters of rules have it. */
const char *scheduling_time_text(const void *parent, const Google__Protobuf__Timestamp *time);
/* Days that bookings, and dates of activities, may lie ahead: a setting. */
int64_t scheduling_ahead_days(void);
/* Farther ahead than that. */
bool scheduling_is_too_far(const struct call *call, const Google__Protobuf__Timestamp *time);
/* FAILED_PRECONDITION on the field: `what` does. */
enum status scheduling_fail_ahead(struct call *call, const char *field,
                                  const char *what) MUST_CHECK;

/* -1, 0 or 1 as a is before, at or after b. */
int scheduling_time_compare(const Google__Protobuf__Timestamp *a,
                            const Google__Protobuf__Timestamp *b);

/* The instant, in seconds since 1970, in local time of the street. Waits for the database, whose
 * zones count. */
enum status scheduling_local_time(struct call *call, int64_t seconds,
                                  char local[static LOCAL_CHARS + 1]) MUST_CHECK;

/* A mask of constant names under the call. */
#define MASK(call, ...)                                                                            \
    scheduling_mask_new(call, (const char *const[]){__VA_ARGS__},                                  \
                        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))
Google__Protobuf__FieldMask *scheduling_mask_new(struct call *call, const char *const *names,
                                                 size_t count);
