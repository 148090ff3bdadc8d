/* SPDX-License-Identifier: Apache-2.0 */
/* test_csv_rows.c - CSV files as people and spreadsheets write them, and what is none */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "load/csv_rows.h"

/* "1:a|b 2:1|2": every row with its line, the header first. */
static char *summary(void *memory, const struct csv_rows *rows)
{
    char *text = mem_text(memory, "");

    for (size_t i = 0; i <= rows->count; i++) {
        const struct csv_row *row = i == 0 ? &rows->header : &rows->rows[i - 1];

        text = mem_check(talloc_asprintf_append(text, "%s%zu:", i == 0 ? "" : " ", row->line));
        for (size_t j = 0; j < row->count; j++)
            text = mem_check(
                talloc_asprintf_append(text, "%s%s", j == 0 ? "" : "|", row->cells[j].text));
    }
    return text;
}

static void reads_rows_with_the_lines_they_begin_on(void **state)
{
    static const struct {
        const char *file, *rows;
    } cases[] = {
        {"a,b\n1,2\n3,4\n", "1:a|b 2:1|2 3:3|4"},
        {"a,b\n1,2", "1:a|b 2:1|2"},
        {"a,b\r\n1,2\r\n3,4\r\n", "1:a|b 2:1|2 3:3|4"},
        {"a,b\r1,2\r3,4", "1:a|b 2:1|2 3:3|4"},
        {"\xef\xbb\xbf"
         "a,b\n1,2\n",
         "1:a|b 2:1|2"},
        {"\xef\xbb\xbf"
         "\"a\",b\n1,2\n",
         "1:a|b 2:1|2"},
        {"\n\na,b\n\n  \n1,2\n\n3,4\n", "3:a|b 6:1|2 8:3|4"},
        {"a,b\n\"x\ny\n\",2\n3,4\n", "1:a|b 2:x\ny\n|2 5:3|4"},
        {"a,b\n\n\"x\r\n\r\ny\",2\r\n3,4\n", "1:a|b 3:x\r\n\r\ny|2 6:3|4"},
        {"a,b\n\"x,\"\"y\"\"\",\n", "1:a|b 2:x,\"y\"|"},
        {"sep=;\na;b\n1,2;3\n", "2:a|b 3:1,2|3"},
        {"SEP=,\r\na,b\r\n1,2\r\n", "2:a|b 3:1|2"},
        {"sep=,x\na,b\n", "1:sep=|x 2:a|b"},
        {"a,b\n 1 , 2 \n,\n", "1:a|b 2:1|2 3:|"},
        {"a,b\n1\n1,2,3\n", "1:a|b 2:1 3:1|2|3"},
        {"名称,类别\n杭州联合银行,BANK\n", "1:名称|类别 2:杭州联合银行|BANK"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *memory = talloc_new(NULL);
        struct csv_rows rows;
        struct csv_fault fault;

        assert_true(csv_rows_parse(memory, cases[i].file, strlen(cases[i].file), &rows, &fault));
        assert_string_equal(summary(memory, &rows), cases[i].rows);
        talloc_free(memory);
    }
}

static void refuses_what_is_no_csv_and_names_the_line(void **state)
{
    static const struct {
        const char *file;
        size_t line;
    } cases[] = {
        {"", 0},
        {"\xef\xbb\xbf", 0},
        {"\n \r\n", 0},
        {"a,b\nx\"y,2\n", 2},
        {"a,b\n1,2\n\"x\"y,2\n", 3},
        {"a,b\n1,2\n\n\"x,2\n3,4\n", 4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *memory = talloc_new(NULL);
        struct csv_rows rows;
        struct csv_fault fault;

        assert_false(csv_rows_parse(memory, cases[i].file, strlen(cases[i].file), &rows, &fault));
        assert_int_equal(fault.line, cases[i].line);
        assert_true(strlen(fault.message) > 0);
        talloc_free(memory);
    }
}

static void tells_a_cell_with_a_nul_by_its_size(void **state)
{
    static const char file[] = "a\nx\0y\n";
    void *memory = talloc_new(NULL);
    struct csv_rows rows;
    struct csv_fault fault;

    (void)state;
    assert_true(csv_rows_parse(memory, file, sizeof file - 1, &rows, &fault));
    assert_int_equal(rows.rows[0].cells[0].bytes, 3);
    talloc_free(memory);
}

static void survives_every_cut_of_a_file(void **state)
{
    static const char file[] = "\xef\xbb\xbf"
                               "a,b\r\n\"x\"\"\r\n\",2\r\n\n\"\",\xe8\x81\x9a\n1,\"2";

    (void)state;
    for (size_t size = 0; size < sizeof file; size++) {
        void *memory = talloc_new(NULL);
        char *cut = mem_copy(memory, file, size); /* exactly so long: a sanitizer sees one beyond */
        struct csv_rows rows;
        struct csv_fault fault = {0};

        if (!csv_rows_parse(memory, cut, size, &rows, &fault))
            assert_non_null(fault.message);
        talloc_free(memory);
    }
}

static void says_why_a_file_cannot_be_read(void **state)
{
    void *memory = talloc_new(NULL);
    struct csv_rows rows;
    struct csv_fault fault;

    (void)state;
    assert_false(csv_rows_read(memory, "/nowhere/units.csv", ENCODING_UNKNOWN, &rows, &fault));
    assert_string_equal(fault.message, "No such file or directory");
    assert_false(csv_rows_read(memory, "/tmp", ENCODING_UNKNOWN, &rows, &fault));
    assert_string_equal(fault.message, "Is a directory");
    talloc_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_rows_with_the_lines_they_begin_on),
        cmocka_unit_test(refuses_what_is_no_csv_and_names_the_line),
        cmocka_unit_test(tells_a_cell_with_a_nul_by_its_size),
        cmocka_unit_test(survives_every_cut_of_a_file),
        cmocka_unit_test(says_why_a_file_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
