/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_wire.c - bytes from outside: tables of bad ones, and every cut and changed byte of good ones
 *
 * EveryType (every_type.proto) has a field of each kind. Bytes stand in tables as hex; a copy of
 * exactly their size is checked, so that a sanitizer sees any reading beyond the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "every_type.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"
#include "random_message.h"
#include "registry_unit.pb-c.h"

struct bytes {
    size_t size;
    uint8_t *data; /* malloc */
};

static struct bytes from_hex(const char *hex)
{
    struct bytes bytes = {0, malloc(strlen(hex) / 2 + 1)};

    for (; *hex; hex++) {
        unsigned value;
        if (*hex == ' ')
            continue;
        assert_int_equal(sscanf(hex, "%2x", &value), 1);
        bytes.data[bytes.size++] = (uint8_t)value;
        hex++;
    }
    bytes.data = realloc(bytes.data, bytes.size + !bytes.size);
    return bytes;
}

static void check_hex(const char *hex, const char *field, const char *rule)
{
    void *memory = talloc_new(NULL);
    struct violations violations = {0};
    struct bytes bytes = from_hex(hex);
    ProtobufCMessage *message = NULL;
    enum status status = wire_unpack(memory, &test__every_type__descriptor, bytes.data, bytes.size,
                                     &violations, &message);
    const struct violation *first = &violations.item[0];

    if (status != (rule ? STATUS_INVALID_ARGUMENT : STATUS_OK))
        fail_msg("'%s': %s", hex, violations.count ? first->message : "taken");
    assert_true((message != NULL) == (rule == NULL));
    assert_int_equal(violations.count, rule != NULL);
    if (rule && (strcmp(first->rule, rule) != 0 || strcmp(first->field, field) != 0))
        fail_msg("'%s': %s %s", hex, first->rule, first->field);
    free(bytes.data);
    talloc_free(memory);
}

