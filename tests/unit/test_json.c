/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_json.c - the proto3 JSON mapping: exact texts, bad input as a table, random messages there
 * and back
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>
#include <cmocka.h>

#include "every_type.pb-c.h"
#include "google_any.pb-c.h"
#include "google_timestamp.pb-c.h"
#include "journal_cloud_event.pb-c.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"
#include "random_message.h"

/* What is read is written as `out`; NULL: as it was. */
static const struct {
    const char *in, *out;
} standard_forms[] = {
    {"{}", NULL},
    {" {\n} ", "{}"},
    {"{\"anInt32\":-2147483648,\"aUint32\":4294967295,\"aFixed32\":1}", NULL},
    {"{\"aSint32\":2147483647,\"aSfixed32\":-1}", NULL},
    {"{\"anInt64\":\"-9223372036854775808\",\"aUint64\":\"18446744073709551615\"}", NULL},
    {"{\"aSint64\":\"-1\",\"aSfixed64\":\"1\",\"aFixed64\":\"2\"}", NULL},
    {"{\"an_int64\":5,\"aUint32\":\"7\",\"anInt32\":1e3}",
     "{\"anInt32\":1000,\"anInt64\":\"5\",\"aUint32\":7}"},
    {"{\"anInt32\":-5.0,\"anInt64\":\"-0\",\"aUint64\":-0.0}", "{\"anInt32\":-5}"},
    {"{\"anInt32\":0,\"aString\":\"\",\"aBool\":false,\"aColour\":0,\"strings\":[],"
     "\"someBytes\":\"\",\"aDouble\":0.0,\"byName\":{}}",
     "{}"},
    {"{\"anInt32\":null,\"inner\":null,\"strings\":null,\"byName\":null,\"chosenText\":null,"
     "\"moment\":null}",
     "{}"},
    {"{\"aDouble\":1.5,\"aFloat\":-0.25}", "{\"aFloat\":-0.25,\"aDouble\":1.5}"},
    {"{\"aDouble\":1,\"aFloat\":\"2.5\"}", "{\"aFloat\":2.5,\"aDouble\":1.0}"},
    {"{\"aFloat\":\"NaN\",\"aDouble\":\"-Infinity\"}", NULL},
    {"{\"doubles\":[\"Infinity\",0.5,-0.0]}", "{\"doubles\":[\"Infinity\",0.5,-0.0]}"},
    {"{\"aBool\":true}", NULL},
    {"{\"bools\":[true,false]}", NULL},
    {"{\"aColour\":\"COLOUR_BLUE\"}", NULL},
    {"{\"a_colour\":\"BLUE\"}", "{\"aColour\":\"COLOUR_BLUE\"}"},
    {"{\"aColour\":5}", "{\"aColour\":\"COLOUR_BLUE\"}"},
    {"{\"colours\":[\"COLOUR_RED\",\"UNSPECIFIED\",5]}",
     "{\"colours\":[\"COLOUR_RED\",\"COLOUR_UNSPECIFIED\",\"COLOUR_BLUE\"]}"},
    {"{\"aString\":\"\\u805a\\\"\\n\"}", "{\"aString\":\"聚\\\"\\n\"}"},
    {"{\"aString\":\"\\ud842\\udfb7\"}", "{\"aString\":\"𠮷\"}"},
    {"{\"someBytes\":\"AP+A\"}", NULL},
    {"{\"someBytes\":\"_-8\"}", "{\"someBytes\":\"/+8=\"}"},
    {"{\"someBytes\":\"/+8\"}", "{\"someBytes\":\"/+8=\"}"},
    {"{\"someBytes\":\"_-8=\"}", "{\"someBytes\":\"/+8=\"}"},
    {"{\"inner\":{}}", NULL},
    {"{\"inner\":{\"name\":\"a\",\"member_count\":1}}",
     "{\"inner\":{\"name\":\"a\",\"memberCount\":1}}"},
    {"{\"inners\":[{},{\"name\":\"a\"}]}", NULL},
    {"{\"int32s\":[0,1,-1],\"sint64s\":[\"0\"],\"fixed32s\":[7],\"blobs\":[\"\",\"AA==\"]}", NULL},
    {"{\"byName\":{\"z\":{},\"a\":{\"name\":\"x\"}}}", NULL},
    {"{\"byNumber\":{\"-5\":\"x\",\"0\":\"\"}}", NULL},
    {"{\"byBool\":{\"true\":1.0,\"false\":\"NaN\"}}", NULL},
    {"{\"colourOf\":{\"18446744073709551615\":\"COLOUR_RED\"}}", NULL},
    {"{\"chosenText\":\"\"}", NULL},
    {"{\"chosenNumber\":\"0\"}", NULL},
    {"{\"chosenBool\":false}", NULL},
    {"{\"chosenBytes\":\"\"}", NULL},
    {"{\"chosenInner\":{}}", NULL},
    {"{\"chosenText\":null,\"chosenNumber\":3}", "{\"chosenNumber\":\"3\"}"},
    {"{\"moment\":\"2026-03-01T08:00:00Z\"}", NULL},
    {"{\"moment\":\"1970-01-01T00:00:00Z\"}", NULL},
    {"{\"moment\":\"2026-03-01T08:00:00.100+08:00\"}", "{\"moment\":\"2026-03-01T00:00:00.100Z\"}"},
    {"{\"mask\":\"\"}", NULL},
    {"{\"mask\":\"name,creditCode,a.bC\"}", NULL},
    {"{\"mask\":\"credit_code\"}", "{\"mask\":\"creditCode\"}"},
    {"{\"anything\":{}}", NULL},
    {"{\"anything\":{\"@type\":\"type.googleapis.com/jusha.registry.v1.Unit\",\"name\":\"a\"}}",
     NULL},
    {"{\"anything\":{\"kind\":\"BANK\",\"@type\":\"x/jusha.registry.v1.Unit\"}}",
     "{\"anything\":{\"@type\":\"x/jusha.registry.v1.Unit\",\"kind\":\"UNIT_KIND_BANK\"}}"},
    {"{\"anything\":{\"@type\":\"x/google.protobuf.Timestamp\","
     "\"value\":\"2026-03-01T08:00:00Z\"}}",
     NULL},
    {"{\"anything\":{\"@type\":\"x/no.Such\",\"value\":\"AAE=\"}}", NULL},
    {"{\"anything\":{\"@type\":\"x/google.protobuf.Any\",\"value\":{\"@type\":\"y/no.Such\","
     "\"value\":\"\"}}}",
     NULL},
    {"{\"farAway\":\"x\"}", NULL},
    {"{\"self\":{\"self\":{\"aBool\":true}}}", NULL},
};

