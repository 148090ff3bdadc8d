/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.h - what only a person at a terminal sees: colour and a progress bar */
#pragma once

#include <stdio.h>

enum paint { PAINT_PLAIN, PAINT_BOLD, PAINT_BAD };

/* An escape sequence; "" when out is no terminal or NO_COLOR is set. */
const char *terminal_paint(FILE *out, enum paint paint);

struct progress;

/* A bar on stderr, drawn at most ten times a second; draws nothing when stderr is no terminal.
 * label is borrowed. */
struct progress *progress_new(const void *parent, const char *label, size_t total);
void progress_step(struct progress *progress);
/* Takes the bar away, so that other lines may follow; the next step draws it again. */
void progress_hide(struct progress *progress);
void progress_destroy(struct progress **progress);
