/* SPDX-License-Identifier: Apache-2.0 */
/* conditions.c - one check for each condition of use; `checks` lists them */
#include "libcommon/base/conditions.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/mem.h"

enum { MINUTE = 60, DAY = 24 * 60 * MINUTE };

/* The input of the checks, and the list that they add violations to. */
struct conditions_check {
    const void *parent;
    const Selection__ConditionsOfUse *conditions;
    const Selection__Opening *opening;
    const struct use *use;
    const struct use_fields *fields;
    struct violations *violations;
};

/* ---- who ---- */

static bool is_among(char *const *texts, size_t count, const char *text)
{
    for (size_t i = 0; text[0] && i < count; i++)
        if (strcmp(texts[i], text) == 0)
            return true;
    return false;
}

static bool is_of_a_group(const Selection__ConditionsOfUse *conditions, const struct use *use)
{
    for (size_t i = 0; i < use->group_count; i++)
        if (is_among(conditions->groups, conditions->n_groups, use->groups[i]))
            return true;
    return false;
}

static bool is_organised_by_one(const Selection__ConditionsOfUse *conditions, const struct use *use)
{
    for (size_t i = 0; i < use->organiser_count; i++)
        if (is_among(conditions->unit_ids, conditions->n_unit_ids, use->organisers[i]))
            return true;
    return false;
}

static bool check_who(const struct conditions_check *q)
{
    const Selection__ConditionsOfUse *of = q->conditions;

    if (of->everyone || is_among(of->community_ids, of->n_community_ids, q->use->community_id) ||
        is_among(of->unit_ids, of->n_unit_ids, q->use->unit_id) || is_of_a_group(of, q->use) ||
        is_organised_by_one(of, q->use))
        return true;
    violation_add(q->parent, q->violations, q->fields->who, "conditions.who",
                  "it may be used by those only whom its owner names");
    return false;
}

/* ---- when and how long ---- */

static bool check_notice(const struct conditions_check *q)
{
    const uint32_t minutes = q->conditions->notice_minutes;

    if (q->use->notice_minutes >= minutes)
        return true;
    violation_add(q->parent, q->violations, q->fields->start, "conditions.notice",
                  "it must be booked at least %" PRIu32 " minutes ahead", minutes)
        ->params[0] = (struct violation_param){"minutes", minutes};
    return false;
}

static bool check_longest(const struct conditions_check *q)
{
    const uint32_t minutes = q->conditions->longest_minutes;

    if (minutes == 0 || q->use->seconds <= (int64_t)minutes * MINUTE)
        return true;
    violation_add(q->parent, q->violations, q->fields->end, "conditions.longest",
                  "it may be used for at most %" PRIu32 " minutes", minutes)
        ->params[0] = (struct violation_param){"minutes", minutes};
    return false;
}

/* ---- how often ---- */

/* The most uses in any stretch of so many seconds that holds this one: each stretch begins at a
 * use, and ends behind the last one that is in it. */
static size_t most_in_stretch(const struct use *use, int64_t seconds)
{
    size_t most = 1, end = 0;

    for (size_t first = 0; first < use->other_count; first++) {
        const int64_t begin = use->others[first] < use->start ? use->others[first] : use->start;
        while (end < use->other_count && use->others[end] < begin + seconds)
            end++;
        if (begin + seconds > use->start && end - first + 1 > most)
            most = end - first + 1;
        if (begin == use->start)
            break; /* whatever begins later holds this one no more */
    }
    return most;
}

static bool check_often(const struct conditions_check *q)
{
    const uint32_t times = q->conditions->often_times, days = q->conditions->often_days;

    if (times == 0 || most_in_stretch(q->use, (int64_t)days * DAY) <= times)
        return true;
    struct violation *violation =
        violation_add(q->parent, q->violations, q->fields->start, "conditions.often",
                      "it may be used %" PRIu32 " times in %" PRIu32 " days", times, days);
    violation->params[0] = (struct violation_param){"times", times};
    violation->params[1] = (struct violation_param){"days", days};
    return false;
}

/* ---- opening windows ---- */

/* Seconds of "08:30", or of "24:00". */
static int64_t time_of_day(const char *text)
{
    int hour = 0, minute = 0;

    (void)sscanf(text, "%2d:%2d", &hour, &minute);
    return ((int64_t)hour * 60 + minute) * MINUTE;
}

/* An opening window whose rule is read. */
struct window {
    const struct recurrence_days *days; /* NULL: it never opens */
    int64_t from, until;                /* seconds of the day; until <= from: of the next one */
};

static struct window *read_windows(const void *parent, const Selection__Opening *opening)
{
    struct window *windows = mem_array(parent, struct window, opening->n_windows);

    for (size_t i = 0; i < opening->n_windows; i++) {
        const Selection__OpeningWindow *window = opening->windows[i];
        windows[i] = (struct window){recurrence_days_new(windows, window->rrule, window->first_on),
                                     time_of_day(window->from), time_of_day(window->until)};
    }
    return windows;
}

/* Until when the window is open at this moment, if it opened on that day; else 0. One that ends
 * before it begins ends on the next day. */
static int64_t open_until(const struct window *window, int64_t midnight, int64_t at)
{
    const int64_t end = midnight + window->until + (window->until <= window->from ? DAY : 0);

    return midnight + window->from <= at && at < end && window->days &&
                   recurrence_days_have(window->days, midnight)
               ? end
               : 0;
}

static int64_t latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Windows of this day, and those of the day before that go on past midnight. */
static int64_t any_open_until(const struct window *windows, size_t count, int64_t at)
{
    const int64_t midnight = at - at % DAY;
    int64_t until = 0;

    for (size_t i = 0; i < count; i++) {
        until = latest(until, open_until(&windows[i], midnight, at));
        until = latest(until, open_until(&windows[i], midnight - DAY, at));
    }
    return until;
}

static bool is_open(const struct window *windows, size_t count, const struct use *use)
{
    int64_t at = use->start, until = at;

    while (at < use->end && until > 0) {
        until = any_open_until(windows, count, at);
        at = latest(at, until);
    }
    return at >= use->end;
}

/* One window may go on where another ends. */
static bool check_opening(const struct conditions_check *q)
{
    if (!q->opening || q->opening->n_windows == 0)
        return true;
    struct window *windows = read_windows(q->parent, q->opening);
    const bool open = is_open(windows, q->opening->n_windows, q->use);
    talloc_free(windows);
    if (!open)
        violation_add(q->parent, q->violations, q->fields->start, "conditions.opening",
                      "it is not open for all of that time");
    return open;
}

/* ---- the whole ---- */

/* Each is true where its condition is met, else adds its violation. */
static bool (*const checks[])(const struct conditions_check *q) = {
    check_who, check_notice, check_longest, check_often, check_opening,
};

bool conditions_met(const void *parent, const Selection__ConditionsOfUse *conditions,
                    const Selection__Opening *opening, const struct use *use,
                    const struct use_fields *fields, struct violations *violations)
{
    const struct conditions_check question = {parent, conditions, opening, use, fields, violations};
    bool met = true;

    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        met = checks[i](&question) && met;
    return met;
}
