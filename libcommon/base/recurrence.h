/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recurrence.h - when something recurs: rules of RFC 5545, expanded in local civil time
 *
 * A rule and its starts are what people in the street say: "every Saturday at nine". Nothing here
 * knows a time zone; PostgreSQL turns local times into instants, so that one zone database counts.
 * A local time that a change to summer time skips (02:30) becomes the instant an hour later on the
 * clock (03:30); one that comes twice is its second, in standard time.
 *
 * The rules are the part of RFC 5545 that people use, in which no rule yields two starts on one day
 * or means different days to different libraries: FREQ DAILY, WEEKLY, MONTHLY or YEARLY; INTERVAL
 * 1-366; COUNT 1-1000 or UNTIL (a day, a local time, or an instant with Z); BYDAY, with ordinals
 * ("2SA", "-1FR") in MONTHLY and YEARLY; BYMONTHDAY in MONTHLY, and in YEARLY with BYMONTH;
 * BYMONTH; WKST MO or SU. Each part once, in capitals, at most 200 bytes in all. Whether a day is
 * one of such a rule can be said of the day alone, so no rule takes longer than a look at each day
 * on the way: there are 84,006 in the years 1970-2199, beyond which nothing here goes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    LOCAL_CHARS = 19, /* "2026-06-29T09:00:00" */
    RRULE_MAX = 200,  /* bytes */
};

/* "FREQ=WEEKLY;BYDAY=SA;COUNT=26": one of the rules above. Any text may come. */
bool recurrence_is_valid(const char *rrule);

/* "2026-06-29T09:00:00" in the years 1970-2199, a time of a day that exists. Any text may come. */
bool recurrence_is_local(const char *local);

/* Local seconds since 1970-01-01T00:00:00 of a valid local time, as if its zone had no summer time;
 * and back: false outside the years 1-9999. */
int64_t recurrence_seconds(const char *local);
bool recurrence_local(int64_t seconds, char local[static LOCAL_CHARS + 1])
    __attribute__((warn_unused_result));

/* The starts of a rule from `first` on, in order. first is the first of them where the rule yields
 * it ("every Saturday" from a Friday begins on the day after); with rule "" it is the only one.
 * NULL: the rule or the local time is not valid. */
struct recurrence;
struct recurrence *recurrence_new(const void *parent, const char *rrule, const char *first);
/* False when there are no more, and after the year 2199. */
bool recurrence_next(struct recurrence *recurrence, char local[static LOCAL_CHARS + 1]);
/* Starts at or before this local time are passed over. Call it before the first recurrence_next. */
void recurrence_skip(struct recurrence *recurrence, const char *last);

/* Unix seconds of an UNTIL with Z; INT64_MAX if the rule has none. Where it falls in local time
 * only a zone can tell: recurrence_next goes on for 14 hours of the clock behind it, and who knows
 * the instants drops what is later. */
int64_t recurrence_until(const char *rrule);

/* ---- rules that are asked about single days ---- */

/* Does it have COUNT? Then a day is one of it only if all before it were counted. */
bool recurrence_counts(const char *rrule);
/* Do its days depend on the first one? By an INTERVAL, or because it names none: "every Saturday"
 * does not, "every second Saturday", "weekly" and "monthly" do. */
bool recurrence_needs_first(const char *rrule);
/* Is any day one of it, from the first one on ("": whatever it is)? */
bool recurrence_has_any(const char *rrule, const char *first_on);
/* Is its UNTIL past everywhere, at this moment in Unix seconds? */
bool recurrence_is_over(const char *rrule, int64_t now);

/* A rule that is read once, and asked about many days, counted from a first day ("2026-06-29"), or
 * from "" for a rule that needs none. NULL: it is not valid, counts, or lacks its first day. An
 * UNTIL with Z is read as local. */
struct recurrence_days;
struct recurrence_days *recurrence_days_new(const void *parent, const char *rrule,
                                            const char *first_on);
/* Is the day of this moment, in local seconds, one of them? Costs the same for every day. False
 * outside the years 1970-2199. */
bool recurrence_days_have(const struct recurrence_days *days, int64_t seconds);