static void writes_what_it_read_in_the_standard_form(void **state)
{
    void *memory = talloc_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof standard_forms / sizeof standard_forms[0]; i++) {
        struct violations violations = {0};
        ProtobufCMessage *message;
        if (json_parse(memory, &test__every_type__descriptor, standard_forms[i].in, &violations,
                       &message) != STATUS_OK)
            fail_msg("%s: %s", standard_forms[i].in, violations.item[0].message);
        assert_string_equal(json_text(memory, message),
                            standard_forms[i].out ? standard_forms[i].out : standard_forms[i].in);
    }
    talloc_free(memory);
}

static const struct {
    const char *text, *field, *rule;
} bad_inputs[] = {
    {"", "", "json"},
    {"{", "", "json"},
    {"{} {}", "", "json"},
    {"{'a':1}", "", "json"},
    {"{\"aString\":\"\xff\"}", "", "utf8"},
    {"{\"aString\":\"a\\u0000b\"}", "", "utf8"},
    {"{\"aString\":\"a\",\"aString\":\"b\"}", "", "duplicate"},
    {"{\"anInt64\":99999999999999999999}", "", "range"},
    {"[]", "", "type"},
    {"null", "", "type"},
    {"7", "", "type"},
    {"{\"noSuch\":1}", "noSuch", "unknown_field"},
    {"{\"aNint32\":1}", "aNint32", "unknown_field"},
    {"{\"inner\":{\"x\":null}}", "inner.x", "unknown_field"},
    {"{\"a_string\":\"a\",\"aString\":\"b\"}", "a_string", "duplicate"},
    {"{\"anInt32\":2147483648}", "an_int32", "range"},
    {"{\"anInt32\":-2147483649}", "an_int32", "range"},
    {"{\"anInt32\":\"9999999999999999999999\"}", "an_int32", "range"},
    {"{\"aUint32\":-1}", "a_uint32", "range"},
    {"{\"aUint64\":\"18446744073709551616\"}", "a_uint64", "range"},
    {"{\"aUint64\":1e30}", "a_uint64", "range"},
    {"{\"anInt64\":\"9223372036854775808\"}", "an_int64", "range"},
    {"{\"anInt32\":1.5}", "an_int32", "type"},
    {"{\"anInt32\":\"\"}", "an_int32", "type"},
    {"{\"anInt32\":\"-\"}", "an_int32", "type"},
    {"{\"anInt32\":\" 1\"}", "an_int32", "type"},
    {"{\"anInt32\":\"0x1\"}", "an_int32", "type"},
    {"{\"anInt32\":true}", "an_int32", "type"},
    {"{\"anInt32\":[1]}", "an_int32", "type"},
    {"{\"aFloat\":1e39}", "a_float", "range"},
    {"{\"aDouble\":\"1e999\"}", "a_double", "range"},
    {"{\"aDouble\":\"\"}", "a_double", "type"},
    {"{\"aDouble\":\"nan\"}", "a_double", "type"},
    {"{\"aDouble\":\"1.5x\"}", "a_double", "type"},
    {"{\"aDouble\":\"1.5e\"}", "a_double", "type"},
    {"{\"aDouble\":{}}", "a_double", "type"},
    {"{\"aBool\":1}", "a_bool", "type"},
    {"{\"aBool\":\"true\"}", "a_bool", "type"},
    {"{\"aColour\":\"GREEN\"}", "a_colour", "enum"},
    {"{\"aColour\":\"red\"}", "a_colour", "enum"},
    {"{\"aColour\":2}", "a_colour", "enum"},
    {"{\"aColour\":true}", "a_colour", "type"},
    {"{\"colours\":[\"RED\",\"\"]}", "colours[1]", "enum"},
    {"{\"aString\":1}", "a_string", "type"},
    {"{\"someBytes\":\"A\"}", "some_bytes", "base64"},
    {"{\"someBytes\":\"AA=\"}", "some_bytes", "base64"},
    {"{\"someBytes\":\"AAA*\"}", "some_bytes", "base64"},
    {"{\"someBytes\":\"AA==AA==\"}", "some_bytes", "base64"},
    {"{\"someBytes\":1}", "some_bytes", "type"},
    {"{\"inner\":[]}", "inner", "type"},
    {"{\"inner\":{\"memberCount\":-1}}", "inner.member_count", "range"},
    {"{\"inners\":{}}", "inners", "type"},
    {"{\"inners\":[{},null]}", "inners[1]", "type"},
    {"{\"inners\":[{},{\"name\":5}]}", "inners[1].name", "type"},
    {"{\"strings\":\"a\"}", "strings", "type"},
    {"{\"int32s\":[1,2,\"x\"]}", "int32s[2]", "type"},
    {"{\"byName\":[]}", "by_name", "type"},
    {"{\"byName\":{\"a\":1}}", "by_name.a", "type"},
    {"{\"byName\":{\"a\":null}}", "by_name.a", "type"},
    {"{\"byNumber\":{\"x\":\"\"}}", "by_number.x", "type"},
    {"{\"byNumber\":{\"2147483648\":\"\"}}", "by_number.2147483648", "range"},
    {"{\"byBool\":{\"yes\":1}}", "by_bool.yes", "type"},
    {"{\"chosenText\":\"a\",\"chosenNumber\":1}", "chosen_number", "oneof"},
    {"{\"moment\":\"2026-03-01\"}", "moment", "timestamp"},
    {"{\"moment\":0}", "moment", "type"},
    {"{\"mask\":\"a,,b\"}", "mask", "type"},
    {"{\"mask\":\"a,\"}", "mask", "type"},
    {"{\"mask\":[\"a\"]}", "mask", "type"},
    {"{\"anything\":[]}", "anything", "type"},
    {"{\"anything\":{\"name\":\"a\"}}", "anything.@type", "type"},
    {"{\"anything\":{\"@type\":7}}", "anything.@type", "type"},
    {"{\"anything\":{\"@type\":\"x/jusha.registry.v1.Unit\",\"value\":1}}", "anything.value",
     "unknown_field"},
    {"{\"anything\":{\"@type\":\"x/no.Such\",\"value\":\"*\"}}", "anything.value", "base64"},
    {"{\"anything\":{\"@type\":\"x/no.Such\"}}", "anything.value", "type"},
    {"{\"anything\":{\"@type\":\"x/no.Such\",\"value\":\"\",\"a\":1}}", "anything",
     "unknown_field"},
    {"{\"anything\":{\"@type\":\"x/google.protobuf.Timestamp\",\"value\":\"x\"}}", "anything.value",
     "timestamp"},
};

