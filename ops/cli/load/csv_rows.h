/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv_rows.h - a CSV file (RFC 4180) in memory, each row with the line it begins on
 *
 * Any line ending is accepted, blank lines are skipped. Cells are separated by commas, or by
 * semicolons or tabs where the header has no comma, as Excel writes them in some places. The first
 * row is the header. Cells are NUL-terminated; a file's are UTF-8, whatever it was in (encoding.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "encoding.h"

struct csv_cell {
    const char *text;
    size_t bytes; /* more than strlen(text) when the cell holds a NUL */
};

struct csv_row {
    size_t line; /* 1 for the first of the file */
    size_t count;
    struct csv_cell *cells;
};

struct csv_rows {
    struct csv_row header;
    size_t count;
    struct csv_row *rows;
};

struct csv_fault {
    size_t line;         /* 0: the file as a whole */
    const char *message; /* under parent */
};

/* All under parent. False, with a fault, if it cannot be read, is longer than 64 MiB, is no CSV,
 * has no header, or is in no encoding that is known. */
bool csv_rows_read(const void *parent, const char *path, enum encoding encoding,
                   struct csv_rows *ret, struct csv_fault *ret_fault);

/* The same from memory, of text that is UTF-8. */
bool csv_rows_parse(const void *parent, const char *data, size_t size, struct csv_rows *ret,
                    struct csv_fault *ret_fault);
