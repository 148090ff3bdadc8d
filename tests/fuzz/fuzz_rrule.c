/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_rrule.c - recurrence rules: what is let through can be expanded, in order
 *
 * "RULE", or "RULE\nLOCAL" with the first start.
 */
#include <stdlib.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/recurrence.h"
#include "target.h"

enum { STARTS = 100 };

/* Starts rise, and are local times. */
static void check_starts(struct recurrence *recurrence, const char *after)
{
    char last[LOCAL_CHARS + 1] = "", start[LOCAL_CHARS + 1];

    for (int i = 0; i < STARTS && recurrence_next(recurrence, start); i++) {
        assert(recurrence_is_local(start));
        assert(strcmp(start, last) > 0 && strcmp(start, after) >= 0);
        memcpy(last, start, sizeof last);
    }
}

static void expand(const char *rule, const char *first)
{
    static const char later[] = "2031-01-01T00:00:00";
    struct recurrence *all = recurrence_new(NULL, rule, first);
    struct recurrence *rest = recurrence_new(NULL, rule, first);

    check_starts(all, first);
    recurrence_skip(rest, later);
    check_starts(rest, first);
    talloc_free(rest);
    talloc_free(all);
}

static void ask_days(const char *rule, const char *first_on)
{
    static const int64_t seconds[] = {INT64_MIN, 0, 1782691200, 7258032000, INT64_MAX};
    struct recurrence_days *days = recurrence_days_new(NULL, rule, first_on);

    for (size_t i = 0; days && i < sizeof seconds / sizeof *seconds; i++)
        (void)recurrence_days_have(days, seconds[i]);
    talloc_free(days);
}

void target_start(void)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *rule = fuzz_text(data, size), *first = strchr(rule, '\n');

    if (first)
        *first++ = '\0';
    if (!first || !recurrence_is_local(first))
        first = "2026-06-29T09:00:00";
    if (recurrence_is_valid(rule)) {
        expand(rule, first);
        (void)recurrence_until(rule);
        (void)recurrence_needs_first(rule);
        (void)recurrence_is_over(rule, 1782691200);
        ask_days(rule, "");
        ask_days(rule, "2024-02-29");
    }
    free(rule);
    return 0;
}