static void refuses_wrong_input_with_path_and_rule(void **state)
{
    void *memory = talloc_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof bad_inputs / sizeof bad_inputs[0]; i++) {
        struct violations violations = {0};
        ProtobufCMessage *message = NULL;
        if (json_parse(memory, &test__every_type__descriptor, bad_inputs[i].text, &violations,
                       &message) != STATUS_INVALID_ARGUMENT)
            fail_msg("took %s", bad_inputs[i].text);
        assert_null(message);
        assert_int_equal(violations.count, 1);
        const struct violation *first = &violations.item[0];
        if (strcmp(first->field, bad_inputs[i].field) != 0 ||
            strcmp(first->rule, bad_inputs[i].rule) != 0)
            fail_msg("%s: %s %s", bad_inputs[i].text, first->field, first->rule);
    }
    talloc_free(memory);
}

/* Replies carry the path of a violation, and must stay valid whatever the caller's keys are. */
static void cuts_long_keys_in_paths_at_a_character(void **state)
{
    void *memory = talloc_new(NULL);

    (void)state;
    for (int shift = 0; shift < 3; shift++) {
        struct violations violations = {0};
        ProtobufCMessage *message;
        char *key = mem_printf(memory, "%.*s", shift, "xx");
        for (int i = 0; i < 100; i++)
            key = mem_printf(memory, "%s聚", key);
        assert_int_equal(json_parse(memory, &test__every_type__descriptor,
                                    mem_printf(memory, "{\"%s\":1}", key), &violations, &message),
                         STATUS_INVALID_ARGUMENT);
        const char *field = violations.item[0].field;
        assert_in_range(strlen(field), 98, 100);
        assert_memory_equal(field, key, strlen(field));
        assert_null(u8_check((const uint8_t *)field, strlen(field)));
    }
    talloc_free(memory);
}

