/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_life_cycles.c - ops/doc/life-cycles.md is what the tables say
 *
 * With --print the program writes the page that the tables make.
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
#include "libcommon/base/types.h"
#include "page.h"
#include "services/selection/claim/claim.h"
#include "services/selection/need/need.h"

/* "STREET_STAFF, UNIT_CONTACT of the unit" */
static void print_who(FILE *out, const struct permission *may)
{
    static const char *const of[] = {[REACH_STREET] = "",
                                     [REACH_COMMUNITY] = " of the community",
                                     [REACH_UNIT] = " of the unit",
                                     [REACH_SELF] = " themselves"};
    const char *separator = "";

    for (unsigned i = 0; i < bus__role__descriptor.n_values; i++) {
        Bus__Role role = (Bus__Role)bus__role__descriptor.values[i].value;
        enum reach reach = permission_reach(may, role);
        if (reach == REACH_NONE)
            continue;
        fprintf(out, "%s%s%s", separator, bus__role__descriptor.values[i].name + strlen("ROLE_"),
                of[reach]);
        separator = ", ";
    }
    fputs(may == NOBODY ? "the server itself" : "", out);
}

static void print_row(FILE *out, const struct life_cycle *cycle, const struct transition *row)
{
    fprintf(out, "| %s | %s | %s | ",
            row->from == ANY_STATUS ? "any other" : types_enum_name(cycle->statuses, row->from),
            types_enum_name(cycle->actions, row->action),
            types_enum_name(cycle->statuses, row->to));
    print_who(out, row->may);
    fprintf(out, " | %s | %s |\n", row->reason_required ? "required" : "", row->why);
}

static void print_arrows(FILE *out, const struct life_cycle *cycle, const struct transition *row)
{
    for (unsigned i = 1; i < cycle->statuses->n_values; i++) {
        int from = cycle->statuses->values[i].value;
        if (row->from == from || (row->from == ANY_STATUS && from != row->to))
            fprintf(out, "    %s --> %s: %s\n", types_enum_name(cycle->statuses, from),
                    types_enum_name(cycle->statuses, row->to),
                    types_enum_name(cycle->actions, row->action));
    }
}

static void print_page(FILE *out)
{
    fputs("# Life cycles\n\nDrawn from the tables in `services/`; a test holds them together.\n",
          out);
    for (const struct cycled *object = cycled; object->of; object++) {
        const struct life_cycle *cycle = object->cycle;
        fprintf(out, "\n## %s\n\n```mermaid\nstateDiagram-v2\n    [*] --> %s\n", object->title,
                object->initial);
        if (object->other_initial)
            fprintf(out, "    [*] --> %s\n", object->other_initial);
        for (const struct transition *row = cycle->table; row->action; row++)
            print_arrows(out, cycle, row);
        fputs("```\n\n| from | action | to | who | reason | why |\n|---|---|---|---|---|---|\n",
              out);
        for (const struct transition *row = cycle->table; row->action; row++)
            print_row(out, cycle, row);
    }
}

static const struct page page = {"ops/doc/life-cycles.md", print_page};

static void draws_the_page_of_the_documentation(void **state)
{
    (void)state;
    page_assert(&page);
}

/* Whatever is not reached, or cannot be left though it is not final, is a mistake in the table. */
static void reaches_every_status(void **state)
{
    (void)state;
    for (const struct cycled *object = cycled; object->of; object++) {
        const struct life_cycle *cycle = object->cycle;
        for (unsigned i = 1; i < cycle->statuses->n_values; i++) {
            int status = cycle->statuses->values[i].value;
            const char *name = types_enum_name(cycle->statuses, status),
                       *other = object->other_initial;
            bool reached =
                strcmp(name, object->initial) == 0 || (other && strcmp(name, other) == 0);
            for (const struct transition *row = cycle->table; row->action; row++)
                reached = reached || row->to == status;
            if (!reached)
                fail_msg("%s never is %s", object->title, name);
        }
    }
}

/* Statuses that nobody leaves by a step of their own, and who does it for them. */
static const struct {
    const struct life_cycle *cycle, *by;
    const char *status;
} moved[] = {
    {&need_life_cycle, &claim_life_cycle, "CLAIMED"},
    {&need_life_cycle, &claim_life_cycle, "IN_PROGRESS"},
};

static bool is_moved(const struct life_cycle *cycle, const char *status)
{
    for (size_t i = 0; i < sizeof moved / sizeof *moved; i++)
        if (moved[i].cycle == cycle && strcmp(moved[i].status, status) == 0)
            return true;
    return false;
}

/* The server's own steps need not come: no timer, no claim. So each status that has a way out has
 * one for people. */
static void lets_somebody_get_on_from_every_status(void **state)
{
    (void)state;
    for (const struct cycled *object = cycled; object->of; object++) {
        const struct life_cycle *cycle = object->cycle;
        for (unsigned i = 1; i < cycle->statuses->n_values; i++) {
            int status = cycle->statuses->values[i].value;
            const char *name = types_enum_name(cycle->statuses, status);
            bool leaves = false, somebody = is_moved(cycle, name);
            for (const struct transition *row = cycle->table; row->action; row++)
                if (row->from == status || (row->from == ANY_STATUS && row->to != status)) {
                    leaves = true;
                    somebody = somebody || row->may != NOBODY;
                }
            if (leaves && !somebody)
                fail_msg("%s: nobody gets on from %s", object->title, name);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_the_page_of_the_documentation),
        cmocka_unit_test(reaches_every_status),
        cmocka_unit_test(lets_somebody_get_on_from_every_status),
    };

    if (page_is_asked_for(argc, argv, &page))
        return EXIT_SUCCESS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
