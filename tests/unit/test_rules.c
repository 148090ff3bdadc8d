/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_rules.c - each type of rule at its edges, updates under a mask, and tables that are wrong
 *
 * Requests come as JSON, so that a row of a table reads like what a caller sends. `broken` is every
 * violation in order: "field rule; field rule".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "every_type.pb-c.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/phone.h"
#include "libcommon/base/rules.h"
#include "libcommon/base/text.h"
#include "libcommon/base/wire.h"
#include "registry_unit.pb-c.h"

#define ID_1 "01890a5d-ac96-774b-bcce-b302099a8057"
#define ID_2 "01890A5D-AC96-774B-BCCE-B302099A8058"

static const struct rule party_rules[] = {
    RULE_TEXT(name, 0, 5),
    RULE_INT(member_count, 0, 1000000),
    RULES_END,
};
static const struct rule unit_rules[] = {
    RULE_TEXT(name, 1, 5),
    RULE_ENUM(kind),
    RULE_IF_SET(credit_code, "slug", text_is_slug),
    RULE_MESSAGE_IF_SET(party_organisation, party_rules),
    RULE_MUST(address, "date", text_is_date),
    RULES_END,
};

struct request_case {
    const char *json, *broken;
};

static const char *list(const void *parent, const struct violations *violations)
{
    char *text = mem_text(parent, "");

    for (size_t i = 0; i < violations->count; i++)
        text = mem_printf(parent, "%s%s%s %s", text, i ? "; " : "", violations->item[i].field,
                          violations->item[i].rule);
    return text;
}

static ProtobufCMessage *parse(const void *parent, const ProtobufCMessageDescriptor *type,
                               const char *json)
{
    struct violations violations = {0};
    ProtobufCMessage *message;

    if (json_parse(parent, type, json, &violations, &message) != STATUS_OK)
        fail_msg("%s: %s", json, violations.item[0].message);
    return message;
}

static void check_requests(const ProtobufCMessageDescriptor *type, const struct rule *rules,
                           const struct request_case *cases, size_t count)
{
    void *memory = talloc_new(NULL);

    assert_null(rules_check(memory, rules, type, false));
    for (size_t i = 0; i < count; i++) {
        struct violations violations = {0};
        enum status status =
            rules_apply(memory, rules, parse(memory, type, cases[i].json), "", &violations);
        const char *broken = list(memory, &violations);
        if (strcmp(broken, cases[i].broken) != 0)
            fail_msg("%s: '%s' instead of '%s'", cases[i].json, broken, cases[i].broken);
        assert_int_equal(status, *broken ? STATUS_INVALID_ARGUMENT : STATUS_OK);
    }
    talloc_free(memory);
}
#define CHECK_REQUESTS(type, rules, cases)                                                         \
    check_requests(&(type), rules, cases, sizeof(cases) / sizeof(cases)[0])

#define GOOD_REST "\"kind\": \"BANK\", \"address\": \"2026-03-01\""

