/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_statement.c - where a statement's parameters get their values, and statements that stop the
 * start
 *
 * A wrong one ends its process, so each is tried in a process of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "journal_service.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/statement.h"

STATEMENT(plain, .sql = "SELECT 1");
STATEMENT(of_cursor, .sql = "SELECT :seq + :seq, :name, :street, :actor, :local",
          .of = &journal__cursor__descriptor, .with = "until, local");
STATEMENT(of_a_key, .sql = "SELECT :name_key, :name", .of = &journal__cursor__descriptor);
STATEMENT(of_a_query, .sql = "SELECT :name, :after_key, :page_limit, :reach_person");

static const ProtobufCMessageDescriptor *const cursor_type = &journal__cursor__descriptor;

static int start(void **state)
{
    (void)state;
    statements_start();
    return 0;
}

static void are_found_by_the_linker(void **state)
{
    bool found = false;

    (void)state;
    for (unsigned i = 0; i < statements_count(); i++)
        found = found || statement_at(i) == &of_a_query;
    assert_true(found);
    assert_string_equal(of_a_query.name, "of_a_query");
}

static void assert_from(const struct db_binding *binding, int place, enum db_source from,
                        const char *field)
{
    assert_int_equal(binding->values[place].from, from);
    if (field)
        assert_string_equal(binding->values[place].field->name, field);
}

static void take_fields_the_calls_own_and_what_is_given(void **state)
{
    Journal__Cursor cursor = JOURNAL__CURSOR__INIT;
    const struct db_binding *binding = statement_binding(&of_cursor, &cursor.base);

    (void)state;
    assert_string_equal(of_cursor.prepared->sql, "SELECT $1 + $1, $2, $3, $4, $5");
    assert_int_equal(of_cursor.prepared->count, 5);
    assert_from(binding, 0, FROM_FIELD, "seq");
    assert_from(binding, 1, FROM_FIELD, "name");
    assert_from(binding, 2, FROM_STREET, NULL);
    assert_from(binding, 3, FROM_ACTOR, NULL);
    assert_from(binding, 4, FROM_SENDER, NULL);
    assert_string_equal(statement_first_field(&of_cursor, &cursor.base), "seq");
    assert_true(statement_has(&of_cursor, "local"));
    assert_false(statement_has(&of_cursor, "until"));
}

static void take_the_key_of_a_text(void **state)
{
    Journal__Cursor cursor = JOURNAL__CURSOR__INIT;
    const struct db_binding *binding = statement_binding(&of_a_key, &cursor.base);

    (void)state;
    assert_from(binding, 0, FROM_KEY, "name");
    assert_from(binding, 1, FROM_FIELD, "name");
    assert_string_equal(statement_first_field(&of_a_key, &cursor.base), "name");
}

static void without_fields_take_any_message_and_none(void **state)
{
    Journal__Cursor cursor = JOURNAL__CURSOR__INIT;

    (void)state;
    assert_ptr_equal(statement_binding(&plain, NULL), statement_binding(&plain, &cursor.base));
}

static void are_bound_to_each_type_that_has_the_fields(void **state)
{
    void *mem = talloc_new(NULL);
    Journal__GetCursorRequest request = JOURNAL__GET_CURSOR_REQUEST__INIT;
    Journal__Cursor cursor = JOURNAL__CURSOR__INIT;

    (void)state;
    assert_null(of_a_query.prepared->bindings);
    assert_null(statement_bind(mem, &of_a_query, &journal__get_cursor_request__descriptor));
    assert_null(statement_bind(mem, &of_a_query, cursor_type));
    assert_non_null(strstr(statement_bind(mem, &of_a_query, &journal__head__descriptor), ":name"));
    assert_ptr_equal(statement_binding(&of_a_query, &request.base)->type,
                     &journal__get_cursor_request__descriptor);
    assert_ptr_equal(statement_binding(&of_a_query, &cursor.base)->type, cursor_type);
    talloc_free(mem);
}

/* The status of a process that does this. */
static int ending_of(void (*act)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        act();
        _exit(EXIT_SUCCESS);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void bind_another_type(void)
{
    Journal__Head head = JOURNAL__HEAD__INIT;

    (void)statement_binding(&of_cursor, &head.base);
}

static void end_the_process_with_a_message_of_another_type(void **state)
{
    (void)state;
    assert_true(WIFSIGNALED(ending_of(bind_another_type)));
}

/* ---- wrong ones ---- */

/* Registered like any other, but not constant. */
static struct db_stmt changing = {
    .name = "changing", .sql = "SELECT 1", .prepared = &(struct db_prepared){0}};
static const struct db_stmt *const changing_registered
    __attribute__((used, retain, section("jusha_statements"))) = &changing;

#define WRONG(function, ...)                                                                       \
    static void function(void)                                                                     \
    {                                                                                              \
        changing = (struct db_stmt){                                                               \
            .name = #function, .prepared = &(struct db_prepared){0}, __VA_ARGS__};                 \
        statements_start();                                                                        \
    }
WRONG(misspelt, .sql = "SELECT :nmae", .of = &journal__cursor__descriptor)
WRONG(not_given, .sql = "SELECT :local", .of = &journal__cursor__descriptor, .with = "loca, locals")
WRONG(by_number, .sql = "SELECT $1")
WRONG(unquoted, .sql = "SELECT 'a")
WRONG(unworded, .sql = "SELECT 1", .one_row = {STATUS_NOT_FOUND, "name", "exists"})

static void that_are_wrong_stop_the_start(void **state)
{
    static void (*const wrong[])(void) = {misspelt, not_given, by_number, unquoted, unworded};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(ending_of(wrong[i]), EXIT_FAILURE << 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_found_by_the_linker),
        cmocka_unit_test(take_fields_the_calls_own_and_what_is_given),
        cmocka_unit_test(take_the_key_of_a_text),
        cmocka_unit_test(without_fields_take_any_message_and_none),
        cmocka_unit_test(are_bound_to_each_type_that_has_the_fields),
        cmocka_unit_test(end_the_process_with_a_message_of_another_type),
        cmocka_unit_test(that_are_wrong_stop_the_start),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
