/* SPDX-License-Identifier: Apache-2.0 */
/* test_sheet.c - every check of a file that needs no server names row and column */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/mem.h"
#include "load/sheet.h"

struct folder {
    char path[32], file[64];
};

static void make(struct folder *folder, const char *name, const char *content)
{
    strcpy(folder->path, "/tmp/jusha-sheet-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    snprintf(folder->file, sizeof folder->file, "%s/%s", folder->path, name);
    FILE *file = fopen(folder->file, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void drop(struct folder *folder)
{
    unlink(folder->file);
    rmdir(folder->path);
}

static bool read_sheet(const void *memory, const struct sheet *sheet, const struct folder *folder,
                       const struct sheet_options *options, struct report *report,
                       struct sheet_rows *rows)
{
    struct load_file file;

    *rows = (struct sheet_rows){0};
    return load_file_read(memory, folder->path, sheet->file, report, &file) &&
           sheet_read(memory, sheet, &file, options, report, rows);
}

/* "2:kind 3:" - line and column of every fault. */
static char *fault_places(const void *memory, const struct report *report)
{
    char *text = mem_text(memory, "");
    json_t *fault;
    size_t i;

    json_array_foreach(report->fault_list, i, fault)
    {
        const char *column = json_string_value(json_object_get(fault, "column"));

        assert_true(strlen(json_string_value(json_object_get(fault, "message"))) > 0);
        text = mem_check(talloc_asprintf_append(
            text, "%s%d:%s", i == 0 ? "" : " ",
            (int)json_integer_value(json_object_get(fault, "line")), column ? column : ""));
    }
    return text;
}

static char *objects(const void *memory, const struct sheet_rows *rows)
{
    char *text = mem_text(memory, "");

    for (size_t i = 0; i < rows->count; i++) {
        char *object = json_dumps(rows->rows[i].object, JSON_COMPACT | JSON_SORT_KEYS);

        text = mem_check(talloc_asprintf_append(text, "%s%zu:%s", i == 0 ? "" : " ",
                                                rows->rows[i].line, object));
        free(object);
    }
    return text;
}

static void makes_objects_of_good_rows_and_names_the_bad(void **state)
{
    static const struct {
        const char *file, *objects, *faults;
    } cases[] = {
        {"name,kind\n杭州联合银行,BANK\n",
         "2:{\"kind\":\"UNIT_KIND_BANK\",\"name\":\"杭州联合银行\"}", ""},
        {"kind,liaison,name\nUNIT_KIND_SCHOOL,甲,  Ａ学校 \n",
         "2:{\"kind\":\"UNIT_KIND_SCHOOL\",\"name\":\"Ａ学校\"}", ""},
        {"name,kind,party_organisation,party_members\nx,SHOP,支部,12\ny,SHOP,,0\n",
         "2:{\"kind\":\"UNIT_KIND_SHOP\",\"name\":\"x\",\"partyOrganisation\":{\"memberCount\":12,"
         "\"name\":\"支部\"}} 3:{\"kind\":\"UNIT_KIND_SHOP\",\"name\":\"y\"}",
         ""},
        {"name,kind\nx,BAKERY\ny,BANK\n,BANK\nz,\n",
         "3:{\"kind\":\"UNIT_KIND_BANK\",\"name\":\"y\"}", "2:kind 4:name 5:kind"},
        {"name,kind\n,\n", "", "2:name 2:kind"},
        {"name,kind\nx,BANK,1\ny\n", "", "2: 3:"},
        {"name,kind,party_members\nx,BANK,many\ny,BANK,-1\nz,BANK,4294967296\nw,BANK,1.5\n", "",
         "2:party_members 3:party_members 4:party_members 5:party_members"},
        {"name,kind\nx\xff,BANK\n", "", "2:name"},
        {"name,kind\nx,BANK\n x ,SHOP\n", "2:{\"kind\":\"UNIT_KIND_BANK\",\"name\":\"x\"}",
         "3:name"},
        {"name,kind,credit_code\nx,BANK,A\ny,SHOP,A\nz,SHOP,\nw,SHOP,\n",
         "2:{\"creditCode\":\"A\",\"kind\":\"UNIT_KIND_BANK\",\"name\":\"x\"}"
         " 4:{\"kind\":\"UNIT_KIND_SHOP\",\"name\":\"z\"} "
         "5:{\"kind\":\"UNIT_KIND_SHOP\",\"name\":\"w\"}",
         "3:credit_code"},
        {"name,kind\n", "", ""},
    };
    const struct options options = {.json = true};
    const struct sheet_options plain = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *memory = talloc_new(NULL);
        struct folder folder;
        struct report report;
        struct sheet_rows rows;

        make(&folder, "units.csv", cases[i].file);
        report_init(&report, &options, false);
        assert_true(read_sheet(memory, &unit_sheet, &folder, &plain, &report, &rows));
        assert_string_equal(objects(memory, &rows), cases[i].objects);
        assert_string_equal(fault_places(memory, &report), cases[i].faults);
        talloc_free(memory);
        report_clear(&report);
        drop(&folder);
    }
}

static void refuses_a_file_whose_header_cannot_be_used(void **state)
{
    static const struct {
        const char *file, *faults;
    } cases[] = {
        {"name,address\nx,y\n", "1:kind"},
        {"address\nx\n", "1:name 1:kind"},
        {"name,kind,name\nx,BANK,x\n", "1:name"},
        {"\xc3\xfb\xb3\xc6,kind\n", "1:"}, /* GBK */
        {"", "0:"},
        {"name,kind\n\"x,BANK\n", "2:"},
    };
    const struct options options = {.json = true};
    const struct sheet_options plain = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *memory = talloc_new(NULL);
        struct folder folder;
        struct report report;
        struct sheet_rows rows;

        make(&folder, "units.csv", cases[i].file);
        report_init(&report, &options, false);
        assert_false(read_sheet(memory, &unit_sheet, &folder, &plain, &report, &rows));
        assert_string_equal(fault_places(memory, &report), cases[i].faults);
        talloc_free(memory);
        report_clear(&report);
        drop(&folder);
    }
}

static void reads_a_street_for_another_slug(void **state)
{
    const struct options options = {.json = true};
    const struct sheet_options other = {.slug = "other"};
    void *memory = talloc_new(NULL);
    struct folder folder;
    struct report report;
    struct sheet_rows rows;

    (void)state;
    make(&folder, "street.csv",
         "slug,name,time_zone,office,office_phone\nxiasha,下沙街道,Asia/Shanghai,办公室,\n");
    report_init(&report, &options, false);
    assert_true(read_sheet(memory, &street_sheet, &folder, &other, &report, &rows));
    assert_string_equal(objects(memory, &rows),
                        "2:{\"name\":\"下沙街道\",\"office\":{\"name\":\"办公室\"},"
                        "\"street\":\"other\",\"timeZone\":\"Asia/Shanghai\"}");
    talloc_free(memory);
    report_clear(&report);
    drop(&folder);
}

static void finds_the_column_of_a_field_that_was_refused(void **state)
{
    static const struct {
        const struct sheet *sheet;
        const char *field, *column;
    } cases[] = {
        {&unit_sheet, "unit.kind", "kind"},
        {&unit_sheet, "kind", "kind"},
        {&unit_sheet, "unit.party_organisation.member_count", "party_members"},
        {&unit_sheet, "unit.revision", NULL},
        {&unit_sheet, "", NULL},
        {&unit_sheet, "units.kind", NULL},
        {&street_sheet, "street.office.phone", "office_phone"},
        {&street_sheet, "street", "slug"},
        {&street_sheet, "street.street", "slug"},
        {&community_sheet, "community.name", "name"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *column = sheet_column_of(cases[i].sheet, cases[i].field);

        if (cases[i].column == NULL)
            assert_null(column);
        else
            assert_string_equal(column, cases[i].column);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_objects_of_good_rows_and_names_the_bad),
        cmocka_unit_test(refuses_a_file_whose_header_cannot_be_used),
        cmocka_unit_test(reads_a_street_for_another_slug),
        cmocka_unit_test(finds_the_column_of_a_field_that_was_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
