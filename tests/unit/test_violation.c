/* SPDX-License-Identifier: Apache-2.0 */
/* test_violation.c - the list that forgets what is beyond its end */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/violation.h"

static void copies_texts_and_takes_params(void **state)
{
    void *memory = talloc_new(NULL);
    struct violations violations = {0};
    char field[] = "unit.name";

    (void)state;
    struct violation *added =
        violation_add(memory, &violations, field, "length", "must have %d", 120);
    added->params[0] = (struct violation_param){"max", 120};
    field[0] = 'X';

    assert_int_equal(violations.count, 1);
    assert_string_equal(violations.item[0].field, "unit.name");
    assert_string_equal(violations.item[0].rule, "length");
    assert_string_equal(violations.item[0].message, "must have 120");
    assert_int_equal(violations.item[0].params[0].value, 120);
    assert_null(violations.item[0].params[1].key);
    talloc_free(memory);
}

static void keeps_the_first_sixteen(void **state)
{
    void *memory = talloc_new(NULL);
    struct violations violations = {0};

    (void)state;
    for (int i = 0; i < 100; i++) {
        struct violation *added = violation_add(memory, &violations, "field", "rule", "%d", i);
        added->params[1].value = i; /* must be writable beyond the end too */
    }
    assert_int_equal(violations.count, VIOLATIONS_MAX);
    for (int i = 0; i < VIOLATIONS_MAX; i++)
        assert_int_equal(violations.item[i].params[1].value, i);
    talloc_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_texts_and_takes_params),
        cmocka_unit_test(keeps_the_first_sixteen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
