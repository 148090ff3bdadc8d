/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - what a load says: every fault as "units.csv:12: kind: …", then a summary
 *
 * Faults go to stderr as they come, or with --json into the summary, which goes to stdout.
 */
#pragma once

#include <jansson.h>

#include "command.h"
#include "terminal.h"

enum { REPORT_FILES_MAX = 20 };

enum row_outcome { ROW_CREATED, ROW_UPDATED, ROW_EQUAL, ROW_FAILED, ROW_OUTCOMES };

/* What became of the objects of one kind that a file means. */
struct report_file {
    const char *file, *objects;
    size_t rows, outcomes[ROW_OUTCOMES];
};

struct report {
    const struct options *options;
    const char *street;
    bool dry_run;
    bool unreachable; /* an answer did not come: what is left was not tried */
    size_t faults;
    json_t *fault_list, *warning_list;
    json_t *told;              /* faults as text: a cell that several objects need has one */
    struct progress *progress; /* the bar to take away before a line is printed, or NULL */
    size_t file_count;
    struct report_file files[REPORT_FILES_MAX];
};

/* options are borrowed. */
void report_init(struct report *report, const struct options *options, bool dry_run);
void report_clear(struct report *report);

/* Both are constants: "units.csv", "pairings". Stays where it is until report_clear. */
struct report_file *report_add_file(struct report *report, const char *file, const char *objects);

/* line 0: the file as a whole; column NULL: the row as a whole. The same one again is not told.
 * message is SPOKEN, or formatted by what speak gave. */
void report_fault(struct report *report, const char *file, size_t line, const char *column,
                  const char *message);
/* The same for what is no fault, but worth a look. */
void report_warning(struct report *report, const char *file, size_t line, const char *message);
/* One more row ended so. */
void report_row(struct report_file *file, enum row_outcome outcome);

/* The summary; returns how the program ends. */
enum exit_code report_end(struct report *report);