static void takes_what_protobuf_allows(void **state)
{
    static const char *const good[] = {
        "",
        "08 01",
        "08 ffffffffffffffffff01",     /* int32 -1 */
        "38 ffffffff0f",               /* uint32, largest */
        "38 ffffffffffffffffff01",     /* uint32 overlong: cut to 32 bits */
        "38 80808080808080808000",     /* a zero of ten bytes */
        "68 ff7f",                     /* bool: any varint */
        "70 05",                       /* enum */
        "7a 06 e8819ae6b299",          /* string: two ideographs */
        "8201 03 00ff80",              /* bytes may hold anything */
        "8a01 00",                     /* empty message */
        "8a01 02 1001 8a01 03 0a0161", /* a message twice: merged */
        "aa01 03 010203 a801 04",      /* packed, then one unpacked */
        "aa01 00",                     /* packed, empty */
        "ba01 08 0100000002000000",    /* packed fixed32 */
        "d201 03 010500",              /* packed enums */
        "d001 05",                     /* an unpacked enum of a repeated field */
        "fa01 07 0a0161 1202 1001",    /* an entry of a map */
        "fa01 00",                     /* an entry without key and value */
        "ca02 0161 d002 05",           /* oneof: the later one wins */
        "da02 03 0a0161 ca02 0161 da02 02 1001",
        "faffffff0f 01 61", /* the largest field number */
        "88808000 01",      /* a tag of more bytes than it needs */
        "a006 01 a106 0102030405060708 a206 02 ffff a506 01020304", /* unknown fields */
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        check_hex(good[i], "", NULL);
}

static const struct {
    const char *hex, *field, *rule;
} malformed[] = {
    {"08", "an_int32", "wire_format"},
    {"08 80", "an_int32", "wire_format"},
    {"08 ffffffffffffffffff02", "an_int32", "wire_format"},   /* 65 bits */
    {"08 8080808080808080808000", "an_int32", "wire_format"}, /* eleven bytes */
    {"88", "", "wire_format"},
    {"00 01", "", "wire_format"},            /* field 0 */
    {"80808080 10 01", "", "wire_format"},   /* field 2^29 */
    {"8880808080 00 01", "", "wire_format"}, /* a tag of six bytes */
    {"5d 010203", "a_float", "wire_format"},
    {"61 01020304050607", "a_double", "wire_format"},
    {"7a 02 61", "a_string", "wire_format"},
    {"7a", "a_string", "wire_format"},
    {"7a ffffffffffffffffff01", "a_string", "wire_format"}, /* length 2^64 - 1 */
    {"7a ffffffff0f", "a_string", "wire_format"},
    {"8a01 02 0a01", "inner.name", "wire_format"},
    {"8a01 01 0a", "inner.name", "wire_format"},
    {"8a01 05 0a01611080", "inner.member_count", "wire_format"},
    {"a306 a406", "", "wire_format"}, /* groups */
    {"8b01 8c01", "inner", "wire_type"},
    {"a606", "", "wire_format"},
    {"a706", "", "wire_format"},
    {"a206 02 ff", "", "wire_format"},
    {"a006 ff", "", "wire_format"},
    {"a106 01", "", "wire_format"},
    {"a506 010203", "", "wire_format"},
    {"aa01 02 0180", "int32s[0]", "wire_format"},
    {"a801 01 aa01 03 010280", "int32s[1]", "wire_format"},
    {"ba01 05 0100000002", "fixed32s[0]", "wire_format"},
    {"0d 01000000", "an_int32", "wire_type"},
    {"0a 01 01", "an_int32", "wire_type"}, /* packed, of no repeated field */
    {"78 01", "a_string", "wire_type"},
    {"8801 01", "inner", "wire_type"},
    {"d801 01", "strings[0]", "wire_type"},
    {"da01 01 61 d801 01", "strings[1]", "wire_type"},
    {"50 01", "a_fixed64", "wire_type"},
    {"5801", "a_float", "wire_type"},
    {"7a 01 ff", "a_string", "utf8"},
    {"7a 02 c080", "a_string", "utf8"},
    {"7a 03 eda080", "a_string", "utf8"},
    {"7a 05 e8819ae6b2", "a_string", "utf8"},
    {"7a 03 610062", "a_string", "nul"},
    {"da01 01 61 da01 01 62 da01 01 00", "strings[2]", "nul"},
    {"8a01 03 0a01ff", "inner.name", "utf8"},
    {"ea01 00 ea01 03 0a01ff", "inners[1].name", "utf8"},
    {"fa01 03 0a01ff", "by_name[0].key", "utf8"},
    {"fa01 05 12030a01ff", "by_name[0].value.name", "utf8"},
    {"ca02 01 ff", "chosen_text", "utf8"},
    {"faffffff0f 01 ff", "far_away", "utf8"},
    {"70 02", "a_colour", "enum"},
    {"70 ffffffffffffffffff01", "a_colour", "enum"},
    {"d201 03 010502", "colours[2]", "enum"},
    {"d201 02 0105 d001 00 d001 07", "colours[3]", "enum"},
    {"d201 02 8100 d201 02 0103", "colours[2]", "enum"},
    {"9202 02 1063", "colour_of[0].value", "enum"},
};

static void refuses_what_is_malformed(void **state)
{

    (void)state;
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
        check_hex(malformed[i].hex, malformed[i].field, malformed[i].rule);
}

/* EveryType within EveryType, `levels` messages in all. */
static enum status check_nested(int levels, struct violations *violations)
{
    void *memory = talloc_new(NULL);
    struct bytes packed = {0, NULL};

    for (int i = 1; i < levels; i++) {
        struct bytes outer = {0, malloc(packed.size + 8)};
        size_t rest = packed.size;
        outer.data[outer.size++] = 0x92;
        outer.data[outer.size++] = 0x01;
        for (; rest > 0x7F; rest >>= 7)
            outer.data[outer.size++] = (uint8_t)(rest | 0x80);
        outer.data[outer.size++] = (uint8_t)rest;
        if (packed.size > 0)
            memcpy(outer.data + outer.size, packed.data, packed.size);
        outer.size += packed.size;
        free(packed.data);
        packed = outer;
    }
    enum status status =
        wire_check(memory, &test__every_type__descriptor, packed.data, packed.size, violations);
    free(packed.data);
    talloc_free(memory);
    return status;
}

static void refuses_messages_nested_too_deeply(void **state)
{
    struct violations violations = {0};

    (void)state;
    assert_int_equal(check_nested(WIRE_DEPTH_MAX, &violations), STATUS_OK);
    assert_int_equal(check_nested(WIRE_DEPTH_MAX + 1, &violations), STATUS_INVALID_ARGUMENT);
    assert_string_equal(violations.item[0].rule, "depth");
    violations.count = 0;
    assert_int_equal(check_nested(5000, &violations), STATUS_INVALID_ARGUMENT);
    assert_string_equal(violations.item[0].rule, "depth");
}

static void refuses_too_many_elements(void **state)
{
    static const struct {
        const char *what;
        const ProtobufCMessageDescriptor *type;
        uint8_t piece[3];
        size_t piece_bytes, pieces;
        const char *rule;
    } cases[] = {
        {"scalars", &test__every_type__descriptor, {0x08, 0x01}, 2, WIRE_ELEMENTS_MAX, NULL},
        {"scalars",
         &test__every_type__descriptor,
         {0x08, 0x01},
         2,
         WIRE_ELEMENTS_MAX + 1,
         "elements"},
        {"unknown",
         &test__every_type__descriptor,
         {0xa0, 0x06, 0x01},
         3,
         WIRE_ELEMENTS_MAX + 1,
         "elements"},
        {"empty messages",
         &test__every_type__descriptor,
         {0xea, 0x01, 0x00},
         3,
         WIRE_ELEMENTS_MAX,
         NULL},
        {"more memory than 40 x size",
         &registry__batch_get_units_response__descriptor,
         {0x0a, 0x00},
         2,
         WIRE_ELEMENTS_MAX,
         "elements"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        void *memory = talloc_new(NULL);
        struct violations violations = {0};
        ProtobufCMessage *message;
        size_t size = cases[i].piece_bytes * cases[i].pieces;
        uint8_t *data = malloc(size);

        for (size_t j = 0; j < size; j++)
            data[j] = cases[i].piece[j % cases[i].piece_bytes];
        enum status status = wire_unpack(memory, cases[i].type, data, size, &violations, &message);
        if ((status == STATUS_OK) != (cases[i].rule == NULL))
            fail_msg("%s of %zu", cases[i].what, cases[i].pieces);
        if (cases[i].rule)
            assert_string_equal(violations.item[0].rule, cases[i].rule);
        assert_true(talloc_total_size(memory) < (size_t)13 * 1024 * 1024);
        free(data);
        talloc_free(memory);
    }
}

static void counts_packed_elements_too(void **state)
{
    static uint8_t data[5 + WIRE_ELEMENTS_MAX] = {0xca, 0x01, 0xa0, 0x9c, 0x01}; /* 20000 bools */
    void *memory = talloc_new(NULL);
    struct violations violations = {0};

    (void)state;
    assert_int_equal(
        wire_check(memory, &test__every_type__descriptor, data, sizeof data, &violations),
        STATUS_INVALID_ARGUMENT);
    assert_string_equal(violations.item[0].rule, "elements");
    talloc_free(memory);
}

/* ---- every cut and every changed byte ---- */

/* Whatever is taken must pack again, and those bytes must be taken too. */
static bool survives(const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t size)
{
    void *memory = talloc_new(NULL);
    struct violations violations = {0};
    ProtobufCMessage *message = NULL, *again = NULL;
    uint8_t *exact = malloc(size + !size);

    memcpy(exact, data, size);
    enum status status = wire_unpack(memory, type, exact, size, &violations, &message);
    free(exact); /* the message must not point into it */
    assert_int_equal(violations.count, status != STATUS_OK);
    if (status == STATUS_OK) {
        ProtobufCBinaryData packed = wire_pack(memory, message);
        assert_int_equal(wire_unpack(memory, type, packed.data, packed.len, &violations, &again),
                         STATUS_OK);
        ProtobufCBinaryData packed_again = wire_pack(memory, again);
        assert_int_equal(packed.len, packed_again.len);
        assert_memory_equal(packed.data, packed_again.data, packed.len);
    }
    talloc_free(memory);
    return status == STATUS_OK;
}

static size_t cut_and_change(const ProtobufCMessageDescriptor *type, const uint8_t *data,
                             size_t size)
{
    static const uint8_t flips[] = {0x01, 0x02, 0x04, 0x07, 0x08, 0x40, 0x80, 0xff};
    uint8_t *changed = malloc(size + !size);
    size_t refused = 0;

    for (size_t length = 0; length <= size; length++)
        refused += !survives(type, data, length);
    memcpy(changed, data, size);
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < sizeof flips; j++) {
            changed[i] = data[i] ^ flips[j];
            refused += !survives(type, changed, size);
            changed[i] = data[i];
        }
    free(changed);
    return refused;
}

static void survives_every_cut_and_changed_byte(void **state)
{
    enum { MESSAGES = 3, BYTES = 1500 };
    struct random random = random_start(20260301);
    size_t refused = 0;

    (void)state;
    for (const ProtobufCMessageDescriptor *const *type = types_messages; *type; type++)
        for (int i = 0; i < MESSAGES; i++) {
            void *memory = talloc_new(NULL);
            ProtobufCBinaryData packed =
                wire_pack(memory, random_message(memory, &random, *type, 3));
            assert_true(survives(*type, packed.data, packed.len));
            if (packed.len <= BYTES)
                refused += cut_and_change(*type, packed.data, packed.len);
            talloc_free(memory);
        }
    for (int i = 0; i < MESSAGES; i++) {
        void *memory = talloc_new(NULL);
        const ProtobufCMessageDescriptor *type = &test__every_type__descriptor;
        ProtobufCBinaryData packed = wire_pack(memory, random_message(memory, &random, type, 1));
        refused += cut_and_change(type, packed.data, packed.len);
        talloc_free(memory);
    }
    assert_true(refused > 10000);
}

/* ---- times ---- */

/* memory holds the violations. */
static enum status check_moment(void *memory, int64_t seconds, int32_t nanos,
                                struct violations *violations)
{
    Test__EveryType every = TEST__EVERY_TYPE__INIT;
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    time.seconds = seconds;
    time.nanos = nanos;
    every.moment = &time;
    ProtobufCBinaryData packed = wire_pack(memory, &every.base);
    return wire_check(memory, every.base.descriptor, packed.data, packed.len, violations);
}

static void takes_times_of_the_contracts_years_only(void **state)
{
    static const struct {
        int64_t seconds;
        int32_t nanos;
        bool good;
    } cases[] = {
        {0, 0, true},
        {7258118399, 999999999, true}, /* 2199-12-31T23:59:59.999999999Z */
        {7258118400, 0, false},
        {-1, 999999999, false},
        {253402300799, 0, false}, /* the last second of the year 9999 */
        {-62135596800, 0, false},
        {INT64_MAX, 0, false},
        {INT64_MIN, 0, false},
        {0, -1, false},
        {0, 1000000000, false},
        {0, INT32_MAX, false},
        {0, INT32_MIN, false},
    };

    void *memory = talloc_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct violations violations = {0};
        enum status status = check_moment(memory, cases[i].seconds, cases[i].nanos, &violations);
        if ((status == STATUS_OK) != cases[i].good)
            fail_msg("%lld s, %d ns: %s", (long long)cases[i].seconds, cases[i].nanos,
                     cases[i].good ? "refused" : "taken");
        if (cases[i].good)
            continue;
        assert_string_equal(violations.item[0].field, "moment");
        assert_string_equal(violations.item[0].rule, "range");
    }
    talloc_free(memory);
    /* fields of a Timestamp in any order, twice, among others: the last one counts */
    check_hex("9a030a 1000 08ffffffff0f 0801", NULL, NULL);
    check_hex("9a030d 0801 1a0161 08ffffffffffff7f", "moment", "range");
}

