/* SPDX-License-Identifier: Apache-2.0 */
/* test_phone.c - telephone numbers as people write and paste them, and the form that is stored */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/phone.h"
#include "libcommon/base/text_form.h"

#define MOBILE "13812345678"
#define LANDLINE "0571-86910001"
#define EXTENDED "0571-86910001-8012"

static const struct {
    const char *written, *stored;
} numbers[] = {
    {MOBILE, MOBILE},
    {"138 1234 5678", MOBILE},
    {"138-1234-5678", MOBILE},
    {"138.1234.5678", MOBILE},
    {"+8613812345678", MOBILE},
    {"+86-138-1234-5678", MOBILE},
    {"+86 138 1234 5678", MOBILE},
    {"(+86)13812345678", MOBILE},
    {"（＋８６）１３８１２３４５６７８", MOBILE},
    {"008613812345678", MOBILE},
    {"0086-138 1234 5678", MOBILE},
    {"8613812345678", MOBILE},
    {"86-13812345678", MOBILE},
    {"013812345678", MOBILE},
    {"\u202d13812345678\u202c", MOBILE},
    {"\ufeff138\u200b12345678\u00a0", MOBILE},
    {"138–1234—5678", MOBILE},
    {"13812345678转12", "13812345678-12"},
    {LANDLINE, LANDLINE},
    {"057186910001", LANDLINE},
    {"(0571)86910001", LANDLINE},
    {"（0571）８６９１０００１", LANDLINE},
    {"(0571) 8691-0001", LANDLINE},
    {"0571 8691 0001", LANDLINE},
    {"0571-8691-0001", LANDLINE},
    {"0571－86910001", LANDLINE},
    {"+86 571 86910001", LANDLINE},
    {"+86 (0)571 8691 0001", LANDLINE},
    {"+86-0571-86910001", LANDLINE},
    {"+86 (571) 86910001", LANDLINE},
    {"0086 571 86910001", LANDLINE},
    {"86-571-86910001", LANDLINE},
    {"010-65551234", "010-65551234"},
    {"+86 10 6555 1234", "010-65551234"},
    {"02165551234", "021-65551234"},
    {"0571-8691000", "0571-8691000"},
    {"0571-86910001转8012", EXTENDED},
    {"0571-86910001 转 8012", EXTENDED},
    {"0571-86910001（转8012）", EXTENDED},
    {"0571-86910001(8012)", EXTENDED},
    {"0571-86910001轉8012", EXTENDED},
    {"0571-86910001分机8012", EXTENDED},
    {"0571-86910001转分机：8012", EXTENDED},
    {"0571-86910001 ext. 8012", EXTENDED},
    {"0571-86910001 Ext8012", EXTENDED},
    {"0571-86910001 extension 8012", EXTENDED},
    {"0571-86910001x8012", EXTENDED},
    {"0571-86910001 X 8012", EXTENDED},
    {"0571-86910001#8012", EXTENDED},
    {"0571-86910001,8012", EXTENDED},
    {"0571-86910001-8012", EXTENDED},
    {"(0571)86910001-8012", EXTENDED},
    {"0571-8691-0001-8012", EXTENDED},
    {"+86-571-8691-0001-8012", EXTENDED},
    {"0571-8691000转1", "0571-8691000-1"},
    {"0571-8691000-1", "0571-8691000-1"},
    {"86910001", "86910001"},
    {"8691-0001", "86910001"},
    {"86910001-8012", "86910001-8012"},
    {"12345", "12345"},
    {"95588", "95588"},
    {"661234", "661234"},
    {"0571-12345", "0571-12345"},
    {"010 12345", "010-12345"},
    {"400-820-8820", "4008208820"},
    {"4008208820转1", "4008208820-1"},
    {"400-820-8820转12", "4008208820-12"},
    {"400820-8820", "4008208820"},
    {"80012345转12", "80012345-12"},
    {"86-910001", "86910001"},
    {"86 91 0001", "86910001"},
    {"86-910001转8012", "86910001-8012"},
    {"86-95588", "8695588"},
    {"4001234转123", "4001234-123"},
    {"950132345", "950132345"},
    {"+852 2123 4567", "+85221234567"},
    {"00852 21234567", "+85221234567"},
    {"+1 (415) 555-2671", "+14155552671"},
    {"+44 20 7946 0958 x12", "+442079460958-12"},
};

