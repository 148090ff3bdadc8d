/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ends.c - the tables of ends name all that points to what ends, and ops/doc/ends.md is what
 * they say
 *
 * An object points to another one by a field of its id's name: unit_id, lead_unit_id, unit_ids. For
 * each status in which an object ended or pauses the services' tables must say what becomes of each
 * such field. With --print the program writes the page.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cycled.h"
#include "libcommon/base/field_path.h"
#include "libcommon/base/types.h"
#include "page.h"
#include "registry_events.pb-c.h"
#include "selection_project.pb-c.h"
#include "selection_tick_sheet.pb-c.h"
#include "services/registry/ends.h"
#include "services/scheduling/scheduling.h"
#include "services/selection/ends.h"
#include "services/selection/follow.h"

enum { TABLES = 3 };
static const struct end *const tables[TABLES] = {registry_ends, selection_ends, scheduling_ends};

/* Fields that point elsewhere than their names say: to projects of a programme's catalogue. */
static const struct {
    const ProtobufCMessageDescriptor *of;
    const char *field;
} others[] = {
    {&selection__tick_sheet__descriptor, "project_ids"},
    {&selection__grew_from__descriptor, "catalogue_project_id"},
};

/* ---- which statuses, which fields ---- */

static bool is_final(const struct life_cycle *cycle, int status)
{
    for (const struct transition *row = cycle->table; row->action; row++)
        if (row->from == status || (row->from == ANY_STATUS && row->to != status))
            return false;
    return true;
}

static bool is_end(size_t object, int status)
{
    const struct life_cycle *cycle = cycled[object].cycle;
    const char *pausing = cycled[object].pausing;

    return is_final(cycle, status) ||
           (pausing && strcmp(types_enum_name(cycle->statuses, status), pausing) == 0);
}

/* "lead_unit_id" and "unit_ids" point to what has a "unit_id". */
static bool points_to(const ProtobufCFieldDescriptor *field, const char *id)
{
    size_t length = strlen(field->name), wanted = strlen(id);

    if (strcmp(field->name, "holder") == 0)
        return strcmp(id, "person_id") == 0;
    if (field->label == PROTOBUF_C_LABEL_REPEATED && length > 0 && field->name[length - 1] == 's')
        length--;
    return length >= wanted && strncmp(field->name + length - wanted, id, wanted) == 0 &&
           (length == wanted || field->name[length - wanted - 1] == '_');
}

static bool points_elsewhere(const ProtobufCMessageDescriptor *of, const char *field)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].of == of && strcmp(others[i].field, field) == 0)
            return true;
    return false;
}

/* Of another descriptor with the same name: a person's facts are the person. */
static bool is_of(const struct end *end, size_t object)
{
    return strcmp(end->id, cycled[object].id) == 0;
}

static const struct ending *find_row(size_t ended, int status, const ProtobufCMessageDescriptor *of,
                                     const char *path)
{
    for (size_t t = 0; t < TABLES; t++)
        for (const struct end *end = tables[t]; end->rule; end++)
            for (const struct ending *row = end->endings;
                 row->of && is_of(end, ended) && end->status == status; row++)
                if (row->of == of && strcmp(row->by, path) == 0)
                    return row;
    return NULL;
}

/* Fields of `part`, which is the object `of` or a message in it at `prefix`. */
static void check_fields(size_t ended, int status, const ProtobufCMessageDescriptor *of,
                         const ProtobufCMessageDescriptor *part, const char *prefix)
{
    for (unsigned f = 0; f < part->n_fields; f++) {
        const ProtobufCFieldDescriptor *field = &part->fields[f];
        char path[100];
        snprintf(path, sizeof path, "%s%s", prefix, field->name);
        if (field->type == PROTOBUF_C_TYPE_MESSAGE && !prefix[0]) {
            char deeper[100];
            snprintf(deeper, sizeof deeper, "%s.", field->name);
            check_fields(ended, status, of, field->descriptor, deeper);
        }
        bool own =
            !prefix[0] && of == cycled[ended].of && strcmp(field->name, cycled[ended].id) == 0;
        if (field->type != PROTOBUF_C_TYPE_STRING || own || points_elsewhere(part, field->name) ||
            !points_to(field, cycled[ended].id))
            continue;
        if (!find_row(ended, status, of, path))
            fail_msg("%s.%s: nothing says what becomes of it when its %s is %s; add a row to "
                     "ends.c of that service",
                     of->short_name, path, cycled[ended].title,
                     types_enum_name(cycled[ended].cycle->statuses, status));
    }
}

