/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_life_cycles.c - ops/doc/life-cycles.md is what the tables say
 *
 * With --print the program writes the page that the tables make; so it is brought up to date by
 * build/tests/unit/test_life_cycles --print > ops/doc/life-cycles.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/types.h"
#include "services/registry/agreement/agreement.h"
#include "services/registry/alliance/alliance.h"
#include "services/registry/community/community.h"
#include "services/registry/pairing/pairing.h"
#include "services/registry/person/person.h"
#include "services/registry/role_grant/role_grant.h"
#include "services/registry/unit/unit.h"
#include "services/scheduling/activity/activity.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/sign_up/sign_up.h"
#include "services/selection/claim/claim.h"
#include "services/selection/need/need.h"
#include "services/selection/programme/programme.h"
#include "services/selection/project/project.h"
#include "services/selection/resource/resource.h"
#include "services/selection/tick_sheet/tick_sheet.h"

static const struct {
    const char *title;
    const char *initial, *other_initial; /* where it begins; a second way in, or NULL */
    const struct life_cycle *cycle;
} pages[] = {
    {"Community 社区", "ACTIVE", NULL, &community_life_cycle},
    {"Unit 共建单位", "PROSPECT", NULL, &unit_life_cycle},
    {"Person 人员", "ACTIVE", NULL, &person_life_cycle},
    {"Role grant 授权", "IN_FORCE", NULL, &role_grant_life_cycle},
    {"Pairing 结对", "ACTIVE", NULL, &pairing_life_cycle},
    {"Alliance 党建联盟", "ACTIVE", NULL, &alliance_life_cycle},
    {"Alliance membership 联盟成员", "ACTIVE", NULL, &alliance_member_life_cycle},
    {"Agreement 签约", "DRAFT", NULL, &agreement_life_cycle},
    {"Programme 工作法", "DRAFT", NULL, &programme_life_cycle},
    {"Tick sheet 勾选单", "DRAFT", NULL, &tick_sheet_life_cycle},
    {"Resource 资源", "OFFERED", NULL, &resource_life_cycle},
    {"Need 需求", "OPEN", NULL, &need_life_cycle},
    {"Claim 领办", "SUBMITTED", NULL, &claim_life_cycle},
    {"Co-building project 共建项目", "PLANNED", NULL, &project_life_cycle},
    {"Activity 活动", "DRAFT", NULL, &activity_life_cycle},
    {"Occurrence 场次", "SCHEDULED", NULL, &occurrence_life_cycle},
    {"Booking 预约", "BOOKED", NULL, &booking_life_cycle},
    {"Sign-up 报名", "SIGNED_UP", "WAITING", &sign_up_life_cycle},
};

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
    for (size_t p = 0; p < sizeof pages / sizeof *pages; p++) {
        const struct life_cycle *cycle = pages[p].cycle;
        fprintf(out, "\n## %s\n\n```mermaid\nstateDiagram-v2\n    [*] --> %s\n", pages[p].title,
                pages[p].initial);
        if (pages[p].other_initial)
            fprintf(out, "    [*] --> %s\n", pages[p].other_initial);
        for (const struct transition *row = cycle->table; row->action; row++)
            print_arrows(out, cycle, row);
        fputs("```\n\n| from | action | to | who | reason | why |\n|---|---|---|---|---|---|\n",
              out);
        for (const struct transition *row = cycle->table; row->action; row++)
            print_row(out, cycle, row);
    }
}

static void draws_the_page_of_the_documentation(void **state)
{
    char *drawn = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&drawn, &size);
    FILE *page = fopen(getenv("LIFE_CYCLES_PAGE"), "r");
    static char written[65536];

    (void)state;
    assert_non_null(page);
    print_page(out);
    fclose(out);
    written[fread(written, 1, sizeof written - 1, page)] = '\0';
    fclose(page);
    assert_string_equal(drawn, written);
    free(drawn);
}

/* Whatever is not reached, or cannot be left though it is not final, is a mistake in the table. */
static void reaches_every_status(void **state)
{
    (void)state;
    for (size_t p = 0; p < sizeof pages / sizeof *pages; p++) {
        const struct life_cycle *cycle = pages[p].cycle;
        for (unsigned i = 1; i < cycle->statuses->n_values; i++) {
            int status = cycle->statuses->values[i].value;
            const char *name = types_enum_name(cycle->statuses, status),
                       *other = pages[p].other_initial;
            bool reached =
                strcmp(name, pages[p].initial) == 0 || (other && strcmp(name, other) == 0);
            for (const struct transition *row = cycle->table; row->action; row++)
                reached = reached || row->to == status;
            if (!reached)
                fail_msg("%s never is %s", pages[p].title, name);
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
    for (size_t p = 0; p < sizeof pages / sizeof *pages; p++) {
        const struct life_cycle *cycle = pages[p].cycle;
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
                fail_msg("%s: nobody gets on from %s", pages[p].title, name);
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

    if (argc == 2 && strcmp(argv[1], "--print") == 0) {
        print_page(stdout);
        return EXIT_SUCCESS;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
