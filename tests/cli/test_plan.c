/* SPDX-License-Identifier: Apache-2.0 */
/* test_plan.c - what a load does with a row, by what the server has */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "json_path.h"
#include "load/plan.h"

static json_t *parsed(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);

    assert_non_null(json);
    return json;
}

/* Columns that a file has, as bits in the order of the sheet's table. */
static struct sheet_rows file_with(const struct sheet *sheet, unsigned columns)
{
    struct sheet_rows rows = {.sheet = sheet, .present = true};

    for (size_t i = 0; i < sheet_columns(sheet); i++)
        rows.has_column[i] = (columns >> i & 1) != 0;
    return rows;
}

enum { NAME = 1, KIND = 2, CODE = 4, ADDRESS = 8, PARTY = 16, MEMBERS = 32 };
#define HEAD "\"unitId\":\"u1\",\"revision\":3"
#define BANK "\"name\":\"x\",\"kind\":\"UNIT_KIND_BANK\""

static void plans_a_row_by_what_the_server_has(void **state)
{
    static const struct {
        const char *row, *existing; /* existing NULL: none */
        const char *request;        /* keys sorted; NULL: none */
        unsigned columns;
        enum row_outcome outcome;
    } cases[] = {
        {"{" BANK "}", NULL, "{\"unit\":{\"kind\":\"UNIT_KIND_BANK\",\"name\":\"x\"}}", NAME | KIND,
         ROW_CREATED},
        {"{" BANK "}", "{" HEAD "," BANK "}", NULL, NAME | KIND, ROW_EQUAL},
        {"{" BANK "}", "{" HEAD "," BANK ",\"address\":\"a\"}", NULL, NAME | KIND, ROW_EQUAL},
        {"{" BANK "}", "{" HEAD "," BANK ",\"address\":\"a\"}",
         "{\"unit\":{\"revision\":3,\"unitId\":\"u1\"},\"updateMask\":\"address\"}",
         NAME | KIND | ADDRESS, ROW_UPDATED},
        {"{\"name\":\"x\",\"kind\":\"UNIT_KIND_SHOP\"}", "{" HEAD "," BANK "}",
         "{\"unit\":{\"kind\":\"UNIT_KIND_SHOP\",\"revision\":3,\"unitId\":\"u1\"},\"updateMask\":"
         "\"kind\"}",
         NAME | KIND, ROW_UPDATED},
        {"{" BANK ",\"partyOrganisation\":{\"name\":\"p\"}}",
         "{" HEAD "," BANK ",\"partyOrganisation\":{\"memberCount\":5,\"name\":\"q\"}}",
         "{\"unit\":{\"partyOrganisation\":{\"memberCount\":5,\"name\":\"p\"},\"revision\":3,"
         "\"unitId\":\"u1\"},\"updateMask\":\"partyOrganisation\"}",
         NAME | KIND | PARTY, ROW_UPDATED},
        {"{" BANK "}",
         "{" HEAD "," BANK ",\"partyOrganisation\":{\"memberCount\":5,\"name\":\"q\"}}",
         "{\"unit\":{\"revision\":3,\"unitId\":\"u1\"},\"updateMask\":\"partyOrganisation\"}",
         NAME | KIND | PARTY | MEMBERS, ROW_UPDATED},
        {"{" BANK "}", "{" HEAD "," BANK "}", NULL, NAME | KIND | PARTY | MEMBERS, ROW_EQUAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sheet_rows file = file_with(&unit_sheet, cases[i].columns);
        struct sheet_row row = {.line = 2, .object = parsed(cases[i].row)};
        json_t *existing = cases[i].existing == NULL ? NULL : parsed(cases[i].existing);
        json_t *request = NULL;

        assert_int_equal(plan_row(&file, &row, existing, &request), cases[i].outcome);
        char *text = request == NULL ? NULL : json_dumps(request, JSON_COMPACT | JSON_SORT_KEYS);
        if (cases[i].request == NULL)
            assert_null(text);
        else
            assert_string_equal(text, cases[i].request);
        free(text);
        json_decref(request);
        json_decref(existing);
        json_decref(row.object);
    }
}

/* Column year, name, kind, title of a programme: the rows of one key are one object. */
static void keeps_the_ids_of_entries(void **state)
{
#define ENTRY(id, title) "{" id "\"kind\":\"K\",\"title\":\"" title "\"}"
#define PROJECTS(...) "\"catalogue\":{\"projects\":[" __VA_ARGS__ "]}"
    static const char existing_text[] =
        "{\"programmeId\":\"p1\",\"revision\":1,\"year\":2026,\"name\":\"13355\"," PROJECTS(
            ENTRY("\"projectId\":\"a\",", "one") "," ENTRY("\"projectId\":\"b\",", "two")) "}";
    static const struct {
        const char *row, *request; /* request NULL: equal */
    } cases[] = {
        {"{\"year\":2026,\"name\":\"13355\"," PROJECTS(ENTRY("", "one") "," ENTRY("", "two")) "}",
         NULL},
        {"{\"year\":2026,\"name\":\"13355\"," PROJECTS(ENTRY("", "two") "," ENTRY("", "three")) "}",
         "{\"programme\":{\"catalogue\":{\"projects\":[{\"kind\":\"K\",\"projectId\":\"b\","
         "\"title\":\"two\"},{\"kind\":\"K\",\"title\":\"three\"}]},\"programmeId\":\"p1\","
         "\"revision\":1},\"updateMask\":\"catalogue\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sheet_rows file = file_with(&programme_sheet, 0xf);
        struct sheet_row row = {.line = 2, .object = parsed(cases[i].row)};
        json_t *existing = parsed(existing_text), *request = NULL;

        assert_int_equal(plan_row(&file, &row, existing, &request),
                         cases[i].request == NULL ? ROW_EQUAL : ROW_UPDATED);
        char *text = request == NULL ? NULL : json_dumps(request, JSON_COMPACT | JSON_SORT_KEYS);
        if (cases[i].request != NULL)
            assert_string_equal(text, cases[i].request);
        free(text);
        json_decref(request);
        json_decref(existing);
        json_decref(row.object);
    }
}

static void takes_the_step_of_a_draft_only(void **state)
{
    static const struct {
        const struct sheet *sheet;
        const char *object, *request; /* request NULL: none is due */
    } cases[] = {
        {&agreement_sheet,
         "{\"agreementId\":\"a1\",\"revision\":2,\"status\":\"AGREEMENT_STATUS_DRAFT\"}",
         "{\"action\":\"AGREEMENT_ACTION_SIGN\",\"agreementId\":\"a1\",\"revision\":2}"},
        {&agreement_sheet,
         "{\"agreementId\":\"a1\",\"revision\":2,\"status\":\"AGREEMENT_STATUS_LAPSED\"}", NULL},
        {&unit_sheet, "{\"unitId\":\"u1\",\"revision\":2}", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *object = parsed(cases[i].object), *request = plan_step(cases[i].sheet, object);
        char *text = request == NULL ? NULL : json_dumps(request, JSON_COMPACT | JSON_SORT_KEYS);

        if (cases[i].request == NULL)
            assert_null(text);
        else
            assert_string_equal(text, cases[i].request);
        free(text);
        json_decref(request);
        json_decref(object);
    }
}

static void matches_by_credit_code_before_name(void **state)
{
    static const struct {
        const char *row, *id; /* id NULL: no match */
    } cases[] = {
        {"{\"name\":\"one\"}", "u1"},
        {"{\"name\":\"two\",\"creditCode\":\"C1\"}", "u1"},
        {"{\"name\":\"two\",\"creditCode\":\"C9\"}", "u2"},
        {"{\"name\":\"gone\"}", NULL},
        {"{\"name\":\"three\",\"creditCode\":\"C3\"}", NULL},
        {"{\"name\":\"four\"}", NULL},
    };
    static const char *const objects[] = {
        "{\"unitId\":\"u1\",\"name\":\"one\",\"creditCode\":\"C1\"}",
        "{\"unitId\":\"u2\",\"name\":\"two\",\"creditCode\":\"C2\"}",
        ("{\"unitId\":\"u3\",\"name\":\"gone\",\"creditCode\":\"C3\",\"status\":"
         "\"UNIT_STATUS_WITHDRAWN\"}"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sheet_row row = {.line = 2, .object = parsed(cases[i].row)};
        struct plan_index index;
        size_t earlier;

        plan_index_init(&index, &unit_sheet);
        for (size_t j = 0; j < sizeof objects / sizeof *objects; j++) {
            json_t *object = parsed(objects[j]);
            plan_index_add(&index, object);
            json_decref(object);
        }
        json_t *found = plan_match(&index, &row, &earlier);
        assert_int_equal(earlier, 0);
        if (cases[i].id == NULL)
            assert_null(found);
        else
            assert_string_equal(json_path_text(found, "unit_id"), cases[i].id);
        plan_index_clear(&index);
        json_decref(row.object);
    }
}

static void tells_when_two_rows_mean_one_object(void **state)
{
    struct sheet_row by_code = {2, parsed("{\"name\":\"new name\",\"creditCode\":\"C1\"}")};
    struct sheet_row by_name = {7, parsed("{\"name\":\"one\"}")};
    json_t *object = parsed("{\"unitId\":\"u1\",\"name\":\"one\",\"creditCode\":\"C1\"}");
    struct plan_index index;
    size_t earlier;

    (void)state;
    plan_index_init(&index, &unit_sheet);
    plan_index_add(&index, object);
    assert_non_null(plan_match(&index, &by_code, &earlier));
    assert_int_equal(earlier, 0);
    assert_non_null(plan_match(&index, &by_name, &earlier));
    assert_int_equal(earlier, 2);
    plan_index_clear(&index);
    json_decref(object);
    json_decref(by_code.object);
    json_decref(by_name.object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_a_row_by_what_the_server_has),
        cmocka_unit_test(keeps_the_ids_of_entries),
        cmocka_unit_test(takes_the_step_of_a_draft_only),
        cmocka_unit_test(matches_by_credit_code_before_name),
        cmocka_unit_test(tells_when_two_rows_mean_one_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