static void collects_every_violation_of_a_creation(void **state)
{
    static const struct rule rules[] = {RULE_MESSAGE(unit, unit_rules), RULES_END};
    static const struct request_case cases[] = {
        {"{}", "unit required"},
        {"{\"unit\": {}}", "unit.name length; unit.kind required; unit.address required"},
        {"{\"unit\": {\"name\": \"a\", " GOOD_REST "}}", ""},
        {"{\"unit\": {\"name\": \"聚沙聚沙聚\", " GOOD_REST "}}", ""},
        {"{\"unit\": {\"name\": \"聚沙聚沙聚沙\", " GOOD_REST "}}", "unit.name length"},
        {"{\"unit\": {\"name\": \" \\u3000 \", " GOOD_REST "}}", "unit.name length"},
        {"{\"unit\": {\"name\": \"  abcde  \", " GOOD_REST "}}", ""},
        {"{\"unit\": {\"name\": \"\\u200b\\u00ad\\u2800\\u3164\", " GOOD_REST "}}",
         "unit.name length"},
        {"{\"unit\": {\"name\": \"\\u0301\", " GOOD_REST "}}", "unit.name length"},
        {"{\"unit\": {\"name\": \"\\u202eab\\ncde\", " GOOD_REST "}}", "unit.name length"},
        {"{\"unit\": {\"name\": \"\\u202eab\\nde\", " GOOD_REST "}}", ""},
        {"{\"unit\": {\"name\": \"a\\u0007b\", " GOOD_REST "}}", "unit.name control"},
        {"{\"unit\": {\"name\": \"abcdef\\u0007\", " GOOD_REST "}}",
         "unit.name length; unit.name control"},
        {"{\"unit\": {\"name\": \"a\", \"creditCode\": \"ab\", " GOOD_REST "}}", ""},
        {"{\"unit\": {\"name\": \"a\", \"creditCode\": \"A\", " GOOD_REST "}}",
         "unit.credit_code slug"},
        {"{\"unit\": {\"name\": \"a\", \"creditCode\": \"ａｂ \", " GOOD_REST "}}", ""},
        {"{\"unit\": {\"name\": \"a\", \"kind\": 1, \"address\": \"2026-02-30\"}}",
         "unit.address date"},
        {"{\"unit\": {\"name\": \"a\", \"partyOrganisation\": {}, " GOOD_REST "}}", ""},
        {"{\"unit\": {\"name\": \"a\", \"partyOrganisation\": {\"name\": \"abcdef\","
         " \"memberCount\": 1000001}, " GOOD_REST "}}",
         "unit.party_organisation.name length; unit.party_organisation.member_count range"},
        {"{\"unit\": {\"name\": \"a\", \"partyOrganisation\": {\"memberCount\": "
         "1000000}, " GOOD_REST "}}",
         ""},
    };

    (void)state;
    CHECK_REQUESTS(registry__register_unit_request__descriptor, rules, cases);
}

static void checks_ids_and_counts_of_ids(void **state)
{
    static const struct rule one[] = {RULE_UUID(unit_id), RULES_END};
    static const struct rule perhaps[] = {RULE_UUID_IF_SET(unit_id), RULES_END};
    static const struct rule several[] = {RULE_UUIDS(unit_ids, 1, 3), RULES_END};
    static const struct request_case one_cases[] = {
        {"{}", "unit_id required"},
        {"{\"unitId\": \"" ID_1 "\"}", ""},
        {"{\"unitId\": \"" ID_2 "\"}", ""},
        {"{\"unitId\": \"x\"}", "unit_id uuid"},
    };
    static const struct request_case perhaps_cases[] = {
        {"{}", ""},
        {"{\"unitId\": \"" ID_1 "\"}", ""},
        {"{\"unitId\": \"" ID_1 "0\"}", "unit_id uuid"},
    };
    static const struct request_case several_cases[] = {
        {"{}", "unit_ids count"},
        {"{\"unitIds\": [\"" ID_1 "\"]}", ""},
        {"{\"unitIds\": [\"" ID_1 "\", \"" ID_2 "\", \"" ID_1 "\"]}", ""},
        {"{\"unitIds\": [\"\", \"" ID_2 "\", \"y\"]}", "unit_ids[0] uuid; unit_ids[2] uuid"},
        {"{\"unitIds\": [\"1\", \"2\", \"3\", \"4\"]}", "unit_ids count"},
    };

    (void)state;
    CHECK_REQUESTS(registry__get_unit_request__descriptor, one, one_cases);
    CHECK_REQUESTS(registry__get_unit_request__descriptor, perhaps, perhaps_cases);
    CHECK_REQUESTS(registry__batch_get_units_request__descriptor, several, several_cases);
}