static void says_what_becomes_of_all_that_points_to_what_ended(void **state)
{
    (void)state;
    for (size_t ended = 0; cycled[ended].of; ended++) {
        const ProtobufCEnumDescriptor *statuses = cycled[ended].cycle->statuses;
        for (unsigned i = 1; i < statuses->n_values; i++)
            for (size_t o = 0; cycled[o].of && is_end(ended, statuses->values[i].value); o++)
                check_fields(ended, statuses->values[i].value, cycled[o].of, cycled[o].of, "");
    }
}

/* ---- rows that are none ---- */

static size_t object_of(const struct end *end)
{
    size_t object = 0;

    while (cycled[object].of && !is_of(end, object))
        object++;
    assert_non_null(cycled[object].of);
    return object;
}

static bool does_something(enum consequence then)
{
    return then == ENDS || then == GOES_ON || then == GOES_BACK;
}

static void names_ends_and_fields_that_are_there(void **state)
{
    (void)state;
    for (size_t t = 0; t < TABLES; t++)
        for (const struct end *end = tables[t]; end->rule; end++) {
            if (!is_end(object_of(end), end->status))
                fail_msg("%s is no end", end->rule);
            for (const struct ending *row = end->endings; row->of; row++) {
                if (!path_field(row->of, row->by))
                    fail_msg("%s: %s has no %s", end->rule, row->of->short_name, row->by);
                if (!row->open != !row->end || (row->open && !does_something(row->then)))
                    fail_msg("%s: %s.%s does something, or does not", end->rule,
                             row->of->short_name, row->by);
            }
        }
}

/* What is more than one command may take goes on by a timer of the rule. */
static void has_a_timer_for_each_end_that_does_something(void **state)
{
    static const struct timer *const timers[TABLES] = {registry_timers, selection_timers,
                                                       scheduling_timers};

    (void)state;
    for (size_t t = 0; t < TABLES; t++)
        for (const struct end *end = tables[t]; end->rule; end++) {
            bool open = false, found = false;
            for (const struct ending *row = end->endings; row->of; row++)
                open = open || row->open;
            for (const struct timer *timer = timers[t]; timer->name; timer++)
                found = found || strcmp(timer->name, end->rule) == 0;
            if (open != found)
                fail_msg("%s: it has %s timer", end->rule, found ? "a" : "no");
        }
}

/* ---- no reaction leads back ---- */

static size_t index_of(const ProtobufCMessageDescriptor *of)
{
    size_t object = 0;

    while (cycled[object].of && cycled[object].of != of)
        object++;
    return object;
}

/* Marks what ends where `object` does; fails where that is an object on the way to it. */
static void follow_ends(size_t object, bool *on_the_way, const char *way)
{
    char further[300];

    snprintf(further, sizeof further, "%s > %s", way, cycled[object].title);
    if (on_the_way[object])
        fail_msg("an end leads back to itself:%s", further);
    on_the_way[object] = true;
    for (size_t t = 0; t < TABLES; t++)
        for (const struct end *end = tables[t]; end->rule; end++)
            for (const struct ending *row = end->endings; row->of; row++)
                if (row->end && row->then == ENDS && is_of(end, object) &&
                    cycled[index_of(row->of)].of)
                    follow_ends(index_of(row->of), on_the_way, further);
    on_the_way[object] = false;
}

/* Whatever ends goes on from one object to the next, within a service and over all of them, and
 * comes to its end. */
static void leads_from_no_end_back_to_it(void **state)
{
    bool on_the_way[100] = {false};

    (void)state;
    for (size_t object = 0; cycled[object].of; object++)
        follow_ends(object, on_the_way, "");
}

/* What reacts to others' events beside ends: a row says which events of its own it leads to, and
 * that nothing follows from those where the first one came from. */
static const struct {
    const ProtobufCMessageDescriptor *event;
    const char *leads_to;
} reactions[] = {
    {&registry__street_updated__descriptor, "BookingMoved, BookingCancelled, OccurrenceUpdated"},
};

static bool is_known_reaction(const struct follow *row)
{
    for (size_t i = 0; i < sizeof reactions / sizeof *reactions; i++)
        if (reactions[i].event == row->event)
            return true;
    return false;
}

