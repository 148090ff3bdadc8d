/* SPDX-License-Identifier: Apache-2.0 */
/* test_story.c - the story can be told whole in both languages */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "ops/cli/language/language.h"
#include "ops/demo/text.h"

enum { PLACES = 10 };

/* How often each {n} stands in a text. */
static void count_places(const char *text, int places[static PLACES])
{
    memset(places, 0, PLACES * sizeof *places);
    for (; *text != '\0'; text++)
        if (text[0] == '{' && isdigit((unsigned char)text[1]) && text[2] == '}')
            places[text[1] - '0']++;
}

static bool is_ascii(const char *text)
{
    while (*text > 0)
        text++;
    return *text == '\0';
}

static void says_everything_in_both_languages(void **state)
{
    (void)state;
    for (size_t i = 0; i < STORY_TEXT_COUNT; i++) {
        const struct story_words *words = &story_words[i];
        int zh[PLACES], en[PLACES];

        count_places(words->zh, zh);
        count_places(words->en, en);
        if (is_ascii(words->zh) || !is_ascii(words->en) || *words->en == '\0' ||
            text_characters(words->zh, strlen(words->zh)) < 0)
            fail_msg("%s is not said in Chinese and in English", words->name);
        if (memcmp(zh, en, sizeof zh) != 0)
            fail_msg("%s does not tell the same in both languages", words->name);
        if (zh[0] != 0)
            fail_msg("%s: places count from {1}", words->name);
    }
}

static void puts_texts_into_their_places(void **state)
{
    void *memory = talloc_new(NULL);

    (void)state;
    assert_string_equal(
        story_format(memory, "{2}有{1}个", (const char *const[]){"7", "下沙", NULL}), "下沙有7个");
    assert_string_equal(story_format(memory, "nothing", (const char *const[]){NULL}), "nothing");
    assert_string_equal(story_format(memory, "", (const char *const[]){NULL}), "");
    talloc_free(memory);
}

static void follows_the_language_of_the_terminal(void **state)
{
    static const struct {
        const char *all, *messages, *lang;
        bool chinese;
    } cases[] = {
        {NULL, NULL, NULL, false},
        {NULL, NULL, "zh_CN.UTF-8", true},
        {NULL, NULL, "zh_TW", true},
        {NULL, NULL, "en_GB.UTF-8", false},
        {NULL, "zh_CN.UTF-8", "en_GB.UTF-8", true},
        {"C.UTF-8", "zh_CN.UTF-8", "zh_CN.UTF-8", false},
        {"", "", "zh_CN.UTF-8", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"}, *const values[] = {
                                                                           cases[i].all,
                                                                           cases[i].messages,
                                                                           cases[i].lang};

        for (size_t j = 0; j < 3; j++) {
            unsetenv(names[j]);
            if (values[j] != NULL)
                setenv(names[j], values[j], 1);
        }
        assert_int_equal(language_is_chinese(), cases[i].chinese);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_everything_in_both_languages),
        cmocka_unit_test(puts_texts_into_their_places),
        cmocka_unit_test(follows_the_language_of_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
