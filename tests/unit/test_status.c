/* SPDX-License-Identifier: Apache-2.0 */
/* test_status.c - names and HTTP codes of statuses */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "libcommon/base/status.h"
#include "libcommon/base/types.h"

static void has_every_code_of_the_contract_by_its_name(void **state)
{
    const ProtobufCEnumDescriptor *codes = &type__code__descriptor;

    (void)state;
    assert_true(codes->n_values > 10);
    for (unsigned i = 0; i < codes->n_values; i++)
        assert_string_equal(status_name((enum status)codes->values[i].value),
                            types_enum_name(codes, codes->values[i].value));
}

static void maps_to_http_like_grpc_gateways(void **state)
{
    static const struct {
        enum status status;
        int http_code;
    } cases[] = {
        {STATUS_OK, 200},        {STATUS_INVALID_ARGUMENT, 400},   {STATUS_UNAUTHENTICATED, 401},
        {STATUS_NOT_FOUND, 404}, {STATUS_RESOURCE_EXHAUSTED, 429}, {STATUS_UNAVAILABLE, 503},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(status_http_code(cases[i].status), cases[i].http_code);
}

static void calls_numbers_that_are_not_ours_unknown(void **state)
{
    static const int numbers[] = {1, 11, 12, 15, 17, 1000000, -1};

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_string_equal(status_name((enum status)numbers[i]), "UNKNOWN");
        assert_int_equal(status_http_code((enum status)numbers[i]), 500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_every_code_of_the_contract_by_its_name),
        cmocka_unit_test(maps_to_http_like_grpc_gateways),
        cmocka_unit_test(calls_numbers_that_are_not_ours_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
