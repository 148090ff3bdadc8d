/* SPDX-License-Identifier: Apache-2.0 */
/* usage.c - reading a command line, and what is wrong with it */
#include "usage.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "language/language.h"
#include "libcommon/base/mem.h"
#include "output.h"

enum { NAME_CHARS = 63, OPTIONS_MAX = 40 };

void usage_parse(const struct argp *argp, int argc, char **argv, unsigned flags, void *input)
{
    (void)argp_parse(argp, argc, argv, flags | ARGP_NO_ERRS | ARGP_NO_HELP | ARGP_NO_EXIT, NULL,
                     input); /* ARGP_KEY_ERROR has told it, and ended the program */
}

void usage_error(const struct argp_state *state, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *message = mem_check(talloc_vasprintf(NULL, format, args));
    va_end(args);
    complain(EXIT_CODE_USAGE, speak("%s (%s --help tells more)"), message, state->name);
    talloc_free(message);
    exit(EXIT_CODE_USAGE);
}

/* ---- options ---- */

/* The option of this name in argp or its children; NULL if none has it. */
static const struct argp_option *find_option(const struct argp *argp, const char *name)
{
    const struct argp_option *found = NULL;

    for (const struct argp_option *option = argp->options;
         option != NULL && (option->name != NULL || option->key != 0 || option->doc != NULL);
         option++)
        if (option->name != NULL && strcmp(option->name, name) == 0)
            return option;
    for (const struct argp_child *child = argp->children;
         found == NULL && child != NULL && child->argp != NULL; child++)
        found = find_option(child->argp, name);
    return found;
}

/* "--street" and all others, after those that are there. */
static size_t collect(const void *memory, const struct argp *argp,
                      const char *names[static OPTIONS_MAX], size_t count)
{
    for (const struct argp_option *option = argp->options;
         option != NULL && (option->name != NULL || option->key != 0 || option->doc != NULL);
         option++)
        if (option->name != NULL && count + 1 < OPTIONS_MAX)
            names[count++] = mem_printf(memory, "--%s", option->name);
    for (const struct argp_child *child = argp->children; child != NULL && child->argp != NULL;
         child++)
        count = collect(memory, child->argp, names, count);
    return count;
}

void usage_bad_option(const struct argp_state *state)
{
    /* getopt has passed it, but not a cluster of letters. */
    bool passed = state->next > 1 && state->argv[state->next - 1][0] == '-';
    const char *typed = state->argv[passed ? state->next - 1 : state->next];
    const char *names[OPTIONS_MAX] = {0};
    char *name = mem_text(NULL, typed + strspn(typed, "-"));
    size_t bytes = strcspn(name, "=");
    bool has_value = name[bytes] == '=';

    name[bytes] = '\0';
    const struct argp_option *known = find_option(state->root_argp, name);
    if (known != NULL && known->arg != NULL && !has_value)
        usage_error(state, speak("--%s needs a value"), name);
    if (known != NULL)
        usage_error(state, speak("--%s takes no value"), name);
    collect(name, state->root_argp, names, 0);
    usage_error(state, speak("there is no option \"%s\"%s"), typed, usage_hint(name, typed, names));
}

/* ---- what may have been meant ---- */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool is_same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* How many letters are to be put in, left out, replaced or swapped with the next one. Names longer
 * than NAME_CHARS are compared by their beginnings. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][NAME_CHARS + 1], *before = rows[0], *above = rows[1], *row = rows[2];
    size_t a_size = least(strlen(a), NAME_CHARS), b_size = least(strlen(b), NAME_CHARS);

    for (size_t j = 0; j <= b_size; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            row[j] =
                least(least(above[j], row[j - 1]) + 1, above[j - 1] + !is_same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) && is_same(a[i - 2], b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[b_size];
}

const char *usage_nearest(const char *typed, const char *const *names)
{
    size_t best = 1 + least(strlen(typed) / 3, 3); /* this many or more are another word */
    const char *nearest = NULL;

    for (; *names != NULL; names++) {
        size_t far = distance(typed, *names);

        if (far < best || (far == 0 && nearest == NULL)) {
            best = far;
            nearest = *names;
        }
    }
    return nearest;
}

const char *usage_hint(const void *parent, const char *typed, const char *const *names)
{
    const char *nearest = usage_nearest(typed, names);

    return nearest == NULL ? "" : mem_printf(parent, speak("; did you mean \"%s\"?"), nearest);
}
