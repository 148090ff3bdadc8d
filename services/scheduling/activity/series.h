/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series.h - from an activity's schedule to its occurrences
 *
 * Dates are made for SERIES_DAYS days from now (or from the first start, if that is later), but not
 * farther ahead than may be booked, and at most SERIES_MAX at a time; a timer goes on from there
 * (advance.h). A date that was made is never made
 * again. plan -> check -> make: the first two write nothing.
 */
#pragma once

#include "services/scheduling/scheduling.h"

enum { SERIES_DAYS = 400, SERIES_MAX = 400 };

struct series {
    Scheduling__Occurrence **dates; /* in order of the rule; all new */
    Scheduling__Booking **bookings; /* of each date; NULL: it has none */
    size_t count;
    bool goes_on; /* the rule has more dates behind them */

    /* for which the activity's resource cannot be booked, and why; violations stand on "action" */
    Scheduling__RefusedDate **refused;
    size_t refused_count;
    struct violations violations;
};

/* Finds the dates behind `last`, an original start ("": from the first). Waits for the database. */
enum status series_plan(struct call *call, const Scheduling__Activity *activity, const char *last,
                        struct series *ret) MUST_CHECK;
/* Plans a booking of the activity's resource for each; a date that is refused gets none, and
 * whether that may be is the caller's business. Waits for the database, for each date as
 * booking_check. */
enum status series_check(struct call *call, const Scheduling__Activity *activity,
                         struct series *series) MUST_CHECK;
/* Stores them and says OccurrenceScheduled, ResourceBooked of each. */
enum status series_make(struct call *call, struct series *series) MUST_CHECK;
