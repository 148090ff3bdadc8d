/* SPDX-License-Identifier: Apache-2.0 */
/* test_sheet.c - every check of a file that needs no server names row and column */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "load/sheet.h"

struct folder {
    char path[32], file[64];
    enum encoding encoding;
};

static void make(struct folder *folder, const char *name, const char *content)
{
    *folder = (struct folder){.path = "/tmp/jusha-sheet-XXXXXX"};
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
    return load_file_read(memory, folder->path, sheet->file, folder->encoding, report, &file) &&
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
        {"name,kind\n,\n", "", ""}, /* a row of commas alone */
        {"name,kind\nx,BANK,1\ny\n", "", "2: 3:"},
        {"name,kind,party_members\nx,BANK,many\ny,BANK,-1\nz,BANK,4294967296\nw,BANK,1.5\n", "",
         "2:party_members 3:party_members 4:party_members 5:party_members"},
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

/* "郑伟" in GB18030 is well-formed UTF-8: the file as a whole is one or the other. */
static void reads_what_excel_saves(void **state)
{
    static const char bank[] = "2:{\"kind\":\"UNIT_KIND_BANK\",\"name\":\"x\"}";
    static const char zheng[] = "2:{\"kind\":\"UNIT_KIND_BANK\",\"name\":\"郑伟\"}";
    static const struct {
        const char *file, *encoding, *objects, *faults; /* objects NULL: it cannot be read */
    } cases[] = {
        {"name,kind,address\n\xd6\xa3\xce\xb0,BANK,\xba\xbc\xd6\xdd\n", "",
         "2:{\"address\":\"杭州\",\"kind\":\"UNIT_KIND_BANK\",\"name\":\"郑伟\"}", ""},
        {"name,kind\n\xd6\xa3\xce\xb0,BANK\n", "", NULL, "0:"},
        {"name,kind\n\xd6\xa3\xce\xb0,BANK\n", "gb18030", zheng, ""},
        {"name,kind\n\xd6\xa3\xce\xb0,BANK\n", "GBK", zheng, ""},
        {"name,kind\n\xd6\xa3\xce\xb0,BANK\n", "utf-8",
         "2:{\"kind\":\"UNIT_KIND_BANK\",\"name\":\"֣ΰ\"}", ""},
        {"\xef\xbb\xbfname,kind\n\xd6\xa3\xce\xb0,BANK\n", "gb18030",
         "2:{\"kind\":\"UNIT_KIND_BANK\",\"name\":\"֣ΰ\"}", ""}, /* its mark says so */
        {"name,kind\n郑伟,BANK\n", "", zheng, ""},
        {"name,kind\n郑伟,BANK\nx\xff,BANK\n", "", NULL, "3:"},
        {"\xef\xbb\xbfname;kind\r\nx;BANK\r\n", "", bank, ""},
        {"name\tkind\r\nx\tBANK\r\n", "", bank, ""},
        {"\"name\";\"kind\"\n\"x\";BANK\n", "", bank, ""},
        {"name,kind,,\nx,BANK,,\n", "", bank, ""},
        {"name,kind\nx,BANK,,,\n,,,\n", "", bank, ""},
        {"name,kind,,\nx,BANK\n", "", bank, ""},
        {"name,kind,,\nx,BANK,1,\n", "", NULL, "1:"},
        {"name,kind,phone,phone\nx,BANK,,\n", "", bank, ""},
        {"name,kind,phone,phone\nx,BANK,,1\n", "", NULL, "1:phone"},
        {"name,kind\n,\n \u00a0,\u3000\nx\u00a0 ,BANK \n", "",
         "4:{\"kind\":\"UNIT_KIND_BANK\",\"name\":\"x\"}", ""},
        {"name,kind\n\"x\r\ny\",BANK\n", "", "2:{\"kind\":\"UNIT_KIND_BANK\",\"name\":\"x y\"}",
         ""},
        {"name,kind\nx,ＢＡＮＫ\n", "", bank, ""},
        {"name,kind\nx,BANK\nＸ\u200b,SHOP\n", "", bank, "3:name"},
        {"name,kind,credit_code\nx,BANK,9.1330100799655E+17\n", "", "", "2:credit_code"},
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
        folder.encoding = encoding_of(cases[i].encoding);
        report_init(&report, &options, false);
        bool usable = read_sheet(memory, &unit_sheet, &folder, &plain, &report, &rows);
        if (usable != (cases[i].objects != NULL))
            fail_msg("case %zu: %s", i, fault_places(memory, &report));
        if (usable)
            assert_string_equal(objects(memory, &rows), cases[i].objects);
        assert_string_equal(fault_places(memory, &report), cases[i].faults);
        talloc_free(memory);
        report_clear(&report);
        drop(&folder);
    }
}

static void reads_people_as_excel_saves_them(void **state)
{
    static const char file[] = "Name, Phone ,PARTY_MEMBER,term_from,term_until\n"
                               "甲,\u202d（0571）86910001转8012,TRUE,2026/3/1,2026年12月31日\n"
                               "乙,+86 138 1234 5678,False,2026/3/1 0:00,2026-12-31\n"
                               "丙,1.38E+10,no,,\n"
                               "丁,57186910001,maybe,,\n"
                               "戊,\"=\"\"13812345678\"\"\",√,,\n";
    const struct options options = {.json = true};
    const struct sheet_options plain = {0};
    void *memory = talloc_new(NULL);
    struct folder folder;
    struct report report;
    struct sheet_rows rows;

    (void)state;
    make(&folder, "volunteers.csv", file);
    report_init(&report, &options, false);
    assert_true(read_sheet(memory, &volunteer_sheet, &folder, &plain, &report, &rows));
    assert_string_equal(
        objects(memory, &rows),
        "2:{\"kind\":\"PERSON_KIND_VOLUNTEER\",\"name\":\"甲\",\"partyMember\":true,"
        "\"phone\":\"0571-86910001-8012\"}"
        " 3:{\"kind\":\"PERSON_KIND_VOLUNTEER\",\"name\":\"乙\","
        "\"phone\":\"13812345678\"}"
        " 6:{\"kind\":\"PERSON_KIND_VOLUNTEER\",\"name\":\"戊\",\"partyMember\":true,"
        "\"phone\":\"13812345678\"}");
    assert_string_equal(fault_places(memory, &report), "4:phone 5:phone 5:party_member");
    talloc_free(memory);
    report_clear(&report);
    drop(&folder);
}

static void refuses_a_file_whose_header_cannot_be_used(void **state)
{
    static const struct {
        const char *file, *faults;
    } cases[] = {
        {"name,address\nx,y\n", "1:kind"},
        {"address\nx\n", "1:name 1:kind"},
        {"name,kind,name\nx,BANK,x\n", "1:name"},
        {"\xc3\xfb\xb3\xc6,kind\n", "1:name"}, /* 名称 in GBK */
        {"name,kind\nx\xff,BANK\n", "2:"},
        {"", "0:"},
        {"name,kind\n\"x,BANK\n", "2:"},
        {"PK\3\4name,kind\nx,BANK\n", "0:"},
        {"name,kind,\nx,BANK,y\n", "1:"},
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
        cmocka_unit_test(reads_what_excel_saves),
        cmocka_unit_test(reads_people_as_excel_saves_them),
        cmocka_unit_test(refuses_a_file_whose_header_cannot_be_used),
        cmocka_unit_test(reads_a_street_for_another_slug),
        cmocka_unit_test(finds_the_column_of_a_field_that_was_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