/* ---- messages ---- */

static void owns_all_parts_of_a_message(void **state)
{
    void *memory = talloc_new(NULL), *elsewhere = talloc_new(NULL);
    struct random random = random_start(7);
    struct violations violations = {0};
    ProtobufCMessage *made = random_message(memory, &random, &test__every_type__descriptor, 3),
                     *unpacked;
    ProtobufCBinaryData packed = wire_pack(memory, made);

    (void)state;
    assert_int_equal(
        wire_unpack(memory, made->descriptor, packed.data, packed.len, &violations, &unpacked),
        STATUS_OK);
    ProtobufCMessage *copy = wire_copy(elsewhere, unpacked);
    talloc_steal(elsewhere, unpacked);
    ProtobufCBinaryData expected = wire_pack(elsewhere, copy);
    talloc_free(memory);

    ProtobufCBinaryData again = wire_pack(elsewhere, unpacked);
    assert_int_equal(again.len, expected.len);
    assert_memory_equal(again.data, expected.data, again.len);
    talloc_free(unpacked);
    talloc_free(elsewhere);
}

static void makes_empty_messages(void **state)
{
    Registry__Unit *unit = wire_new(NULL, &registry__unit__descriptor);
    ProtobufCBinaryData packed = wire_pack(unit, &unit->base);
    Registry__Unit *copy = wire_copy(unit, &unit->base);

    (void)state;
    assert_string_equal(unit->name, "");
    assert_int_equal(packed.len, 0);
    assert_string_equal(copy->name, "");
    talloc_free(unit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_protobuf_allows),
        cmocka_unit_test(refuses_what_is_malformed),
        cmocka_unit_test(refuses_messages_nested_too_deeply),
        cmocka_unit_test(refuses_too_many_elements),
        cmocka_unit_test(counts_packed_elements_too),
        cmocka_unit_test(survives_every_cut_and_changed_byte),
        cmocka_unit_test(takes_times_of_the_contracts_years_only),
        cmocka_unit_test(owns_all_parts_of_a_message),
        cmocka_unit_test(makes_empty_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
