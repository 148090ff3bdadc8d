/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv_rows.h - a CSV file (RFC 4180) in memory, each row with the line it begins on
 *
 * A byte-order mark and any line ending are accepted, blank lines are skipped. The first row is the
 * header. Cells are NUL-terminated bytes as they stand: who uses them checks that they are UTF-8.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

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

/* All under parent. False, with a fault, if it cannot be read, is longer than 64 MiB, is no CSV or
 * has no header. */
bool csv_rows_read(const void *parent, const char *path, struct csv_rows *ret,
                   struct csv_fault *ret_fault);

/* The same from memory. */
bool csv_rows_parse(const void *parent, const char *data, size_t size, struct csv_rows *ret,
                    struct csv_fault *ret_fault);
