/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series.h - from an activity's schedule to its occurrences
 *
 * Dates are made for SERIES_DAYS days from now (or from the first start, if that is later), but not
 * farther ahead than may be booked, and at most SERIES_MAX at a time; a timer goes on from there
 * (advance.h). A date that was made is never made
 * again.
 */
#pragma once

#include "services/scheduling/scheduling.h"

enum { SERIES_DAYS = 400, SERIES_MAX = 400 };

struct series {
    char (*starts)[LOCAL_CHARS + 1]; /* original ones, in order of the rule */
    Scheduling__Occurrence **made;   /* of those, all new */
    size_t count;
    bool goes_on; /* the rule has more dates behind them */

    /* for which the activity's resource could not be booked, and why; violations stand on
     * "action" */
    Scheduling__RefusedDate **refused;
    size_t refused_count;
    struct violations violations;
};

/* Finds the starts behind `last`, an original one ("": from the first); writes nothing. */
enum status series_plan(struct call *call, const Scheduling__Activity *activity, const char *last,
                        struct series *ret) MUST_CHECK;
/* When the first of them is, of which there must be one. */
enum status series_first_time(struct call *call, const struct series *series,
                              const Google__Protobuf__Timestamp **ret) MUST_CHECK;
/* Makes these dates, which follow `last`. Waits for the database. */
enum status series_make(struct call *call, const Scheduling__Activity *activity, const char *last,
                        struct series *series) MUST_CHECK;
/* Books the resource for them and says OccurrenceScheduled, ResourceBooked of each. A date that is
 * refused has no booking; whether that may be is the caller's business. */
enum status series_book(struct call *call, const Scheduling__Activity *activity,
                        struct series *series) MUST_CHECK;