/* {"self":{"self":…{}…}} with `levels` messages in all. */
static const char *nested(const void *parent, int levels)
{
    char *text = mem_text(parent, "{}");

    for (int i = 1; i < levels; i++)
        text = mem_printf(parent, "{\"self\":%s}", text);
    return text;
}

static void refuses_messages_nested_too_deeply(void **state)
{
    static const char shallow[] = "{\"@type\":\"x/google.protobuf.Any\",\"value\":{}}";
    void *memory = talloc_new(NULL);
    char *anys = mem_text(memory, shallow);
    struct violations violations = {0};
    ProtobufCMessage *message;

    (void)state;
    assert_int_equal(json_parse(memory, &test__every_type__descriptor,
                                nested(memory, JSON_DEPTH_MAX), &violations, &message),
                     STATUS_OK);
    assert_int_equal(json_parse(memory, &test__every_type__descriptor,
                                nested(memory, JSON_DEPTH_MAX + 1), &violations, &message),
                     STATUS_INVALID_ARGUMENT);
    assert_string_equal(violations.item[0].rule, "depth");
    for (int i = 0; i < 100; i++)
        anys = mem_printf(memory, "{\"@type\":\"x/google.protobuf.Any\",\"value\":%s}", anys);
    assert_int_equal(
        json_parse(memory, &google__protobuf__any__descriptor, anys, &violations, &message),
        STATUS_INVALID_ARGUMENT);
    assert_string_equal(violations.item[1].rule, "depth");
    assert_int_equal(json_parse(memory, &test__every_type__descriptor, nested(memory, 1500),
                                &violations, &message),
                     STATUS_INVALID_ARGUMENT);
    talloc_free(memory);
}

/* Bytes from outside may hold an Any in an Any in an Any …: writing must end. */
static void writes_deep_anys_without_end_as_base64(void **state)
{
    void *memory = talloc_new(NULL);
    Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;

    (void)state;
    for (int i = 0; i < 200; i++) {
        Google__Protobuf__Any outer = GOOGLE__PROTOBUF__ANY__INIT;
        outer.type_url = (char *)"x/google.protobuf.Any";
        outer.value = wire_pack(memory, &any.base);
        any = outer;
    }
    char *text = json_text(memory, &any.base);
    int depth = 0;
    for (const char *c = text; (c = strstr(c, "@type")); c++)
        depth++;
    assert_in_range(depth, 2, JSON_DEPTH_MAX + 1);
    talloc_free(memory);
}