/* Notification reacts to everything, and nobody follows it. */
static void knows_each_reaction_that_is_no_end(void **state)
{
    static const struct followed *const follows[] = {selection_follows, scheduling_follows, NULL};

    (void)state;
    for (const struct followed *const *each = follows; *each; each++)
        for (const struct followed *journal = *each; journal->service; journal++) {
            assert_string_not_equal(journal->service, "notification");
            for (const struct follow *row = journal->events; row->event; row++)
                if (row->react && row->react != ends_react && !is_known_reaction(row))
                    fail_msg("%s: say in `reactions` of tests/unit/test_ends.c which events its"
                             " reaction leads to",
                             row->event->name);
        }
}

/* ---- the page ---- */

static void print_rows(FILE *out, size_t ended, int status, const char **ret_rule)
{
    static const char *const consequences[] = {
        [STAYS] = "stays",     [IS_LISTED] = "is listed", [WAITS] = "waits",
        [GOES_ON] = "goes on", [GOES_BACK] = "goes back", [ENDS] = "ends",
    };

    for (size_t t = 0; t < TABLES; t++)
        for (const struct end *end = tables[t]; end->rule; end++) {
            if (!is_of(end, ended) || end->status != status)
                continue;
            *ret_rule = end->rule;
            for (const struct ending *row = end->endings; row->of && out; row++) {
                const char *service = strchr(row->of->name, '.') + 1;
                fprintf(out, "| %.*s | %s | `%s` | %s | %s |\n", (int)strcspn(service, "."),
                        service, row->of->short_name, row->by, consequences[row->then], row->what);
            }
        }
}

static void print_end(FILE *out, size_t ended, int status)
{
    const char *rule = NULL;

    print_rows(NULL, ended, status, &rule);
    fprintf(out, "\n## %s: %s\n\n", cycled[ended].title,
            types_enum_name(cycled[ended].cycle->statuses, status));
    if (!rule) {
        fputs("Nothing points to it.\n", out);
        return;
    }
    fprintf(out, "Cause: `%s`.\n\n", rule);
    fputs("| service | object | by | | what follows |\n|---|---|---|---|---|\n", out);
    print_rows(out, ended, status, &rule);
}

static const char introduction[] =
    "# Ends\n\n"
    "What becomes of all that points to an object which ended, or pauses. Printed from the tables "
    "in `services/*/ends.c`; tests hold it.\n\n"
    "Open things of who ended **end**. What others hold with them **goes back** to its earlier "
    "state, or **goes on** without them. What is final **stays**. What nobody but people can "
    "decide "
    "**is listed** for staff. Pausing ends nothing: what points there **waits**, so steps that go "
    "on "
    "are refused, and those that get out of something are not.\n\n"
    "Everything that follows is said by an event with the `reason` that was given for the end, and "
    "its `cause`: the name below and the object's id. Where an end takes hundreds of objects with "
    "it, the first follow at once and the rest within seconds; meanwhile each object's own steps "
    "look whether what it points to takes part.\n\n"
    "Four causes have no table: `zone_changed` (the street's zone moved a date onto somebody's "
    "booking: its own is cancelled), `dates_cancelled` (an activity whose dates were cancelled one "
    "by one is CANCELLED), `party_left` (who raised a need is no party of the project that took it "
    "on: it is OPEN again), and none at all: somebody did it.\n";

static void print_page(FILE *out)
{
    fputs(introduction, out);
    for (size_t ended = 0; cycled[ended].of; ended++) {
        const ProtobufCEnumDescriptor *statuses = cycled[ended].cycle->statuses;
        for (unsigned i = 1; i < statuses->n_values; i++)
            if (is_end(ended, statuses->values[i].value))
                print_end(out, ended, statuses->values[i].value);
    }
}

static const struct page page = {"ops/doc/ends.md", print_page};

static void prints_the_page_of_the_documentation(void **state)
{
    (void)state;
    page_assert(&page);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_becomes_of_all_that_points_to_what_ended),
        cmocka_unit_test(names_ends_and_fields_that_are_there),
        cmocka_unit_test(has_a_timer_for_each_end_that_does_something),
        cmocka_unit_test(leads_from_no_end_back_to_it),
        cmocka_unit_test(knows_each_reaction_that_is_no_end),
        cmocka_unit_test(prints_the_page_of_the_documentation),
    };

    if (page_is_asked_for(argc, argv, &page))
        return EXIT_SUCCESS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
