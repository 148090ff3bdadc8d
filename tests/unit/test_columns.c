/* SPDX-License-Identifier: Apache-2.0 */
/* test_columns.c - statements that come from a list of columns, and lists that fit no type */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "journal_service.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/columns.h"

static const struct column columns[] = {
    COLUMN(name),
    COLUMN(owner),
    {.name = "seq_sealed", .field = "seq", .read = "open(seq_sealed)", .write = "seal(:seq)"},
    COLUMN(event_id),
    COLUMN(restored),
    {0},
};
static const struct object cursor = {
    .noun = "cursor",
    .id = "name",
    .of = &journal__cursor__descriptor,
    .table = "toy.cursor",
    .columns = columns,
};

static void assert_expands(const struct object *object, const char *sql, const char *expected)
{
    char *text = columns_expand(NULL, sql, object);

    assert_string_equal(text, expected);
    talloc_free(text);
}

static void writes_out_what_stands_in_braces(void **state)
{
    (void)state;
    assert_expands(&cursor, "SELECT {columns} FROM {table} WHERE {key}",
                   "SELECT name, owner, open(seq_sealed) AS seq, event_id, restored FROM toy.cursor"
                   " WHERE street = :street AND name = :name");
    assert_expands(&cursor, "INSERT INTO {table} ({names}) VALUES ({values})",
                   "INSERT INTO toy.cursor (street, name, owner, seq_sealed, event_id, restored)"
                   " VALUES (:street, :name, :owner, seal(:seq), :event_id, :restored)");
    assert_expands(&cursor, "UPDATE {table} SET {changes}",
                   "UPDATE toy.cursor SET owner = :owner, seq_sealed = seal(:seq),"
                   " event_id = :event_id, restored = :restored");
}

static void leaves_other_braces(void **state)
{
    (void)state;
    assert_expands(&cursor, "'{}' '{a,b}' {column} {", "'{}' '{a,b}' {column} {");
}

static void makes_null_of_an_empty_text_and_leaves_what_is_fixed(void **state)
{
    static const struct column some[] = {NULLABLE(owner, uuid), FIXED(seq), {0}};
    const struct object object = {.of = &journal__cursor__descriptor, .columns = some};

    (void)state;
    assert_expands(&object, "{values}", ":street, nullif(:owner, '')::uuid, :seq");
    assert_expands(&object, "{changes}", "owner = nullif(:owner, '')::uuid");
}

static void stores_the_key_of_a_text_beside_it(void **state)
{
    static const struct column some[] = {KEYED(name), COLUMN(owner), {0}};
    const struct object object = {.of = &journal__cursor__descriptor, .columns = some};

    (void)state;
    assert_expands(&object, "{columns}", "name, owner");
    assert_expands(&object, "{names}", "street, name, name_key, owner");
    assert_expands(&object, "{values}", ":street, :name::text, :name_key, :owner");
    assert_expands(&object, "{changes}",
                   "name = :name::text, name_key = CASE WHEN name = :name::text THEN name_key ELSE "
                   ":name_key END,"
                   " owner = :owner");
}

static void has_the_street_as_key_where_there_is_one_a_street(void **state)
{
    static const struct column some[] = {COLUMN(seq), COLUMN(event_id), {0}};
    const struct object head = {.of = &journal__head__descriptor, .columns = some};

    (void)state;
    assert_expands(&head, "SELECT {columns} WHERE {key}",
                   "SELECT street, seq, event_id WHERE street = :street");
    assert_null(columns_check(NULL, &head));
}

static void assert_unfit(const struct column *list, const char *named)
{
    const struct object object = {
        .table = "toy.cursor", .of = &journal__cursor__descriptor, .columns = list};
    void *mem = talloc_new(NULL);
    const char *wrong = columns_check(mem, &object);

    assert_non_null(wrong);
    if (!strstr(wrong, named))
        fail_msg("it does not name %s: %s", named, wrong);
    talloc_free(mem);
}

static void refuses_a_list_that_does_not_fit(void **state)
{
    static const struct column more[] = {
        COLUMN(name),     COLUMN(owner), COLUMN(seq), COLUMN(event_id),
        COLUMN(restored), COLUMN(age),   {0}};
    static const struct column fewer[] = {
        COLUMN(name), COLUMN(owner), COLUMN(event_id), COLUMN(restored), {0}};

    (void)state;
    assert_null(columns_check(NULL, &cursor));
    assert_unfit(more, "age");
    assert_unfit(fewer, "seq");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_out_what_stands_in_braces),
        cmocka_unit_test(leaves_other_braces),
        cmocka_unit_test(makes_null_of_an_empty_text_and_leaves_what_is_fixed),
        cmocka_unit_test(stores_the_key_of_a_text_beside_it),
        cmocka_unit_test(has_the_street_as_key_where_there_is_one_a_street),
        cmocka_unit_test(refuses_a_list_that_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
