/* SPDX-License-Identifier: Apache-2.0 */
/* language.c - what people read, in the language of their terminal */
#include "language/language.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static bool english_only;

void language_use_english(void)
{
    english_only = true;
}

bool language_is_chinese(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < sizeof variables / sizeof *variables && !english_only; i++) {
        const char *value = getenv(variables[i]);

        if (value != NULL && *value != '\0')
            return strncmp(value, "zh", 2) == 0;
    }
    return false;
}

static const char *find(const struct sentence *table, const char *english)
{
    while (table->english != NULL && strcmp(table->english, english) != 0)
        table++;
    return table->chinese;
}

const char *speak(const char *english)
{
    const char *chinese = NULL;

    if (language_is_chinese())
        chinese = find(sentences_said, english);
    if (language_is_chinese() && chinese == NULL)
        chinese = find(sentences_of_help, english);
    return chinese != NULL ? chinese : english;
}

const char *speak_rule(const char *rule)
{
    return language_is_chinese() ? find(sentences_of_rules, rule) : NULL;
}

const char *speak_param(const char *key)
{
    const char *chinese = language_is_chinese() ? find(sentences_of_params, key) : NULL;

    return chinese != NULL ? chinese : key;
}
