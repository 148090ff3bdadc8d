/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.h - how wide a terminal is, and what only a person at one sees: colour, a bar */
#pragma once

#include <stdio.h>

enum paint { PAINT_PLAIN, PAINT_BOLD, PAINT_BAD };

/* An escape sequence; "" when out is no terminal or NO_COLOR is set. */
const char *terminal_paint(FILE *out, enum paint paint);

/* Columns of the terminal that out is, else of COLUMNS, else 80; 20 at least. */
int terminal_columns(FILE *out);
/* Columns of a text: Chinese characters take two. */
int terminal_width(const char *text);
/* One paragraph and a line's end, broken where its language allows at so many columns; the cursor
 * stands at `column`, every line begins at `indent`. */
void terminal_wrap(FILE *out, const char *text, int columns, int column, int indent);
/* The same at the columns of the terminal that out is; one line where it is none. */
void terminal_say(FILE *out, const char *text, int column, int indent);

struct progress;

/* A bar on stderr, drawn at most ten times a second; draws nothing when stderr is no terminal.
 * label is borrowed. */
struct progress *progress_new(const void *parent, const char *label, size_t total);
void progress_step(struct progress *progress);
/* Takes the bar away, so that other lines may follow; the next step draws it again. */
void progress_hide(struct progress *progress);
void progress_destroy(struct progress **progress);
