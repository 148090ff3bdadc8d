/* SPDX-License-Identifier: Apache-2.0 */
/* test_mem.c - the end of memory, and the allocator of messages */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "capture.h"
#include "libcommon/base/mem.h"

static void run_out(void *argument)
{
    (void)mem_check(argument);
}

static void ends_the_process_with_one_line_when_memory_is_out(void **state)
{
    static struct capture capture;

    (void)state;
    capture_run(run_out, NULL, &capture);
    assert_int_equal(capture.exit_code, -1);
    assert_non_null(strstr(capture.err, "level=error event=out_of_memory"));
    assert_ptr_equal(strchr(capture.err, '\n'), capture.err + strlen(capture.err) - 1);
}

static void refuses_what_exceeds_the_limit_in_all(void **state)
{
    void *memory = talloc_new(NULL);
    ProtobufCAllocator *allocator = mem_allocator(memory, 10000);
    int pieces = 0;

    (void)state;
    assert_null(allocator->alloc(allocator->allocator_data, 10001));
    while (allocator->alloc(allocator->allocator_data, 100))
        pieces++;
    assert_in_range(pieces, 90, 100); /* rounding up takes a little */
    assert_null(allocator->alloc(allocator->allocator_data, SIZE_MAX));
    talloc_free(memory);
}

static void lets_the_first_piece_own_all_others(void **state)
{
    void *memory = talloc_new(NULL), *elsewhere = talloc_new(NULL);
    ProtobufCAllocator *allocator = mem_allocator(memory, SIZE_MAX);
    char *first = allocator->alloc(allocator->allocator_data, 100);
    char *pieces[64];

    (void)state;
    for (int i = 0; i < 64; i++) {
        pieces[i] = allocator->alloc(allocator->allocator_data, 3000);
        memset(pieces[i], i, 3000);
        assert_int_equal((uintptr_t)pieces[i] % sizeof(void *), 0);
    }
    talloc_steal(elsewhere, first);
    talloc_free(memory);
    for (int i = 0; i < 64; i++)
        assert_int_equal(pieces[i][2999], i); /* a sanitizer would see a use after free */
    assert_int_equal(talloc_total_blocks(elsewhere) > 1, 1);
    talloc_free(first);
    assert_int_equal(talloc_total_blocks(elsewhere), 1);
    talloc_free(elsewhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_the_process_with_one_line_when_memory_is_out),
        cmocka_unit_test(refuses_what_exceeds_the_limit_in_all),
        cmocka_unit_test(lets_the_first_piece_own_all_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
