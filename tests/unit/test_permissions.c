/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_permissions.c - the tables of authorisation: default deny, and ops/doc/permissions.md is
 * what it says
 *
 * With --print the program writes the page.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "page.h"
#include "services/notification/permissions.h"
#include "services/registry/permissions.h"
#include "services/scheduling/permissions.h"
#include "services/selection/permissions.h"
#include "services/service_names.h"

#define X(name, NAME) extern const struct permission *const name##_permissions[];
SERVICE_NAMES(X)
#undef X
#define X(name, NAME) {#name, name##_permissions},
static const struct {
    const char *title;
    const struct permission *const *rows;
} tables[] = {{"every service", common_permissions}, SERVICE_NAMES(X)};
#undef X
enum { TABLES = sizeof tables / sizeof *tables };

static const char *const cells[] = {
    [REACH_NONE] = "",         [REACH_STREET] = "street", [REACH_COMMUNITY] = "own community",
    [REACH_UNIT] = "own unit", [REACH_SELF] = "self",
};

static void print_table(FILE *out, const char *title, const struct permission *const *rows)
{
    fprintf(out, "\n## %s\n\n| |", title);
    for (unsigned i = 1; i < bus__role__descriptor.n_values; i++)
        fprintf(out, " %s |", bus__role__descriptor.values[i].name + strlen("ROLE_"));
    fputs("\n|---|", out);
    for (unsigned i = 1; i < bus__role__descriptor.n_values; i++)
        fputs("---|", out);
    fputs("\n", out);
    for (; *rows; rows++) {
        fprintf(out, "| %s |", (*rows)->what);
        for (int role = 1; role < ROLES; role++)
            fprintf(out, " %s |", cells[(*rows)->reach[role]]);
        fputs("\n", out);
    }
}

static void print_page(FILE *out)
{
    fputs("# Who may do what\n\n"
          "One table for the runtime (`libcommon/service/call/permission.h`) and one a service"
          " (`permissions.h`); a test holds this page to them.\nA cell says how far it reaches for"
          " the role; an empty one is a refusal. Roles are those of a certificate, or of"
          " a person's grants in\nthe registry, each for the street, one community or one unit,"
          " and for its term.\n",
          out);
    for (size_t i = 0; i < TABLES; i++)
        print_table(out, tables[i].title, tables[i].rows);
}

static const struct page page = {"ops/doc/permissions.md", print_page};

static void writes_the_page_of_the_documentation(void **state)
{
    (void)state;
    page_assert(&page);
}

static void gives_nobody_what_the_table_does_not_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < TABLES; i++)
        for (const struct permission *const *row = tables[i].rows; *row; row++)
            assert_int_equal(permission_reach(*row, BUS__ROLE__ROLE_UNSPECIFIED), REACH_NONE);
    for (int role = 0; role < ROLES; role++)
        assert_int_equal(permission_reach(NOBODY, (Bus__Role)role), REACH_NONE);
    assert_int_equal(permission_reach(MAY_READ, (Bus__Role)ROLES), REACH_NONE);
    assert_int_equal(permission_reach(MAY_READ, (Bus__Role)-1), REACH_NONE);
}

static void has_a_column_for_every_role(void **state)
{
    (void)state;
    assert_int_equal(bus__role__descriptor.n_values, ROLES);
}

static void shows_no_person_to_an_operator_or_integrator(void **state)
{
    const struct permission *const personal[] = {MAY_READ_PERSON,  MAY_REVEAL_PHONE,
                                                 MAY_WRITE_PERSON, MAY_READ_SIGN_UP,
                                                 MAY_READ_INBOX,   NULL};

    (void)state;
    for (size_t i = 0; personal[i]; i++) {
        assert_int_equal(permission_reach(personal[i], BUS__ROLE__ROLE_OPERATOR), REACH_NONE);
        assert_int_equal(permission_reach(personal[i], BUS__ROLE__ROLE_INTEGRATOR), REACH_NONE);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_page_of_the_documentation),
        cmocka_unit_test(gives_nobody_what_the_table_does_not_say),
        cmocka_unit_test(has_a_column_for_every_role),
        cmocka_unit_test(shows_no_person_to_an_operator_or_integrator),
    };

    if (page_is_asked_for(argc, argv, &page))
        return EXIT_SUCCESS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
