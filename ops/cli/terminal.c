/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.c - what only a person at a terminal sees: colour and a progress bar */
#include "terminal.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"

enum { BAR_COLUMNS = 40, REDRAW_MS = 100 };

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

struct progress *progress_new(const void *parent, const char *label, size_t total)
{
    struct progress *progress = mem_new(parent, struct progress);

    progress->label = label;
    progress->total = total;
    progress->watched = isatty(STDERR_FILENO) && total > 0;
    progress->drawn_ms = clock_monotonic_ms(); /* short work draws nothing */
    return progress;
}

static void draw(struct progress *progress)
{
    size_t filled = progress->done * BAR_COLUMNS / progress->total;

    fprintf(stderr, "\r%s [", progress->label);
    for (size_t i = 0; i < BAR_COLUMNS; i++)
        fputc(i < filled ? '#' : ' ', stderr);
    fprintf(stderr, "] %zu/%zu", progress->done, progress->total);
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
