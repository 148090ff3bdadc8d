/* SPDX-License-Identifier: Apache-2.0 */
/* test_methods.c - methods are found by the end of their name */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "methods.h"

static void finds_a_method_by_any_end_of_its_name(void **state)
{
    static const char *const names[] = {"RegisterUnit", "RegistryService/RegisterUnit",
                                        "v1.RegistryService/RegisterUnit",
                                        "jusha.registry.v1.RegistryService/RegisterUnit"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *memory = talloc_new(NULL);
        struct found_method found;

        assert_int_equal(method_find(memory, names[i], &found, NULL), STATUS_OK);
        assert_string_equal(found.full_name, "jusha.registry.v1.RegistryService/RegisterUnit");
        assert_string_equal(found.service, "registry");
        assert_string_equal(found.descriptor->input->name, "jusha.registry.v1.RegisterUnitRequest");
        talloc_free(memory);
    }
}

static void finds_no_method_by_a_piece_of_a_name(void **state)
{
    static const char *const names[] = {"",        "Unit",         "egisterUnit",   "/RegisterUnit",
                                        ".Street", "registerunit", "RegisterUnit ", "Registry"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *memory = talloc_new(NULL);
        struct found_method found;

        assert_int_equal(method_find(memory, names[i], &found, NULL), STATUS_NOT_FOUND);
        talloc_free(memory);
    }
}

static void knows_no_address_for_what_every_service_serves(void **state)
{
    void *memory = talloc_new(NULL);
    struct found_method found;

    (void)state;
    assert_int_equal(method_find(memory, "JournalService/Read", &found, NULL), STATUS_OK);
    assert_null(found.service);
    talloc_free(memory);
    assert_true(method_serves("registry"));
    assert_false(method_serves("journal"));
    assert_false(method_serves("echo"));
}

static void count(void *data, const struct found_method *method)
{
    size_t *counted = data;

    assert_non_null(strchr(method->full_name, '/'));
    ++*counted;
}

static void visits_every_method(void **state)
{
    void *memory = talloc_new(NULL);
    size_t counted = 0, all = 0;

    (void)state;
    for (size_t i = 0; types_services[i] != NULL; i++)
        all += types_services[i]->n_methods;
    method_each(memory, count, &counted);
    assert_int_equal(counted, all);
    talloc_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_method_by_any_end_of_its_name),
        cmocka_unit_test(finds_no_method_by_a_piece_of_a_name),
        cmocka_unit_test(knows_no_address_for_what_every_service_serves),
        cmocka_unit_test(visits_every_method),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
