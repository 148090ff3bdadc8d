/* SPDX-License-Identifier: Apache-2.0 */
/* test_ids.c - one is taken out wherever it stands, and the others stay in order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "libcommon/base/ids.h"

static void takes_one_out_and_keeps_the_order(void **state)
{
    static const struct {
        const char *id, *left[3];
        size_t count;
    } cases[] = {
        {"a", {"b", "c"}, 2},
        {"b", {"a", "c"}, 2},
        {"c", {"a", "b"}, 2},
        {"d", {"a", "b", "c"}, 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *ids[] = {(char *)"a", (char *)"b", (char *)"c"};
        size_t count = 3;
        assert_int_equal(ids_have(ids, count, cases[i].id), cases[i].count < 3);
        assert_int_equal(ids_take_out(ids, &count, cases[i].id), cases[i].count < 3);
        assert_int_equal(count, cases[i].count);
        assert_false(ids_have(ids, count, cases[i].id));
        for (size_t k = 0; k < count; k++)
            assert_string_equal(ids[k], cases[i].left[k]);
    }
}

static void finds_nothing_in_an_empty_list(void **state)
{
    size_t count = 0;

    (void)state;
    assert_false(ids_have(NULL, 0, "a"));
    assert_false(ids_take_out(NULL, &count, "a"));
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_one_out_and_keeps_the_order),
        cmocka_unit_test(finds_nothing_in_an_empty_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
