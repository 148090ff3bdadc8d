/* SPDX-License-Identifier: Apache-2.0 */
/* test_text.c - text from outside, as tables of good and bad */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/text.h"

#define FORTY "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"

struct verdict {
    const char *text;
    bool good;
};

static void check_all(bool (*test)(const char *text), const struct verdict *verdicts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (test(verdicts[i].text) != verdicts[i].good)
            fail_msg("%s '%s'", verdicts[i].good ? "refused" : "took", verdicts[i].text);
}
#define CHECK_ALL(test, verdicts) check_all(test, verdicts, sizeof(verdicts) / sizeof(verdicts)[0])

static void counts_characters_and_not_bytes(void **state)
{
    static const struct {
        const char *text;
        size_t bytes;
        long characters;
    } cases[] = {
        {"", 0, 0},
        {"abc", 3, 3},
        {"abcdefgh", 8, 8},
        {"abcdefghi聚沙", 15, 11},
        {"聚沙abcdefgh", 14, 10},
        {"𠮷", 4, 1},
        {"e\u0301", 3, 2},
        {"a\0b", 3, -1},
        {"abcdefg\0", 8, -1},
        {"\0", 1, -1},
        {"聚\0", 4, -1},
        {"\x80", 1, -1},
        {"abcdefgh\xff", 9, -1},
        {"\xc0\x80", 2, -1},         /* NUL, too long */
        {"\xe0\x80\xaf", 3, -1},     /* '/', too long */
        {"\xed\xa0\x80", 3, -1},     /* surrogate */
        {"\xf4\x90\x80\x80", 4, -1}, /* above U+10FFFF */
        {"聚", 2, -1},               /* cut */
        {"abcdefg聚", 9, -1},        /* cut across a step of eight */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (text_characters(cases[i].text, cases[i].bytes) != cases[i].characters)
            fail_msg("case %zu: %ld", i, text_characters(cases[i].text, cases[i].bytes));
}

static void finds_control_characters(void **state)
{
    static const struct verdict verdicts[] = {
        {"", false},       {"a\tb\n聚", false}, {"\x01", true},     {"a\r", true},
        {"\x7f", true},    {"\x1b[0m", true},   {"\xc2\x80", true}, {"聚\xc2\x9f", true},
        {"\u00a0", false}, {"\xc2\x85", true},  {"é", false},
    };

    (void)state;
    CHECK_ALL(text_has_control, verdicts);
}

static void finds_what_turns_the_direction_of_writing(void **state)
{
    static const struct verdict verdicts[] = {
        {"", false},         {"a", false},        {"聚沙", false},      {"\u202eabc", true},
        {"a\u202d", true},   {"a\u2067b", true},  {"聚\u200f沙", true}, {"\u061c", true},
        {"👨\u200d👩", false}, {"a\u200bb", false},
    };

    (void)state;
    CHECK_ALL(text_has_bidi_control, verdicts);
}

static void knows_slugs(void **state)
{
    static const struct verdict verdicts[] = {
        {"xiasha", true},
        {"a1", true},
        {"a-", true},
        {"abcdefghijklmnopqrstuvwxyz-01234", true},
        {"abcdefghijklmnopqrstuvwxyz-012345", false},
        {"", false},
        {"a", false},
        {"1a", false},
        {"-a", false},
        {"Xiasha", false},
        {"xia_sha", false},
        {"xia/sha", false},
        {"xia sha", false},
        {"下沙", false},
        {"xiasha\n", false},
    };

    (void)state;
    CHECK_ALL(text_is_slug, verdicts);
}

static void knows_uuids(void **state)
{
    static const struct verdict verdicts[] = {
        {"01890a5d-ac96-774b-bcce-b302099a8057", true},
        {"01890A5D-AC96-774B-BCCE-B302099A8057", true},
        {"", false},
        {"01890a5d-ac96-774b-bcce-b302099a805", false},
        {"01890a5d-ac96-774b-bcce-b302099a80577", false},
        {"01890a5dac96774bbcceb302099a8057", false},
        {"01890a5d-ac96-774b-bcce_b302099a8057", false},
        {"01890a5d-ac96-774b-bcce-b302099a805g", false},
        {"{1890a5d-ac96-774b-bcce-b302099a8057", false},
        {"01890a5d-ac96-774b-bcce-b302099a80 7", false},
    };

    (void)state;
    CHECK_ALL(text_is_uuid, verdicts);
}

static void knows_time_zones_of_this_machine(void **state)
{
    static const struct verdict verdicts[] = {
        {"Asia/Shanghai", true},
        {"Europe/Berlin", true},
        {"UTC", true},
        {"Etc/GMT+8", true},
        {"America/Argentina/Buenos_Aires", true},
        {"", false},
        {"Asia", false},
        {"Asia/", false},
        {"Asia/Xiasha", false},
        {"asia/shanghai ", false},
        {"/Asia/Shanghai", false},
        {"/etc/localtime", false},
        {"../zoneinfo/UTC", false},
        {"Asia/../UTC", false},
        {"zone.tab", false},
        {"tzdata.zi", false},
        {"leapseconds", false},
        {"posix/UTC", false},
        {"right/UTC", false},
        {"localtime", false},
        {"posixrules", false},
        {FORTY FORTY, false},
    };

    (void)state;
    CHECK_ALL(text_is_time_zone, verdicts);
}

static void knows_days_that_exist(void **state)
{
    static const struct verdict verdicts[] = {
        {"2026-03-01", true},  {"2024-02-29", true},  {"2000-02-29", true},   {"1970-01-01", true},
        {"2199-12-31", true},  {"2100-02-29", false}, {"2023-02-29", false},  {"2026-04-31", false},
        {"2026-00-10", false}, {"2026-13-01", false}, {"2026-01-00", false},  {"2026-01-32", false},
        {"1969-12-31", false}, {"2200-01-01", false}, {"9999-12-31", false},  {"0000-01-01", false},
        {"1899-12-31", false}, {"2026-1-1", false},   {"2026/01/01", false},  {"20260101", false},
        {"", false},           {"2026-01-1", false},  {"2026-01-011", false}, {"-026-01-01", false},
        {"2026-01-0a", false}, {" 026-01-01", false},
    };

    (void)state;
    CHECK_ALL(text_is_date, verdicts);
}

static void knows_traceparents(void **state)
{
    static const struct verdict verdicts[] = {
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true},
        {"00-00000000000000000000000000000001-0000000000000001-00", true},
        {"", false},
        {"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false},
        {"00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false},
        {"00-00000000000000000000000000000000-b7ad6b7169203331-01", false},
        {"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g", false},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x", false},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0", false},
        {"00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01", false},
        {"00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01", false},
    };

    (void)state;
    CHECK_ALL(text_is_traceparent, verdicts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_characters_and_not_bytes),
        cmocka_unit_test(finds_control_characters),
        cmocka_unit_test(finds_what_turns_the_direction_of_writing),
        cmocka_unit_test(knows_slugs),
        cmocka_unit_test(knows_uuids),
        cmocka_unit_test(knows_time_zones_of_this_machine),
        cmocka_unit_test(knows_days_that_exist),
        cmocka_unit_test(knows_traceparents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