static void checks_each_entry_of_a_list(void **state)
{
    static const struct rule inner[] = {RULE_TEXT(name, 1, 3), RULE_INT(member_count, 0, 9),
                                        RULES_END};
    static const struct rule rules[] = {RULE_TEXTS(strings, 0, 2, 3),
                                        RULE_MESSAGES(inners, 1, 2, inner), RULES_END};
    static const struct request_case cases[] = {
        {"{}", "inners count"},
        {"{\"inners\": [{\"name\": \"a\"}]}", ""},
        {"{\"inners\": [{\"name\": \"a\"}, {\"name\": \"abcd\", \"memberCount\": 10}]}",
         "inners[1].name length; inners[1].member_count range"},
        {"{\"inners\": [{}, {}, {}]}", "inners count"},
        {"{\"inners\": [{\"name\": \"a\"}], \"strings\": [\"聚沙 \", \" \"]}", "strings[1] length"},
        {"{\"inners\": [{\"name\": \"a\"}], \"strings\": [\"abcd\", \"a\\u0007\"]}",
         "strings[0] length; strings[1] control"},
        {"{\"inners\": [{\"name\": \"a\"}], \"strings\": [\"a\", \"a\", \"a\"]}", "strings count"},
    };

    (void)state;
    check_requests(&test__every_type__descriptor, rules, cases, sizeof cases / sizeof *cases);
}

static void refuses_long_text_that_turns_its_direction(void **state)
{
    static const struct rule rules[] = {RULE_LONG_TEXT(a_string, 1, 5), RULES_END};
    static const struct request_case cases[] = {
        {"{\"aString\": \"a\\r\\nb\"}", ""},
        {"{\"aString\": \"❤\\ufe0f\\u200d🔥\"}", ""},
        {"{\"aString\": \"a\\u202eb\"}", "a_string bidi"},
        {"{\"aString\": \"abcde\\u2066\"}", "a_string length; a_string bidi"},
        {"{\"aString\": \"a\\u0007\"}", "a_string control"},
        {"{\"aString\": \"\\u200b\\n\\u2800\"}", "a_string length"},
    };

    (void)state;
    check_requests(&test__every_type__descriptor, rules, cases, sizeof cases / sizeof *cases);
}

static void puts_phones_into_one_form_and_lists_the_forms(void **state)
{
    static const struct rule rules[] = {RULE_PHONE_IF_SET(a_string), RULES_END};
    void *memory = talloc_new(NULL);
    struct violations violations = {0};
    Test__EveryType *message =
        (void *)parse(memory, &test__every_type__descriptor,
                      "{\"aString\": \"\\u202d（0571）86910001转8012\\u202c\"}");

    (void)state;
    assert_int_equal(rules_apply(memory, rules, &message->base, "", &violations), STATUS_OK);
    assert_string_equal(message->a_string, "0571-86910001-8012");
    message->a_string = (char *)"call me";
    assert_int_equal(rules_apply(memory, rules, &message->base, "", &violations),
                     STATUS_INVALID_ARGUMENT);
    assert_string_equal(violations.item[0].rule, "phone");
    assert_non_null(strstr(violations.item[0].message, "0571-86910001"));
    assert_non_null(strstr(violations.item[0].message, "转8012"));
    assert_null(strstr(violations.item[0].message, "call me"));
    talloc_free(memory);
}

static void refuses_an_id_that_stands_twice_in_a_set(void **state)
{
    static const struct rule rules[] = {RULE_UUID_SET(unit_ids, 0, 3), RULES_END};
    static const struct request_case cases[] = {
        {"{}", ""},
        {"{\"unitIds\": [\"" ID_1 "\", \"" ID_2 "\"]}", ""},
        {"{\"unitIds\": [\"" ID_2 "\", \"" ID_1 "\", \"01890a5d-ac96-774b-bcce-b302099a8058\"]}",
         "unit_ids[2] duplicate"},
    };

    (void)state;
    check_requests(&registry__batch_get_units_request__descriptor, rules, cases,
                   sizeof cases / sizeof *cases);
}

static void checks_times(void **state)
{
    static const struct rule must[] = {RULE_TIME(create_time), RULES_END};
    static const struct rule may[] = {RULE_TIME_IF_SET(create_time), RULES_END};
    static const struct request_case required[] = {
        {"{}", "create_time required"},
        {"{\"createTime\": \"2026-07-01T00:00:00Z\"}", ""},
    };
    static const struct request_case optional[] = {{"{}", ""}};

    (void)state;
    check_requests(&registry__unit__descriptor, must, required, 2);
    check_requests(&registry__unit__descriptor, may, optional, 1);
}

