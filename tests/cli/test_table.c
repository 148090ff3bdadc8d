/* SPDX-License-Identifier: Apache-2.0 */
/* test_table.c - columns of tables line up on a terminal */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "table.h"

static char *printed(const char *const *headings, const char *const (*rows)[3], size_t count)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct table *table = table_new(NULL, headings);

    for (size_t i = 0; i < count; i++)
        table_row(table, rows[i]);
    table_print(table, out);
    fclose(out);
    talloc_free(table);
    return text;
}

static void counts_a_chinese_character_as_two_columns(void **state)
{
    static const char *const headings[] = {"name", "kind", ">rows", NULL};
    static const char *const rows[][3] = {{"杭州联合银行", "BANK", "7"}, {"bank", "银行", "1234"}};
    char *text = printed(headings, rows, 2);

    (void)state;
    assert_string_equal(text, "name          kind  rows\n"
                              "杭州联合银行  BANK     7\n"
                              "bank          银行  1234\n");
    free(text);
}

static void leaves_no_blanks_at_the_end_of_a_line(void **state)
{
    static const char *const headings[] = {"a", "b", "c", NULL};
    static const char *const rows[][3] = {{"1", "2", "long"}, {"1", "2", ""}};
    char *text = printed(headings, rows, 2);

    (void)state;
    assert_string_equal(text, "a  b  c\n1  2  long\n1  2  \n");
    free(text);
}

static void keeps_control_characters_from_the_terminal(void **state)
{
    static const char *const headings[] = {"a", "b", "c", NULL};
    static const char *const rows[][3] = {{"\033[2J", "x\ny",
                                           "\xc2\x9b"
                                           "1"}};
    char *text = printed(headings, rows, 1);

    (void)state;
    assert_string_equal(text, "a     b    c\n?[2J  x?y  ??1\n");
    free(text);
}

static void prints_nothing_without_rows(void **state)
{
    static const char *const headings[] = {"a", NULL};
    char *text = printed(headings, NULL, 0);

    (void)state;
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_a_chinese_character_as_two_columns),
        cmocka_unit_test(leaves_no_blanks_at_the_end_of_a_line),
        cmocka_unit_test(keeps_control_characters_from_the_terminal),
        cmocka_unit_test(prints_nothing_without_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
