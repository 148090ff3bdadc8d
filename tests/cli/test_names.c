/* SPDX-License-Identifier: Apache-2.0 */
/* test_names.c - names of a row become ids, or a fault of its column */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "json_path.h"
#include "load/names.h"

static json_t *parsed(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);

    assert_non_null(json);
    return json;
}

static void know(struct plan *plan, const struct sheet *sheet, const char *text)
{
    json_t *object = parsed(text);

    plan_index_add(plan_of(plan, sheet), object);
    json_decref(object);
}

/* Two communities, a unit that has a community's name, two units of one name, a unit of line 5. */
static void know_all(struct plan *plan)
{
    const struct sheet_row row = {.line = 5,
                                  .object = parsed("{\"unitId\":\"u5\",\"name\":\"戊\"}")};

    plan_init(plan);
    know(plan, &community_sheet, "{\"communityId\":\"c1\",\"name\":\"头格社区\"}");
    know(plan, &community_sheet, "{\"communityId\":\"c2\",\"name\":\"甲\"}");
    know(plan, &unit_sheet, "{\"unitId\":\"u1\",\"name\":\"甲\"}");
    know(plan, &unit_sheet, "{\"unitId\":\"u2\",\"name\":\"乙\"}");
    know(plan, &unit_sheet, "{\"unitId\":\"u3\",\"name\":\"丙\",\"creditCode\":\"1\"}");
    know(plan, &unit_sheet, "{\"unitId\":\"u4\",\"name\":\"丙\",\"creditCode\":\"2\"}");
    plan_index_settle(plan_of(plan, &unit_sheet), &row, row.object, true);
    json_decref(row.object);
}

static void finds_what_a_row_names(void **state)
{
    static const struct {
        const struct sheet *sheet;
        const char *row, *resolved; /* resolved NULL: it cannot be */
        const char *fault;          /* column, NULL: none is told */
    } cases[] = {
        {&need_sheet, "{\"communityId\":\"头格社区\"}", "{\"communityId\":\"c1\"}", NULL},
        {&need_sheet, "{\"communityId\":\"乙\"}", "{\"unitId\":\"u2\"}", NULL},
        {&need_sheet, "{\"communityId\":\"甲\"}", "{\"communityId\":\"c2\"}", NULL},
        {&need_sheet, "{\"communityId\":\"丁\"}", NULL, "raised_by"},
        {&need_sheet, "{\"communityId\":\"丙\"}", NULL, "raised_by"},
        {&series_sheet, "{}", "{}", NULL},
        {&pairing_sheet, "{\"unitId\":\"5\",\"communityId\":\"头格社区\"}",
         "{\"communityId\":\"c1\",\"unitId\":\"u5\"}", NULL},
        {&pairing_sheet, "{\"unitId\":\"6\",\"communityId\":\"头格社区\"}", NULL, NULL},
        {&resource_sheet,
         "{\"communityId\":\"乙\",\"conditions\":{\"groups\":[\"头格社区居民\",\"交警\",\"乙\","
         "\"居民\"]}}",
         "{\"conditions\":{\"communityIds\":[\"c1\"],\"groups\":[\"交警\",\"居民\"],"
         "\"unitIds\":[\"u2\"]},\"unitId\":\"u2\"}",
         NULL},
        {&resource_sheet, "{\"communityId\":\"乙\",\"conditions\":{\"groups\":[\"甲\"]}}",
         "{\"conditions\":{\"communityIds\":[\"c2\"]},\"unitId\":\"u2\"}", NULL},
        {&resource_sheet, "{\"communityId\":\"乙\",\"conditions\":{\"everyone\":true}}",
         "{\"conditions\":{\"everyone\":true},\"unitId\":\"u2\"}", NULL},
    };
    const struct options options = {.json = true};
    struct plan plan;

    (void)state;
    know_all(&plan);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct sheet_rows rows = {.sheet = cases[i].sheet};
        struct sheet_row row = {.line = 2, .object = parsed(cases[i].row)};
        struct report report;

        report_init(&report, &options, false);
        assert_int_equal(names_resolve(&plan, &rows, &row, &report), cases[i].resolved != NULL);
        if (cases[i].resolved != NULL) {
            char *text = json_dumps(row.object, JSON_COMPACT | JSON_SORT_KEYS);
            assert_string_equal(text, cases[i].resolved);
            free(text);
        }
        assert_int_equal(report.faults, cases[i].fault != NULL);
        if (cases[i].fault != NULL)
            assert_string_equal(json_path_text(json_array_get(report.fault_list, 0), "column"),
                                cases[i].fault);
        report_clear(&report);
        json_decref(row.object);
    }
    plan_clear(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_a_row_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