static void checks_integers_of_every_kind(void **state)
{
    static const struct rule rules[] = {
        RULE_INT(an_int32, -2, 2),
        RULE_INT(a_sint64, -5000000000, 5000000000),
        RULE_INT(a_uint32, 0, 4000000000),
        RULE_INT(a_fixed64, 0, 9),
        RULES_END,
    };
    static const struct request_case cases[] = {
        {"{}", ""},
        {"{\"anInt32\": -2, \"aSint64\": -5000000000, \"aUint32\": 4000000000, \"aFixed64\": 9}",
         ""},
        {"{\"anInt32\": -3}", "an_int32 range"},
        {"{\"anInt32\": 3}", "an_int32 range"},
        {"{\"aSint64\": \"5000000001\"}", "a_sint64 range"},
        {"{\"aUint32\": 4000000001}", "a_uint32 range"},
        {"{\"aFixed64\": \"18446744073709551615\"}", "a_fixed64 range"},
    };

    (void)state;
    CHECK_REQUESTS(test__every_type__descriptor, rules, cases);
}

static void leaves_the_members_of_a_oneof_that_are_not_set_alone(void **state)
{
    static const struct rule rules[] = {
        RULE_TEXT(chosen_text, 1, 3),
        RULE_INT(chosen_number, 1, 3),
        RULE_ANY(chosen_inner),
        RULES_END,
    };
    static const struct request_case cases[] = {
        {"{}", ""},
        {"{\"chosenBool\": true}", ""},
        {"{\"chosenText\": \"\"}", "chosen_text length"},
        {"{\"chosenNumber\": 4}", "chosen_number range"},
        {"{\"chosenText\": \"abc\"}", ""},
    };

    (void)state;
    CHECK_REQUESTS(test__every_type__descriptor, rules, cases);
}

#define UPDATE(mask, fields)                                                                       \
    "{\"unit\": {\"unitId\": \"" ID_1 "\", \"revision\": 1" fields "}, \"updateMask\": \"" mask    \
    "\"}"

static void applies_only_the_rules_under_the_mask(void **state)
{
    static const struct rule rules[] = {RULE_UPDATE(unit, update_mask, "unit_id", unit_rules),
                                        RULES_END};
    static const struct request_case cases[] = {
        {UPDATE("name", ", \"name\": \"a\""), ""},
        {UPDATE("name", ", \"name\": \"a\", \"creditCode\": \"BAD\""), ""},
        {UPDATE("name,creditCode", ", \"name\": \"a\", \"creditCode\": \"BAD\""),
         "unit.credit_code slug"},
        {UPDATE("name,kind,credit_code,party_organisation,address",
                ", \"name\": \"a\", " GOOD_REST),
         ""},
        {UPDATE("name", ""), "unit.name length"},
        {UPDATE("kind", ""), "unit.kind required"},
        {UPDATE("partyOrganisation", ""), ""}, /* cleared */
        {UPDATE("", ""), "update_mask required"},
        {UPDATE("unitId", ""), "update_mask.paths[0] not_updatable"},
        {UPDATE("status,revision", ""),
         "update_mask.paths[0] not_updatable; update_mask.paths[1] not_updatable"},
        {UPDATE("partyOrganisation.name", ""), "update_mask.paths[0] not_updatable"},
        {UPDATE("*", ""), "update_mask.paths[0] not_updatable"},
        {UPDATE("name,kind,name", ", \"name\": \"a\", \"kind\": 1"),
         "update_mask.paths[2] duplicate"},
        {"{}", "update_mask required; unit required"},
        {"{\"updateMask\": \"kind\"}", "unit required"},
        {"{\"unit\": {\"kind\": 1}, \"updateMask\": \"kind\"}",
         "unit.unit_id required; unit.revision required"},
        {"{\"unit\": {\"unitId\": \"7\", \"kind\": 1, \"revision\": 1}, \"updateMask\": \"kind\"}",
         "unit.unit_id uuid"},
    };

    (void)state;
    CHECK_REQUESTS(registry__update_unit_request__descriptor, rules, cases);
}