static void are_stored_in_one_form(void **state)
{
    void *memory = talloc_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char *code = text_code(memory, mem_text(memory, numbers[i].written));
        char *stored = phone_form(memory, code);
        if (!stored || strcmp(stored, numbers[i].stored) != 0) {
            fail_msg("'%s' became '%s'", numbers[i].written, stored ? stored : "nothing");
            continue;
        }
        assert_true(strlen(stored) <= PHONE_CHARS_MAX);
        assert_string_equal(phone_form(memory, stored), stored);
    }
    talloc_free(memory);
}

static void are_not_what_is_none_or_two_or_cut(void **state)
{
    static const char *const texts[] = {
        "call me",
        "1234",
        "138",
        "1381234567",
        "138123456789",
        "23812345678",
        "12012345678",
        "0571-1",
        "057186910001234567890",
        "1.38E+10",
        "1.38123E+10",
        "13812345678.5",
        "+",
        "()",
        "-",
        "转8012",
        "0571-86910001转",
        "0571-86910001转80123456",
        "0571-86910001转80a",
        "0571-86910001/86910002",
        "0571-86910001、86910002",
        "13812345678 13912345678",
        "13812345678,13912345678",
        "电话13812345678",
        "+86",
        "+86 138",
        "++8613812345678",
        "13812345678+",
        "57186910001",
        "①",
        "+0123456789",
        "000000",
        "400820转8820",
        "800820",
    };
    void *memory = talloc_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *form = phone_form(memory, texts[i]);
        if (form)
            fail_msg("'%s' became '%s'", texts[i], form);
    }
    talloc_free(memory);
}

/* The digits of text into ret, as many as there is room for. */
static void digits_of(const char *text, char ret[static 64])
{
    size_t count = 0;

    for (; *text && count < 63; text++)
        if (*text >= '0' && *text <= '9')
            ret[count++] = *text;
    ret[count] = '\0';
}

/* Whatever is typed: what is stored reads back as itself, and only what stood before it is left
 * out. */
static void keep_their_digits_and_read_back_as_they_are_stored(void **state)
{
    static const char *const pieces[] = {
        "0",    "1",   "2",  "4", "5",   "7", "8", "9", "86", "13", "400", "800",  "95",
        "0571", "010", "00", "+", "+86", "-", " ", "(", ")",  "转", "x",   "8820", "691"};
    enum { PIECES = sizeof pieces / sizeof *pieces, TEXTS = 300000 };
    void *memory = talloc_new(NULL);
    unsigned seed = 1, found = 0;

    (void)state;
    for (int i = 0; i < TEXTS; i++) {
        char text[128] = "", written[64], stored[64];
        for (unsigned piece = 0; piece < 3 + i % 10U; piece++) {
            seed = seed * 1103515245U + 12345U;
            strcat(text, pieces[(seed >> 16) % PIECES]);
        }
        char *form = phone_form(memory, text);
        if (!form)
            continue;
        found++;
        char *again = phone_form(memory, form);
        digits_of(text, written);
        digits_of(form, stored);
        const char *tail = stored + (*stored == '0'); /* an area's 0 may be added */
        if (strlen(tail) > strlen(written) ||
            strcmp(written + strlen(written) - strlen(tail), tail) != 0)
            fail_msg("'%s' became '%s'", text, form);
        if (!again || strcmp(again, form) != 0)
            fail_msg("'%s' became '%s' became '%s'", text, form, again ? again : "nothing");
    }
    assert_true(found > 1000);
    talloc_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_stored_in_one_form),
        cmocka_unit_test(are_not_what_is_none_or_two_or_cut),
        cmocka_unit_test(keep_their_digits_and_read_back_as_they_are_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
