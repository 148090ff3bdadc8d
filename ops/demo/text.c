/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - the texts of text.h as a table, the language, and values in their places */
#include "ops/demo/text.h"

#include <ctype.h>
#include <string.h>

#include "libcommon/base/mem.h"

const struct story_words story_words[STORY_TEXT_COUNT] = {
#define ROW(name, zh, en) {#name, zh, en},
    STORY_TEXTS(ROW)
#undef ROW
};

char *story_format(const void *parent, const char *text, const char *const *args)
{
    char *line = mem_text(parent, "");

    while (*text != '\0') {
        size_t plain = strcspn(text, "{");

        line = mem_check(talloc_strndup_append(line, text, plain));
        text += plain;
        if (text[0] == '{' && isdigit((unsigned char)text[1])) {
            line = mem_check(talloc_strdup_append(line, args[text[1] - '1']));
            text += strlen("{1}");
        } else if (text[0] == '{') { /* any other brace is one */
            line = mem_check(talloc_strndup_append(line, text++, 1));
        }
    }
    return line;
}