static void takes_messages_that_were_never_valid_json(void **state)
{
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Test__EveryType__ByNameEntry entry = TEST__EVERY_TYPE__BY_NAME_ENTRY__INIT;
    Test__EveryType__ByNameEntry *entries[] = {&entry, &entry};
    Test__EveryType message = TEST__EVERY_TYPE__INIT;

    (void)state;
    time.seconds = INT64_MAX; /* beyond the year 9999 */
    entry.key = (char *)"k";  /* and no value */
    message.moment = &time;
    message.n_by_name = 2; /* one key twice: the last counts */
    message.by_name = entries;
    message.a_colour = (Test__Colour)77;
    char *text = json_text(NULL, &message.base);
    assert_string_equal(text, "{\"aColour\":77,\"byName\":{\"k\":{}},\"moment\":null}");
    talloc_free(text);
}

static void shows_an_event_as_subscribers_read_it(void **state)
{
    static const char event[] =
        "{\"id\":\"01890a5d-ac96-774b-bcce-b302099a8057\",\"source\":\"/streets/xiasha/registry\","
        "\"specVersion\":\"1.0\",\"type\":\"jusha.registry.v1.UnitRegistered\",\"attributes\":{"
        "\"subject\":{\"ceString\":\"u\"},\"time\":{\"ceTimestamp\":\"2026-03-01T08:00:00Z\"}},"
        "\"protoData\":{\"@type\":\"type.googleapis.com/jusha.registry.v1.UnitRegistered\","
        "\"unit\":{\"unitId\":\"u\",\"kind\":\"UNIT_KIND_BANK\",\"revision\":1}}}";
    struct violations violations = {0};
    ProtobufCMessage *message;
    void *memory = talloc_new(NULL);

    (void)state;
    assert_int_equal(
        json_parse(memory, &journal__cloud_event__descriptor, event, &violations, &message),
        STATUS_OK);
    assert_string_equal(json_text(memory, message), event);
    talloc_free(memory);
}

/* Equal when they pack to the same bytes: the mapping keeps every field and the order of
 * entries. */
static void check_there_and_back(const ProtobufCMessageDescriptor *type, struct random *random)
{
    void *memory = talloc_new(NULL);
    struct violations violations = {0};
    ProtobufCMessage *message = random_message(memory, random, type, 3), *back;
    char *text = json_text(memory, message);

    assert_null(strchr(text, '\n'));
    if (json_parse(memory, type, text, &violations, &back) != STATUS_OK)
        fail_msg("%s: %s %s", type->name, violations.item[0].message, text);
    ProtobufCBinaryData before = wire_pack(memory, message), after = wire_pack(memory, back);
    if (before.len != after.len || memcmp(before.data, after.data, after.len) != 0)
        fail_msg("%s: %s became %s", type->name, text, json_text(memory, back));
    talloc_free(memory);
}

static void brings_random_messages_of_every_type_there_and_back(void **state)
{
    struct random random = random_start(20260322);

    (void)state;
    for (int i = 0; i < 20; i++) {
        for (const ProtobufCMessageDescriptor *const *type = types_messages; *type; type++)
            check_there_and_back(*type, &random);
        check_there_and_back(&test__every_type__descriptor, &random);
    }
}

/* A message from JSON owns its parts like one from the wire. */
static void owns_all_parts_of_a_message(void **state)
{
    void *memory = talloc_new(NULL), *elsewhere = talloc_new(NULL);
    struct violations violations = {0};
    ProtobufCMessage *message;

    (void)state;
    assert_int_equal(json_parse(memory, &test__every_type__descriptor,
                                "{\"inner\":{\"name\":\"a\"},\"strings\":[\"b\"],\"mask\":\"c\"}",
                                &violations, &message),
                     STATUS_OK);
    talloc_steal(elsewhere, message);
    talloc_free(memory);
    char *text = json_text(elsewhere, message);
    assert_string_equal(text, "{\"inner\":{\"name\":\"a\"},\"strings\":[\"b\"],\"mask\":\"c\"}");
    talloc_free(elsewhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_it_read_in_the_standard_form),
        cmocka_unit_test(refuses_wrong_input_with_path_and_rule),
        cmocka_unit_test(cuts_long_keys_in_paths_at_a_character),
        cmocka_unit_test(refuses_messages_nested_too_deeply),
        cmocka_unit_test(writes_deep_anys_without_end_as_base64),
        cmocka_unit_test(takes_messages_that_were_never_valid_json),
        cmocka_unit_test(shows_an_event_as_subscribers_read_it),
        cmocka_unit_test(brings_random_messages_of_every_type_there_and_back),
        cmocka_unit_test(owns_all_parts_of_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