static void tells_numbers_path_and_no_value(void **state)
{
    void *memory = talloc_new(NULL);
    struct violations violations = {0};
    ProtobufCMessage *unit = parse(memory, &registry__unit__descriptor,
                                   "{\"name\": \"secret\", \"kind\": 1, \"address\": \"secret\"}");

    (void)state;
    assert_int_equal(rules_apply(memory, unit_rules, unit, "unit", &violations),
                     STATUS_INVALID_ARGUMENT);
    assert_int_equal(violations.count, 2);
    const struct violation *length = &violations.item[0];
    assert_string_equal(length->field, "unit.name");
    assert_string_equal(length->message, "name must have 1 to 5 characters");
    assert_string_equal(length->params[0].key, "min");
    assert_int_equal(length->params[0].value, 1);
    assert_string_equal(length->params[1].key, "max");
    assert_int_equal(length->params[1].value, 5);
    assert_string_equal(violations.item[1].field, "unit.address");
    assert_null(strstr(violations.item[1].message, "secret"));
    talloc_free(memory);
}

static void normalises_text_in_place(void **state)
{
    static const struct rule rules[] = {RULE_MESSAGE(unit, unit_rules), RULES_END};
    static const struct rule ids[] = {RULE_UUIDS(unit_ids, 0, 3), RULES_END};
    void *memory = talloc_new(NULL);
    struct violations violations = {0};
    Registry__RegisterUnitRequest *request =
        (void *)parse(memory, &registry__register_unit_request__descriptor,
                      "{\"unit\": {\"name\": \" A\\u200bＢ \","
                      " \"creditCode\": \"ａｂ\", " GOOD_REST "}}");
    char id[] = ID_2, *list_of_one[] = {id};
    Registry__BatchGetUnitsRequest batch = REGISTRY__BATCH_GET_UNITS_REQUEST__INIT;

    (void)state;
    assert_int_equal(rules_apply(memory, rules, &request->base, "", &violations), STATUS_OK);
    assert_string_equal(request->unit->name, "AＢ"); /* as it was written */
    assert_string_equal(request->unit->credit_code, "ab");

    batch.n_unit_ids = 1;
    batch.unit_ids = list_of_one;
    assert_int_equal(rules_apply(memory, ids, &batch.base, "", &violations), STATUS_OK);
    assert_string_equal(batch.unit_ids[0], "01890a5d-ac96-774b-bcce-b302099a8058");
    assert_string_equal(id, ID_2); /* what stood there may be a constant */
    talloc_free(memory);
}

static void stays_failed_when_the_list_is_full(void **state)
{
    static const struct rule rules[] = {RULE_UUIDS(unit_ids, 0, 100), RULES_END};
    void *memory = talloc_new(NULL);
    struct violations violations = {0};
    char *bad[40];
    Registry__BatchGetUnitsRequest batch = REGISTRY__BATCH_GET_UNITS_REQUEST__INIT;

    (void)state;
    batch.n_unit_ids = 40;
    batch.unit_ids = bad;
    for (int i = 0; i < 40; i++)
        bad[i] = mem_text(memory, "x");
    for (int i = 0; i < 2; i++)
        assert_int_equal(rules_apply(memory, rules, &batch.base, "", &violations),
                         STATUS_INVALID_ARGUMENT);
    assert_int_equal(violations.count, VIOLATIONS_MAX);
    talloc_free(memory);
}

static const struct rule page_rules[] = {RULE_ENUM_IF_SET(kind), RULE_ENUM_IF_SET(status),
                                         RULE_TEXT(name_contains, 0, 120), RULES_PAGE, RULES_END};
