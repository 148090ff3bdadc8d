/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ends_told.c - whatever follows from an end is told in both languages, or has a reason why
 * nobody is
 *
 * Each row of the tables of ends that does something becomes an event. `told` says which, and by
 * which rule people hear it; both titles of that rule say why, and the cause has words of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "registry_agreement.pb-c.h"
#include "registry_alliance.pb-c.h"
#include "registry_events.pb-c.h"
#include "registry_pairing.pb-c.h"
#include "registry_role_grant.pb-c.h"
#include "scheduling_activity.pb-c.h"
#include "scheduling_booking.pb-c.h"
#include "scheduling_events.pb-c.h"
#include "scheduling_occurrence.pb-c.h"
#include "scheduling_sign_up.pb-c.h"
#include "selection_claim.pb-c.h"
#include "selection_events.pb-c.h"
#include "selection_need.pb-c.h"
#include "selection_project.pb-c.h"
#include "selection_resource.pb-c.h"
#include "selection_tick_sheet.pb-c.h"
#include "services/notification/rule/rules.h"
#include "services/notification/rule/why.h"
#include "services/registry/ends.h"
#include "services/scheduling/ends.h"
#include "services/selection/ends.h"

enum { TABLES = 3 };
static const struct end *const tables[TABLES] = {registry_ends, selection_ends, scheduling_ends};

/* Of an object and what becomes of it: its event, and who hears of it by which rule. */
static const struct {
    const ProtobufCMessageDescriptor *of;
    enum consequence then;
    const char *cause; /* of this end alone; NULL: of each that no row before is for */
    const ProtobufCMessageDescriptor *event;
    const char *rule, *nobody_because;
} told[] = {
    {&registry__pairing__descriptor, ENDS, NULL, &registry__pairing_changed__descriptor, NULL,
     "who ended was told of the whole, and the list shows it"},
    {&registry__alliance__descriptor, ENDS, NULL, &registry__alliance_changed__descriptor, NULL,
     "the community's staff were told of the whole"},
    {&registry__alliance_member__descriptor, ENDS, NULL,
     &registry__alliance_member_changed__descriptor, NULL, "the list shows it"},
    {&registry__agreement__descriptor, ENDS, NULL, &registry__agreement_changed__descriptor,
     "agreement_terminated"},
    {&registry__role_grant__descriptor, ENDS, NULL, &registry__role_grant_changed__descriptor,
     "role_revoked"},
    {&selection__tick_sheet__descriptor, ENDS, NULL, &selection__tick_sheet_changed__descriptor,
     "sheet_dropped"},
    {&selection__resource__descriptor, ENDS, NULL, &selection__resource_changed__descriptor, NULL,
     "its owner was told of the whole; dates and bookings that lose it say so"},
    {&selection__need__descriptor, ENDS, "claim_accepted", &selection__need_changed__descriptor,
     NULL, "the acceptance of its claim is told"},
    {&selection__need__descriptor, ENDS, NULL, &selection__need_changed__descriptor, NULL,
     "its asker was told of the whole, and who worked on it that their claim ended"},
    {&selection__need__descriptor, GOES_BACK, NULL, &selection__need_changed__descriptor, NULL,
     "the end of its claim or project is told"},
    {&selection__claim__descriptor, ENDS, NULL, &selection__claim_changed__descriptor,
     "claim_left"},
    {&selection__claim__descriptor, GOES_ON, NULL, &selection__claim_updated__descriptor,
     "claim_shrunk"},
    {&selection__project__descriptor, ENDS, NULL, &selection__project_changed__descriptor,
     "project_cancelled"},
    {&selection__project__descriptor, GOES_ON, NULL, &selection__project_updated__descriptor,
     "project_shrunk"},
    {&scheduling__activity__descriptor, ENDS, NULL, &scheduling__activity_cancelled__descriptor,
     "activity_cancelled"},
    {&scheduling__activity__descriptor, GOES_ON, "unit_withdrawn",
     &scheduling__activity_updated__descriptor, "activity_lost_unit"},
    {&scheduling__activity__descriptor, GOES_ON, "resource_withdrawn",
     &scheduling__activity_updated__descriptor, "plan_lost_venue"},
    {&scheduling__occurrence__descriptor, ENDS, NULL, &scheduling__occurrence_cancelled__descriptor,
     "occurrence_cancelled"},
    {&scheduling__occurrence__descriptor, GOES_ON, "booking_cancelled",
     &scheduling__occurrence_updated__descriptor, "venue_lost"},
    {&scheduling__occurrence__descriptor, GOES_ON, NULL,
     &scheduling__occurrence_updated__descriptor, "venue_changed"},
    {&scheduling__booking__descriptor, ENDS, NULL, &scheduling__booking_cancelled__descriptor,
     "booking_cancelled"},
    {&scheduling__sign_up__descriptor, ENDS, "occurrence_cancelled",
     &scheduling__sign_up_cancelled__descriptor, NULL, "the cancelled occurrence is told"},
    {&scheduling__sign_up__descriptor, ENDS, "community_dissolved",
     &scheduling__sign_up_cancelled__descriptor, NULL, "the cancelled occurrence is told"},
    {&scheduling__sign_up__descriptor, ENDS, "person_left",
     &scheduling__sign_up_cancelled__descriptor, NULL, "nobody who left is told"},
};
enum { TOLD = sizeof told / sizeof *told };

