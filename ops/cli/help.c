/* SPDX-License-Identifier: Apache-2.0 */
/*
 * help.c - the help of a command line, as wide as the terminal
 *
 * Usage, what it is for, options with those of argp's children behind them, what else there is to
 * say. Lines that begin with two blanks are examples and stay as they are.
 */
#include <string.h>

#include "language/language.h"
#include "libcommon/base/mem.h"
#include "terminal.h"
#include "usage.h"

enum { DOC_COLUMN = 29, NARROW_COLUMNS = 70, NARROW_DOC_COLUMN = 6 };

static void print_usage(const struct argp *argp, const char *name, FILE *out)
{
    const char *line = argp->args_doc != NULL ? argp->args_doc : "";
    const char *lead = speak("Usage:");

    do {
        int size = (int)strcspn(line, "\n");

        fprintf(out, "%s %s %s%s%.*s\n", lead, name, speak("[OPTION…]"), size > 0 ? " " : "", size,
                line);
        line += size + (line[size] == '\n');
        lead = speak("  or: ");
    } while (*line != '\0');
}

/* "  NAME\tTEXT", the text wrapped in a column of its own. */
static void print_row(const char *row, int columns, FILE *out)
{
    char *name = mem_check(talloc_strndup(NULL, row, strcspn(row, "\t")));
    int column = fprintf(out, "%s ", name);

    terminal_wrap(out, row + strlen(name) + 1, columns, column, column);
    talloc_free(name);
}

/* Paragraphs of a text, wrapped, and rows of tables; examples as they are. */
static void print_text(const char *text, int columns, FILE *out)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        char *line = mem_check(talloc_strndup(NULL, text, size));

        if (strchr(line, '\t'))
            print_row(line, columns, out);
        else if (strncmp(line, "  ", 2) == 0)
            fprintf(out, "%s\n", line);
        else
            terminal_wrap(out, line, columns, 0, 0);
        talloc_free(line);
        text += size + (text[size] == '\n');
    }
}

static void print_option(const struct argp_option *option, int columns, FILE *out)
{
    int doc_column = columns < NARROW_COLUMNS ? NARROW_DOC_COLUMN : DOC_COLUMN;
    const char *value = option->arg == NULL ? "" : speak(option->arg);
    char *head = option->key > ' ' && option->key < 0x7f
                     ? mem_printf(NULL, "  -%c, --%s%s%s", option->key, option->name,
                                  option->arg == NULL ? "" : "=", value)
                     : mem_printf(NULL, "      --%s%s%s", option->name,
                                  option->arg == NULL ? "" : "=", value);
    int width = terminal_width(head);

    fputs(head, out);
    if (width + 2 > doc_column) {
        fputc('\n', out);
        width = 0;
    }
    terminal_wrap(out, speak(option->doc), columns, width, doc_column);
    talloc_free(head);
}

static void print_options(const struct argp *argp, int columns, FILE *out)
{
    const struct argp_option *option = argp->options;

    for (; option != NULL && (option->name != NULL || option->doc != NULL); option++) {
        if (option->name != NULL)
            print_option(option, columns, out);
        else
            fprintf(out, "\n%s\n", speak(option->doc));
    }
    for (const struct argp_child *child = argp->children; child != NULL && child->argp != NULL;
         child++)
        print_options(child->argp, columns, out);
}

void usage_help(const struct argp *argp, const char *name, FILE *out)
{
    int columns = terminal_columns(out);
    const char *doc = argp->doc != NULL ? argp->doc : "";
    size_t size = strcspn(doc, "\v");
    char *before = mem_check(talloc_strndup(NULL, doc, size));

    print_usage(argp, name, out);
    print_text(speak(before), columns, out);
    fputc('\n', out);
    print_options(argp, columns, out);
    if (doc[size] == '\v') {
        fputc('\n', out);
        print_text(speak(doc + size + 1), columns, out);
    }
    talloc_free(before);
}
