/* SPDX-License-Identifier: Apache-2.0 */
/* test_text_form.c - the forms of text, as tables of what was written and what becomes of it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>
#include <unistr.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "libcommon/base/text_form.h"

#define FORTY "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"

typedef char *form(const void *parent, char *text);

struct pair {
    const char *text, *becomes;
};

static void check_pairs(form *put, const struct pair *pairs, size_t count)
{
    void *memory = talloc_new(NULL);

    for (size_t i = 0; i < count; i++) {
        char *becomes = put(memory, mem_text(memory, pairs[i].text));
        if (strcmp(becomes, pairs[i].becomes) != 0)
            fail_msg("case %zu: '%s' became '%s'", i, pairs[i].text, becomes);
        assert_ptr_equal(put(memory, becomes), becomes); /* it stays what it is */
    }
    talloc_free(memory);
}
#define CHECK_PAIRS(put, pairs) check_pairs(put, pairs, sizeof(pairs) / sizeof(pairs)[0])

static void makes_one_line_of_what_is_shown(void **state)
{
    static const struct pair pairs[] = {
        {"  a b  ", "a b"},
        {" \t\r\n\v\f", ""},
        {"\u3000聚沙\u00a0\u2003", "聚沙"}, /* ideographic, no-break and em space */
        {"\xc2\x85x\u2028", "x"},
        {"e\u0301", "é"},
        {"沙 \u0301", "沙 \u0301"},
        /* what is shown stays as it was written */
        {"己（杭州）公司", "己（杭州）公司"},
        {"①", "①"},
        {"ＡＢＣ１２３", "ＡＢＣ１２３"},
        {"ｶﾞﬁ", "ｶﾞﬁ"},
        {"张\u3000三", "张\u3000三"},
        {"a  b", "a  b"},
        /* spaces that are none to the eye, and line ends */
        {"a\u00a0b", "a b"},
        {"聚\r\n沙", "聚 沙"},
        {"a\t\tb\nc", "a b c"},
        {"聚\u2028沙\u205fb", "聚 沙 b"},
        /* invisible */
        {"Ze\u200bta", "Zeta"},
        {"\ufeffZeta\u00ad", "Zeta"},
        {"\u202eZeta\u202c", "Zeta"},
        {"Zeta\u2800\u3164\uffa0\u115f", "Zeta"},
        {"聚\u2060沙\u180e\u034f", "聚沙"},
        {"葛\U000e0100", "葛"},
        {"a\u2066b\u2069\u061c", "ab"},
        {"\ufff9注\ufffb", "注"},
        {"e\u200d\u0301", "é"}, /* what joins is composed */
        {"a \u200b b", "a  b"},
        /* nothing can be seen */
        {"\u200b", ""},
        {"\u00ad\u2800 \u3164\u202e\ufeff", ""},
        {"\u0301", ""},
        {" \u3000", ""},
        /* controls stay, to be refused */
        {"\x01", "\x01"},
        {"a\x1b[0m", "a\x1b[0m"},
    };

    (void)state;
    CHECK_PAIRS(text_line, pairs);
}

static void keeps_lines_and_joiners_of_long_text(void **state)
{
    static const struct pair pairs[] = {
        {" a\r\nb\rc\n ", "a\nb\nc"},
        {"a\r\n\r\nb\tc", "a\n\nb\tc"},
        {"👨\u200d👩\u200d👧 ❤\ufe0f", "👨\u200d👩\u200d👧 ❤\ufe0f"},
        {"می\u200cخواهم", "می\u200cخواهم"},
        {"e\u0301①（", "é①（"},
        {"a\u202eb", "a\u202eb"}, /* to be refused */
        {"\u200b\n\u2800", ""},
    };

    (void)state;
    CHECK_PAIRS(text_lines, pairs);
}

static void makes_codes_of_full_width_characters(void **state)
{
    static const struct pair pairs[] = {
        {" ９１３３０１ＭＡ ", "913301MA"},
        {"\u202d138\u202c", "138"},
        {"２０２６－０３－０１", "2026-03-01"},
        {"（0571）", "(0571)"},
        {"①", "1"},
        {"\uf900", "豈"}, /* compatibility ideograph */
        {"\u200b", ""},
    };

    (void)state;
    CHECK_PAIRS(text_code, pairs);
}

static char *key(const void *parent, char *text)
{
    char *made = text_key(parent, text);

    return strcmp(made, text) == 0 ? text : made;
}

