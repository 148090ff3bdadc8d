/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - a CSV file through the checks that need no table: text, header, as many cells as it
 *
 * In: folder and name. Out: cells of one line each (text_line), asked for by the name of their
 * column (cells.h reads them). Faults go to the report by line and column; a line with one is not
 * good, the others are used all the same. Rows without anything are gone, and so are names of
 * columns that have nothing in them and stand twice.
 */
#pragma once

#include "csv_rows.h"
#include "report.h"

struct load_file {
    const char *name; /* a constant: "units.csv" */
    bool present;     /* it is there */
    struct csv_rows csv;
    bool *good; /* one for each of csv.rows: false where the report has a fault of the line */
};

/* Reads folder/name; a file that is not there is not present and no fault. False: the file as a
 * whole cannot be loaded, see the report. All under parent. */
bool load_file_read(const void *parent, const char *folder, const char *name,
                    enum encoding encoding, struct report *report, struct load_file *ret);

/* Place of a column in its rows; csv.header.count if it has none of this name. */
size_t load_file_column(const struct load_file *file, const char *name);
