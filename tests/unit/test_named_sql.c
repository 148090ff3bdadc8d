/* SPDX-License-Identifier: Apache-2.0 */
/* test_named_sql.c - names become numbers, and what only looks like a name stays */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/database/named_sql.h"

/* names: those of the parameters, with a blank behind each */
struct row {
    const char *sql, *text, *names;
};

static void assert_row(const struct row *row)
{
    void *mem = talloc_new(NULL);
    struct named_sql read;
    char *names = mem_text(mem, "");

    assert_null(named_sql_read(mem, row->sql, &read));
    for (int i = 0; i < read.count; i++)
        names = mem_check(talloc_asprintf_append_buffer(names, "%s ", read.names[i]));
    assert_string_equal(read.text, row->text);
    assert_string_equal(names, row->names);
    talloc_free(mem);
}

#define ASSERT_ROWS(...)                                                                           \
    do {                                                                                           \
        static const struct row rows[] = {__VA_ARGS__};                                            \
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)                                    \
            assert_row(&rows[i]);                                                                  \
    } while (0)

static void numbers_names_in_the_order_of_their_first_appearance(void **state)
{
    (void)state;
    ASSERT_ROWS({"SELECT 1", "SELECT 1", ""}, {"", "", ""},
                {"WHERE a = :b AND c = :a", "WHERE a = $1 AND c = $2", "b a "},
                {":x = '' OR y = :x AND z = :z", "$1 = '' OR y = $1 AND z = $2", "x z "},
                {":after, :after_key, :aft", "$1, $2, $3", "after after_key aft "},
                {":_a1 :b_2", "$1 $2", "_a1 b_2 "});
}

static void finds_names_beside_operators(void **state)
{
    (void)state;
    ASSERT_ROWS({"a=:b", "a=$1", "b "}, {"(:a,:b)", "($1,$2)", "a b "},
                {"x||:a||'y'", "x||$1||'y'", "a "}, {"f(:a)-:b", "f($1)-$2", "a b "},
                {"a<>:b;", "a<>$1;", "b "}, {"ANY(:ids::uuid[])", "ANY($1::uuid[])", "ids "});
}

static void leaves_casts(void **state)
{
    (void)state;
    ASSERT_ROWS({":a::text", "$1::text", "a "}, {"a::text::date", "a::text::date", ""},
                {"(:a)::timestamptz", "($1)::timestamptz", "a "},
                {"nullif(:a, '')::uuid", "nullif($1, '')::uuid", "a "});
}

static void leaves_the_ends_of_ranges(void **state)
{
    (void)state;
    ASSERT_ROWS({"a[1:2]", "a[1:2]", ""}, {"a[low:high]", "a[low:high]", ""},
                {"a[f(x):b[1]]", "a[f(x):b[1]]", ""}, {"a[b[1]:c]", "a[b[1]:c]", ""},
                {"(:a::int[])[1]", "($1::int[])[1]", "a "}, {"a := b", "a := b", ""});
}

static void leaves_what_is_quoted(void **state)
{
    (void)state;
    ASSERT_ROWS({"'HH24:mi:ss'", "'HH24:mi:ss'", ""}, {"'it''s :a' :b", "'it''s :a' $1", "b "},
                {"'' :a ''", "'' $1 ''", "a "}, {"\"a :b\" :c", "\"a :b\" $1", "c "},
                {"\"a\"\":b\" :c", "\"a\"\":b\" $1", "c "},
                {"E'it\\'s :a' :b", "E'it\\'s :a' $1", "b "}, {"'a\\' :b", "'a\\' $1", "b "},
                {"NAME'\\' :b", "NAME'\\' $1", "b "}, {"$$it's :a$$ :b", "$$it's :a$$ $1", "b "},
                {"$t$ :a $$ :b $t$ :c", "$t$ :a $$ :b $t$ $1", "c "});
}

static void leaves_comments(void **state)
{
    (void)state;
    ASSERT_ROWS({"a -- it's :b\n= :c", "a -- it's :b\n= $1", "c "}, {"a -- :b", "a -- :b", ""},
                {"/* :a */ :b", "/* :a */ $1", "b "},
                {"/* a /* :b */ :c */ :d", "/* a /* :b */ :c */ $1", "d "},
                {"a - :b / :c * :d", "a - $1 / $2 * $3", "b c d "});
}

static void leaves_a_dollar_within_a_name(void **state)
{
    (void)state;
    ASSERT_ROWS({"a$b = :c", "a$b = $1", "c "});
}

static void refuses_what_it_cannot_read(void **state)
{
    static const char *const texts[] = {"a = $1", "($12)",    "'a",    "\"a",
                                        "$$a",    "$t$a$$",   "/* a",  "/* /* */",
                                        "E'\\'",  "$1::text", "x = $2"};
    struct named_sql read;
    void *mem = talloc_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!named_sql_read(mem, texts[i], &read))
            fail_msg("it read %s", texts[i]);
    talloc_free(mem);
}

static void has_room_for_so_many_parameters(void **state)
{
    void *mem = talloc_new(NULL);
    char *text = mem_text(mem, "");
    struct named_sql read;

    (void)state;
    for (int i = 0; i < SQL_PARAMS_MAX; i++)
        text = mem_check(talloc_asprintf_append_buffer(text, ":p%d ", i));
    assert_null(named_sql_read(mem, text, &read));
    assert_int_equal(read.count, SQL_PARAMS_MAX);
    text = mem_check(talloc_strdup_append_buffer(text, ":one_more"));
    assert_non_null(named_sql_read(mem, text, &read));
    talloc_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_names_in_the_order_of_their_first_appearance),
        cmocka_unit_test(finds_names_beside_operators),
        cmocka_unit_test(leaves_casts),
        cmocka_unit_test(leaves_the_ends_of_ranges),
        cmocka_unit_test(leaves_what_is_quoted),
        cmocka_unit_test(leaves_comments),
        cmocka_unit_test(leaves_a_dollar_within_a_name),
        cmocka_unit_test(refuses_what_it_cannot_read),
        cmocka_unit_test(has_room_for_so_many_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
