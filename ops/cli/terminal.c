/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.c - how wide a terminal is, and what only a person at one sees: colour, a bar */
#include "terminal.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unilbrk.h>
#include <unistd.h>
#include <uniwidth.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"

enum { BAR_COLUMNS = 40, REDRAW_MS = 100, USUAL_COLUMNS = 80, LEAST_COLUMNS = 20 };

struct progress {
    const char *label;
    size_t done, total;
    int64_t drawn_ms;
    bool watched, visible;
};

const char *terminal_paint(FILE *out, enum paint paint)
{
    static const char *const sequences[] = {
        [PAINT_PLAIN] = "\033[0m", [PAINT_BOLD] = "\033[1m", [PAINT_BAD] = "\033[31m"};

    return isatty(fileno(out)) && getenv("NO_COLOR") == NULL ? sequences[paint] : "";
}

int terminal_columns(FILE *out)
{
    struct winsize size;
    const char *said = getenv("COLUMNS");
    int columns = USUAL_COLUMNS;

    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    else if (said != NULL && atoi(said) > 0)
        columns = atoi(said);
    return columns < LEAST_COLUMNS ? LEAST_COLUMNS : columns;
}

int terminal_width(const char *text)
{
    return u8_strwidth((const uint8_t *)text, "UTF-8");
}

void terminal_wrap(FILE *out, const char *text, int columns, int column, int indent)
{
    size_t size = strlen(text);
    char *breaks = mem_bytes(NULL, size + 1);

    u8_width_linebreaks((const uint8_t *)text, size, columns - indent - 1,
                        column > indent ? column - indent : 0, 0, NULL, "UTF-8", breaks);
    fprintf(out, "%*s", column < indent ? indent - column : 0, "");
    for (size_t i = 0; i < size; i++) {
        if (breaks[i] == UC_BREAK_POSSIBLE || breaks[i] == UC_BREAK_MANDATORY)
            fprintf(out, "\n%*s", indent, "");
        bool ends_line = text[i] == ' ' && i + 1 < size && breaks[i + 1] == UC_BREAK_POSSIBLE;
        if (!ends_line)
            fputc(text[i], out);
    }
    fputc('\n', out);
    talloc_free(breaks);
}

void terminal_say(FILE *out, const char *text, int column, int indent)
{
    if (isatty(fileno(out)))
        terminal_wrap(out, text, terminal_columns(out), column, indent);
    else
        fprintf(out, "%*s%s\n", column < indent ? indent - column : 0, "", text);
}

struct progress *progress_new(const void *parent, const char *label, size_t total)
{
    struct progress *progress = mem_new(parent, struct progress);

    progress->label = label;
    progress->total = total;
    progress->watched = isatty(STDERR_FILENO) && total > 0;
    progress->drawn_ms = clock_monotonic_ms(); /* short work draws nothing */
    return progress;
}

/* The bar takes what the label and the numbers leave of a line; none where that is too little. */
static void draw(struct progress *progress)
{
    char numbers[48];
    int size = snprintf(numbers, sizeof numbers, "%zu/%zu", progress->done, progress->total);
    int room =
        terminal_columns(stderr) - 1 - terminal_width(progress->label) - size - (int)strlen(" [] ");
    int bar = room < BAR_COLUMNS ? room : BAR_COLUMNS;
    int filled = bar > 0 ? (int)(progress->done * (size_t)bar / progress->total) : 0;

    fprintf(stderr, "\r%s ", progress->label);
    if (bar > 0) {
        fputc('[', stderr);
        for (int i = 0; i < bar; i++)
            fputc(i < filled ? '#' : ' ', stderr);
        fputs("] ", stderr);
    }
    fprintf(stderr, "%s\033[K", numbers);
    fflush(stderr);
    progress->visible = true;
}

void progress_step(struct progress *progress)
{
    progress->done++;
    if (!progress->watched || clock_monotonic_ms() - progress->drawn_ms < REDRAW_MS)
        return;
    progress->drawn_ms = clock_monotonic_ms();
    draw(progress);
}

void progress_hide(struct progress *progress)
{
    if (progress->visible)
        fputs("\r\033[K", stderr);
    progress->visible = false;
}

void progress_destroy(struct progress **progress)
{
    if (*progress == NULL)
        return;
    progress_hide(*progress);
    TALLOC_FREE(*progress);
}