static void folds_names_to_what_they_are_equal_by(void **state)
{
    static const struct pair pairs[] = {
        {"ABC商贸", "abc商贸"},
        {"ＡＢＣ商贸", "abc商贸"},
        {"abc", "abc"},
        {"聚沙", "聚沙"},
        {"己（杭州）公司", "己(杭州)公司"},
        {"①号", "1号"},
        {"STRASSE ﬁ", "strasse fi"},
        {"straße ΣΑΣ", "strasse σασ"},
        {"Ze\u200bta\u3164", "zeta"},
        {"张\u3000三", "张 三"},
        {"a  B\u00a0\u00a0c", "a b c"},
        {"ｶﾞ", "ガ"},
        {"E\u0301", "é"},
        {"\u2126", "ω"},
        {"\u0130", "i\u0307"},
        {"", ""},
        {"\u200b", ""},
    };

    (void)state;
    CHECK_PAIRS(key, pairs);
}

static void makes_no_key_longer_than_an_index_holds(void **state)
{
    void *memory = talloc_new(NULL);
    char *text = mem_text(memory, "a");

    (void)state;
    for (int i = 0; i < 120; i++)
        text = mem_check(talloc_strdup_append_buffer(text, "\ufdfa")); /* 18 characters each */
    char *bounded = text_key(memory, text);
    assert_in_range(strlen(bounded), TEXT_KEY_BYTES - 4, TEXT_KEY_BYTES);
    assert_true(text_characters(bounded, strlen(bounded)) > 0);
    assert_string_equal(text_key(memory, bounded), bounded);
    talloc_free(memory);
}

/* To the next that is looked at. Planes of ideographs and such where nothing is assigned hold a
 * hundred thousand that are alike: of those, ops/test --long takes them all. */
static ucs4_t next_character(ucs4_t character)
{
    static const bool is_varied[17] = {[0] = true, [1] = true, [14] = true};

    return character + (is_varied[character >> 16] || getenv("JUSHA_TEST_WHOLE") ? 1 : 61);
}

/* Whatever one character it is: a form and a key are their own, and what is shown has the key of
 * what was written. */
static void settles_every_character(void **state)
{
    void *memory = talloc_new(NULL);
    form *const forms[] = {text_line, text_lines, text_code, key};

    (void)state;
    for (ucs4_t character = 1; character <= 0x10FFFF; character = next_character(character)) {
        char text[16] = "a";
        int size = u8_uctomb((uint8_t *)text + 1, character, 8);
        if (size < 0)
            continue; /* surrogates */
        memcpy(text + 1 + size, "B", 2);
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
            char *first = forms[i](memory, text);
            if (forms[i](memory, first) != first)
                fail_msg("U+%04X is not settled by form %zu", (unsigned)character, i);
        }
        assert_string_equal(text_key(memory, text_line(memory, text)), text_key(memory, text));
        if (character % 64 == 0)
            talloc_free_children(memory);
    }
    talloc_free(memory);
}

static void returns_the_text_itself_when_nothing_changes(void **state)
{
    static const char *const texts[] = {"",  "a",          "a b", FORTY, "杭州联合银行",
                                        "é", "金沙湖 A座", "、。"};
    void *memory = talloc_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *text = (char *)texts[i];
        assert_ptr_equal(text_line(memory, text), text);
        assert_ptr_equal(text_lines(memory, text), text);
    }
    assert_int_equal(talloc_total_blocks(memory), 1);
    talloc_free(memory);
}

/* The forms leave these to nobody: libunistring must agree for each of them. */
static void agrees_that_common_ideographs_are_normal(void **state)
{
    (void)state;
    for (ucs4_t character = 0x4E00; character <= 0x9FFF; character++) {
        uint8_t text[16] = "a", normal[32];
        size_t bytes = 1 + (size_t)u8_uctomb(text + 1, character, 8), normal_bytes = sizeof normal;
        text[bytes++] = 'b';
        assert_ptr_equal(u8_normalize(UNINORM_NFKC, text, bytes, normal, &normal_bytes), normal);
        assert_int_equal(normal_bytes, bytes);
        assert_memory_equal(normal, text, bytes);
    }
}

static void normalises_text_longer_than_its_buffer(void **state)
{
    enum { COUNT = 2000 };
    void *memory = talloc_new(NULL);
    char *text = mem_text(memory, " ");

    (void)state;
    for (int i = 0; i < COUNT; i++)
        text = mem_check(talloc_strdup_append_buffer(text, "\ufdfa")); /* becomes 18 characters */
    char *code = text_code(memory, text);
    assert_int_equal(text_characters(code, strlen(code)), COUNT * 18);
    char *line = text_line(memory, text);
    assert_int_equal(text_characters(line, strlen(line)), COUNT);
    talloc_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_one_line_of_what_is_shown),
        cmocka_unit_test(keeps_lines_and_joiners_of_long_text),
        cmocka_unit_test(makes_codes_of_full_width_characters),
        cmocka_unit_test(folds_names_to_what_they_are_equal_by),
        cmocka_unit_test(makes_no_key_longer_than_an_index_holds),
        cmocka_unit_test(settles_every_character),
        cmocka_unit_test(returns_the_text_itself_when_nothing_changes),
        cmocka_unit_test(agrees_that_common_ideographs_are_normal),
        cmocka_unit_test(normalises_text_longer_than_its_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