static bool used[TOLD];

static const struct notify_rule *find_rule(const char *name)
{
    for (const struct rule_book *const *book = rule_books; *book; book++)
        for (const struct notify_rule *rule = (*book)->rules; rule->name; rule++)
            if (strcmp(rule->name, name) == 0)
                return rule;
    fail_msg("there is no rule %s", name);
    return NULL;
}

static size_t find_told(const struct end *end, const struct ending *row)
{
    for (size_t i = 0; i < TOLD; i++)
        if (told[i].of == row->of && told[i].then == row->then &&
            (!told[i].cause || strcmp(told[i].cause, end->rule) == 0))
            return i;
    fail_msg("%s: nothing says who hears what becomes of %s.%s: add a row to `told` of"
             " tests/unit/test_ends_told.c",
             end->rule, row->of->short_name, row->by);
    return 0;
}

static bool is_from(const struct notify_rule *rule, const char *cause)
{
    bool found = !rule->causes[0];

    for (int i = 0; i < 2 && rule->causes[i]; i++)
        found = found || strcmp(rule->causes[i], cause) == 0;
    return found;
}

/* Words of its own, and none that stand for what only a newer service knows. */
static void assert_has_words(const char *cause)
{
    void *memory = talloc_new(NULL);
    Scheduling__BookingCancelled event = SCHEDULING__BOOKING_CANCELLED__INIT;
    Type__Cause from = TYPE__CAUSE__INIT, unknown = TYPE__CAUSE__INIT;

    from.rule = (char *)cause;
    unknown.rule = (char *)"never_heard_of";
    for (int language = 0; language < LANGUAGES; language++) {
        event.cause = &from;
        const char *words = why_words(memory, &event.base, (enum language)language);
        event.cause = &unknown;
        if (!words[0] ||
            strcmp(words, why_words(memory, &event.base, (enum language)language)) == 0)
            fail_msg("%s has no words", cause);
    }
    talloc_free(memory);
}

static void check_row(const struct end *end, const struct ending *row)
{
    const size_t i = find_told(end, row);

    used[i] = true;
    assert_has_words(end->rule);
    if (!told[i].rule) {
        assert_non_null(told[i].nobody_because);
        return;
    }
    const struct notify_rule *rule = find_rule(told[i].rule);
    if (rule->event != told[i].event || !is_from(rule, end->rule) ||
        !strstr(rule->title_zh, "{" WHY "}") || !strstr(rule->title_en, "{" WHY "}"))
        fail_msg("%s does not say that %s ends by %s, and why", rule->name, row->of->short_name,
                 end->rule);
}

static bool does_something(const struct ending *row)
{
    return row->then == ENDS || row->then == GOES_ON || row->then == GOES_BACK;
}

static void tells_in_both_languages_what_follows_from_each_end(void **state)
{
    (void)state;
    for (size_t t = 0; t < TABLES; t++)
        for (const struct end *end = tables[t]; end->rule; end++)
            for (const struct ending *row = end->endings; row->of; row++)
                if (does_something(row))
                    check_row(end, row);
    for (size_t i = 0; i < TOLD; i++)
        if (!used[i])
            fail_msg("%s: no end is told by row %zu", told[i].of->short_name, i);
}

/* Causes without a table, which services give by name. */
static void has_words_for_the_other_causes(void **state)
{
    static const char *const others[] = {"zone_changed", "dates_cancelled", "party_left"};

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_has_words(others[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_in_both_languages_what_follows_from_each_end),
        cmocka_unit_test(has_words_for_the_other_causes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
