/* SPDX-License-Identifier: Apache-2.0 */
/* test_types.c - names of messages, methods and enum values */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "every_type.pb-c.h"
#include "libcommon/base/types.h"
#include "registry_unit.pb-c.h"
#include "type_code.pb-c.h"

static void finds_messages_by_full_name(void **state)
{
    (void)state;
    for (const ProtobufCMessageDescriptor *const *type = types_messages; *type; type++)
        assert_ptr_equal(types_message((*type)->name), *type);
    assert_ptr_equal(types_message("jusha.registry.v1.Unit"), &registry__unit__descriptor);
    assert_null(types_message("Unit"));
    assert_null(types_message("jusha.registry.v1.Uni"));
    assert_null(types_message(""));
}

static void finds_methods_by_full_name(void **state)
{
    static const char *const bad[] = {
        "",
        "/",
        "RegisterUnit",
        "jusha.registry.v1.RegistryService",
        "jusha.registry.v1.RegistryService/",
        "jusha.registry.v1.RegistryService/registerUnit",
        "jusha.registry.v1.RegistryService/RegisterUnit/",
        "jusha.registry.v1.RegistryServic/RegisterUnit",
        "jusha.registry.v1.RegistryServices/RegisterUnit",
        "/RegisterUnit",
    };
    const ProtobufCServiceDescriptor *service = NULL;
    const ProtobufCMethodDescriptor *method =
        types_method("jusha.registry.v1.RegistryService/RegisterUnit", &service);

    (void)state;
    assert_non_null(method);
    assert_string_equal(method->name, "RegisterUnit");
    assert_ptr_equal(method->input, &registry__register_unit_request__descriptor);
    assert_string_equal(service->name, "jusha.registry.v1.RegistryService");
    assert_ptr_equal(types_method("jusha.registry.v1.RegistryService/RegisterUnit", NULL), method);
    service = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_null(types_method(bad[i], &service));
    assert_null(service);
}

static void names_enum_values_without_their_prefix(void **state)
{
    const ProtobufCEnumDescriptor *kinds = &registry__unit_kind__descriptor;
    static const int unknown[] = {-1, 15, 1000, INT32_MIN, INT32_MAX};

    (void)state;
    assert_string_equal(types_enum_name(kinds, REGISTRY__UNIT_KIND__UNIT_KIND_BANK), "BANK");
    assert_string_equal(types_enum_name(kinds, REGISTRY__UNIT_KIND__UNIT_KIND_PUBLIC_SECURITY),
                        "PUBLIC_SECURITY");
    assert_string_equal(types_enum_name(&type__code__descriptor, 0), "OK");
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_null(types_enum_name(kinds, unknown[i]));
}

static void finds_enum_values_with_or_without_the_prefix(void **state)
{
    const ProtobufCEnumDescriptor *kinds = &registry__unit_kind__descriptor;
    static const char *const unknown[] = {"", "bank", "BAN", "KIND_BANK", "UNIT_KIND_", "7"};

    (void)state;
    for (unsigned i = 0; i < kinds->n_values; i++) {
        int value = kinds->values[i].value;
        assert_int_equal(types_enum_value(kinds, kinds->values[i].name), value);
        assert_int_equal(types_enum_value(kinds, types_enum_name(kinds, value)), value);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_int_equal(types_enum_value(kinds, unknown[i]), -1);
}

static void finds_a_secret_at_any_depth(void **state)
{
    (void)state;
    assert_string_equal(types_secret(&test__nested__descriptor), "link_secret");
    assert_null(types_secret(&test__every_type__descriptor)); /* which holds itself */
    assert_null(types_secret(&registry__unit__descriptor));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_messages_by_full_name),
        cmocka_unit_test(finds_methods_by_full_name),
        cmocka_unit_test(names_enum_values_without_their_prefix),
        cmocka_unit_test(finds_enum_values_with_or_without_the_prefix),
        cmocka_unit_test(finds_a_secret_at_any_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
