/* SPDX-License-Identifier: Apache-2.0 */
/*
 * occurrence.h - what all methods about occurrences share: life cycle; loading, cancelling one
 */
#pragma once

#include "scheduling_occurrence.pb-c.h"
#include "services/scheduling/scheduling.h"

extern const struct life_cycle occurrence_life_cycle;
extern const struct db_stmt occurrence_select, occurrence_count;
/* PLACE_STORED of requests with an occurrence_id. */
extern const struct db_stmt place_of_occurrence;
extern const struct object occurrence_object;
/* Queued before one is stored that shall take place: FAILED_PRECONDITION on "occurrence_id" where
 * its community was dissolved. */
extern const struct db_stmt occurrence_community;

/* The id of a date of an activity: a UUIDv8 (RFC 9562) of the BLAKE2b hash of both. */
char *occurrence_id_of(struct call *call, const char *activity_id,
                       const char *original_start_local);

/* Loads one that may still be changed. NOT_FOUND on "occurrence_id", ABORTED on "revision",
 * FAILED_PRECONDITION on "occurrence_id" where it began ("past") or was cancelled ("final"). */
enum status occurrence_load(struct call *call, const char *occurrence_id, uint32_t revision,
                            Scheduling__Occurrence *occurrence) MUST_CHECK;
/* FAILED_PRECONDITION on "occurrence_id" where it began. */
enum status occurrence_check_future(struct call *call,
                                    const Scheduling__Occurrence *occurrence) MUST_CHECK;

/* When sign-up opens and closes, of an activity `a` in the street's stream `s`: days before are
 * days of the calendar there, minutes before are minutes. Where days that lack an hour would let it
 * close first it opens so many times 24 hours before. `at_once` is the instant where it opens at
 * once. */
/* clang-format off */
#define SIGN_UP_DAY(local)                                                                         \
    "(" local " - make_interval(days => a.sign_up_opens_days)) AT TIME ZONE s.time_zone"
#define SIGN_UP_FROM(local, start, at_once)                                                        \
    "CASE WHEN a.sign_up_opens_days = 0 THEN " at_once                                             \
    " WHEN " SIGN_UP_DAY(local) " < " SIGN_UP_UNTIL(start) " THEN " SIGN_UP_DAY(local)             \
    " ELSE " start " - make_interval(hours => 24 * a.sign_up_opens_days) END"
/* clang-format on */
#define SIGN_UP_UNTIL(start) start " - make_interval(mins => a.sign_up_closes_minutes)"

/* Makes its instants of what was said: start_local, duration_minutes, its activity's sign-up, the
 * street's time zone. Waits. */
enum status occurrence_derive_times(struct call *call,
                                    Scheduling__Occurrence *occurrence) MUST_CHECK;

enum status occurrence_say_updated(struct call *call, Scheduling__Occurrence *occurrence,
                                   Google__Protobuf__FieldMask *changed,
                                   const struct why *why) MUST_CHECK;
/* That it goes on without this booking, which was cancelled. */
enum status occurrence_say_unbooked(struct call *call, Scheduling__Occurrence *occurrence,
                                    const char *booking_id, const char *reason) MUST_CHECK;
