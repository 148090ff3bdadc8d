/* SPDX-License-Identifier: Apache-2.0 */
/* page.c - see page.h */
#include "page.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"

/* A page that is not there is an empty one. */
static char *read_whole(const char *path)
{
    char *text = mem_text(NULL, ""), part[4096];
    FILE *file = fopen(path, "re");

    for (size_t size; file && (size = fread(part, 1, sizeof part, file)) > 0;)
        text = mem_check(talloc_strndup_append_buffer(text, part, size));
    if (file)
        fclose(file);
    return text;
}

static size_t length_of_line(const char *line)
{
    return strcspn(line, "\n");
}

static void fail_at_first_difference(const struct page *page, const char *path, const char *written,
                                     const char *printed)
{
    int line = 1;

    for (size_t length = length_of_line(written);
         written[length] && length == length_of_line(printed) &&
         strncmp(written, printed, length + 1) == 0;
         length = length_of_line(written)) {
        written += length + 1;
        printed += length + 1;
        line++;
    }
    fail_msg("line %d of %s is not what the tables say\n  the page:   %.*s\n  the tables: %.*s\n"
             "bring it up to date: %s --print > %s",
             line, page->path, (int)length_of_line(written), written, (int)length_of_line(printed),
             printed, program_invocation_name, path);
}

void page_assert(const struct page *page)
{
    char *path = mem_printf(NULL, "%s/%s", CHECKOUT, page->path), *written = read_whole(path);
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);

    page->print(out);
    fclose(out);
    if (strcmp(written, printed) != 0)
        fail_at_first_difference(page, path, written, printed);
    free(printed);
    talloc_free(written);
    talloc_free(path);
}

bool page_is_asked_for(int argc, char **argv, const struct page *page)
{
    if (argc != 2 || strcmp(argv[1], "--print") != 0)
        return false;
    page->print(stdout);
    return true;
}
