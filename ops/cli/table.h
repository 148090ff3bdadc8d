/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - rows for people: columns aligned by how wide characters stand on a terminal
 *
 * table_new, table_row for each row, table_print; a table ends with its parent, and nothing here
 * fails. Chinese characters take two columns. On a terminal that is too narrow for a row each cell
 * has a line of its own, behind its heading. Control characters, which could steer the reader's
 * terminal, are printed as '?'.
 */
#pragma once

#include <stdio.h>

struct table;

/* Under parent. headings ends with NULL, has at most 12 and is borrowed, its texts are SPOKEN; one
 * that starts with '>' is a column of numbers, put to the right. */
struct table *table_new(const void *parent, const char *const *headings);

/* As many cells as headings, in order; each is formatted text that is copied. */
void table_row(struct table *table, const char *const *cells);

/* Nothing at all for a table without rows. */
void table_print(const struct table *table, FILE *out);