static const struct rule no_field[] = {RULE_ANY(no_such_field), RULES_END};
static const struct rule wrong_type[] = {RULE_TEXT(kind, 0, 1), RULES_END};
static const struct rule repeated_type[] = {RULE_UUID(unit_ids), RULES_END};
static const struct rule twice[] = {RULE_ANY(kind), RULE_ENUM(kind), RULES_END};
static const struct rule upside_down[] = {RULE_INT(page_size, 2, 1), RULES_END};
static const struct rule no_test[] = {RULE_IF_SET(page_token, "slug", NULL), RULES_END};
static const struct rule no_name[] = {RULE_IF_SET(page_token, NULL, text_is_slug), RULES_END};
static const struct rule no_table[] = {RULE_MESSAGE(unit, NULL), RULES_END};
static const struct rule inner_wrong[] = {RULE_MESSAGE(unit, page_rules), RULES_END};
static const struct rule good_update[] = {RULE_UPDATE(unit, update_mask, "unit_id", unit_rules),
                                          RULES_END};
static const struct rule no_mask[] = {RULE_UPDATE(unit, unit, "unit_id", unit_rules), RULES_END};
static const struct rule no_id[] = {RULE_UPDATE(unit, update_mask, "street", unit_rules),
                                    RULES_END};
static const struct rule no_revision[] = {RULE_UPDATE(inner, mask, NULL, party_rules), RULES_END};

static void finds_mistakes_in_tables(void **state)
{
    static const struct {
        const struct rule *rules;
        const ProtobufCMessageDescriptor *type;
        bool every;
        const char *told; /* NULL: the table is good */
    } cases[] = {
        {page_rules, &registry__list_units_request__descriptor, true, NULL},
        {good_update, &registry__update_unit_request__descriptor, true, NULL},
        {no_field, &registry__list_units_request__descriptor, false, "no_such_field"},
        {wrong_type, &registry__list_units_request__descriptor, false, "kind"},
        {repeated_type, &registry__batch_get_units_request__descriptor, false, "unit_ids"},
        {twice, &registry__list_units_request__descriptor, false, "twice"},
        {twice + 1, &registry__list_units_request__descriptor, true, "status"},
        {upside_down, &registry__list_units_request__descriptor, false, "range"},
        {no_test, &registry__list_units_request__descriptor, false, "test"},
        {no_name, &registry__list_units_request__descriptor, false, "name"},
        {no_table, &registry__register_unit_request__descriptor, false, "table"},
        {inner_wrong, &registry__register_unit_request__descriptor, false, "name_contains"},
        {no_mask, &registry__update_unit_request__descriptor, false, "FieldMask"},
        {no_id, &registry__update_unit_request__descriptor, false, "street"},
        {no_revision, &test__every_type__descriptor, false, "revision"},
    };
    void *memory = talloc_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *wrong = rules_check(memory, cases[i].rules, cases[i].type, cases[i].every);
        bool as_told = cases[i].told ? wrong && strstr(wrong, cases[i].told) : !wrong;
        if (!as_told)
            fail_msg("case %zu: %s", i, wrong ? wrong : "good");
    }
    talloc_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collects_every_violation_of_a_creation),
        cmocka_unit_test(checks_ids_and_counts_of_ids),
        cmocka_unit_test(checks_each_entry_of_a_list),
        cmocka_unit_test(refuses_long_text_that_turns_its_direction),
        cmocka_unit_test(puts_phones_into_one_form_and_lists_the_forms),
        cmocka_unit_test(refuses_an_id_that_stands_twice_in_a_set),
        cmocka_unit_test(checks_times),
        cmocka_unit_test(checks_integers_of_every_kind),
        cmocka_unit_test(leaves_the_members_of_a_oneof_that_are_not_set_alone),
        cmocka_unit_test(applies_only_the_rules_under_the_mask),
        cmocka_unit_test(tells_numbers_path_and_no_value),
        cmocka_unit_test(normalises_text_in_place),
        cmocka_unit_test(stays_failed_when_the_list_is_full),
        cmocka_unit_test(finds_mistakes_in_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
