/* SPDX-License-Identifier: Apache-2.0 */
/* test_call.c - what a call says of its end */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/call/call.h"

/* Of two calls of one id in a batch the first is answered, and gone, before the second. */
static void a_copy_needs_nothing_of_the_first(void **state)
{
    struct call *first = call_new(), *second = call_new();
    const char *rule = mem_text(first, "booked"), *key = mem_text(first, "rival");
    const char *rival = mem_text(first, "0190");

    (void)state;
    (void)!call_fail(first, STATUS_FAILED_PRECONDITION, "start", rule, "%s stands there", rival);
    (void)!call_add_param(first, (struct violation_param){key, .text = rival});
    (void)!call_add_param(first, (struct violation_param){"minutes", 60});
    call_copy_outcome(second, first);
    const struct violation *copy = &second->violations.item[0];
    assert_ptr_not_equal(copy->rule, rule);
    assert_ptr_not_equal(copy->params[0].key, key);
    assert_ptr_not_equal(copy->params[0].text, rival);
    talloc_free(first);

    assert_int_equal(second->violations.count, 1);
    assert_string_equal(copy->rule, "booked");
    assert_string_equal(copy->params[0].key, "rival");
    assert_string_equal(copy->params[0].text, "0190");
    assert_null(copy->params[1].text);
    assert_int_equal(copy->params[1].value, 60);
    assert_null(copy->params[2].key);
    talloc_free(second);
}

static void whoever_gives_no_field_gives_a_rule(void **state)
{
    struct call *call = call_new();

    (void)state;
    assert_int_equal(call_fail(call, STATUS_UNAVAILABLE, "", "database", "it is away"),
                     STATUS_UNAVAILABLE);
    assert_int_equal(call->violations.count, 1);
    assert_string_equal(call->violations.item[0].field, "");
    assert_string_equal(call->violations.item[0].rule, "database");
    talloc_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_needs_nothing_of_the_first),
        cmocka_unit_test(whoever_gives_no_field_gives_a_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
