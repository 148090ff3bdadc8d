/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - what a load says: every fault as "units.csv:12: kind: …", then a summary */
#include "report.h"

#include <assert.h>
#include <string.h>

#include "language/language.h"
#include "libcommon/base/mem.h"
#include "output.h"
#include "table.h"

static const char *const outcome_names[] = {[ROW_CREATED] = "created",
                                            [ROW_UPDATED] = "updated",
                                            [ROW_EQUAL] = "equal",
                                            [ROW_FAILED] = "failed"};
static_assert(sizeof outcome_names / sizeof *outcome_names == ROW_OUTCOMES, "a name for each");

void report_init(struct report *report, const struct options *options, bool dry_run)
{
    *report = (struct report){.options = options,
                              .dry_run = dry_run,
                              .fault_list = json_array(),
                              .warning_list = json_array(),
                              .told = json_object()};
}

void report_clear(struct report *report)
{
    json_decref(report->fault_list);
    json_decref(report->warning_list);
    json_decref(report->told);
    report->fault_list = report->warning_list = report->told = NULL;
}

struct report_file *report_add_file(struct report *report, const char *file, const char *objects)
{
    assert(report->file_count < REPORT_FILES_MAX);
    struct report_file *added = &report->files[report->file_count++];

    added->file = file;
    added->objects = objects;
    return added;
}

void report_row(struct report_file *file, enum row_outcome outcome)
{
    file->rows++;
    file->outcomes[outcome]++;
}

static void print_fault(enum paint paint, const char *file, size_t line, const char *column,
                        const char *message)
{
    char *where = mem_text(NULL, file);

    if (line > 0)
        where = mem_check(talloc_asprintf_append(where, ":%zu", line));
    if (column != NULL)
        where = mem_check(talloc_asprintf_append(where, ": %s", column));
    fprintf(stderr, "%s%s%s: ", terminal_paint(stderr, paint), where,
            terminal_paint(stderr, PAINT_PLAIN));
    terminal_say(stderr, message, terminal_width(where) + 2, 0);
    talloc_free(where);
}

static bool is_new(struct report *report, const char *file, size_t line, const char *column,
                   const char *message)
{
    char *key = mem_printf(NULL, "%s:%zu:%s:%s", file, line, column == NULL ? "" : column, message);
    bool new = json_object_get(report->told, key) == NULL;

    json_object_set_new(report->told, key, json_true());
    talloc_free(key);
    return new;
}

/* Into the list of the summary, or at once onto the terminal. */
static void tell(struct report *report, json_t *list, enum paint paint, const char *file,
                 size_t line, const char *column, const char *message)
{
    if (report->progress != NULL)
        progress_hide(report->progress);
    if (!report->options->json) {
        print_fault(paint, file, line, column, message);
        return;
    }
    json_t *fault =
        json_pack("{s:s, s:I, s:s}", "file", file, "line", (json_int_t)line, "message", message);
    if (column != NULL)
        json_object_set_new(fault, "column", json_string(column));
    json_array_append_new(list, fault);
}

void report_fault(struct report *report, const char *file, size_t line, const char *column,
                  const char *message)
{
    message = speak(message);
    if (!is_new(report, file, line, column, message))
        return;
    report->faults++;
    tell(report, report->fault_list, PAINT_BAD, file, line, column, message);
}

void report_warning(struct report *report, const char *file, size_t line, const char *message)
{
    message = speak(message);
    if (is_new(report, file, line, NULL, message))
        tell(report, report->warning_list, PAINT_BOLD, file, line, NULL, message);
}

static void print_json(const struct report *report)
{
    json_t *files = json_array();

    for (size_t i = 0; i < report->file_count; i++) {
        const struct report_file *file = &report->files[i];
        json_t *entry = json_pack("{s:s, s:s, s:I}", "file", file->file, "objects", file->objects,
                                  "rows", (json_int_t)file->rows);

        for (int outcome = 0; outcome < ROW_OUTCOMES; outcome++)
            json_object_set_new(entry, outcome_names[outcome],
                                json_integer((json_int_t)file->outcomes[outcome]));
        json_array_append_new(files, entry);
    }
    json_t *summary = json_pack("{s:s, s:b, s:b, s:o, s:O, s:O}", "street",
                                report->street == NULL ? "" : report->street, "dryRun",
                                report->dry_run, "unreachable", report->unreachable, "files", files,
                                "faults", report->fault_list, "warnings", report->warning_list);
    output_json(summary, JSON_COMPACT);
    json_decref(summary);
}

static void print_table(const struct report *report)
{
    static const char *const headings[] = {
        SPOKEN("file"),     SPOKEN("objects"), SPOKEN(">rows"),   SPOKEN(">created"),
        SPOKEN(">updated"), SPOKEN(">equal"),  SPOKEN(">failed"), NULL};
    void *memory = talloc_new(NULL);
    struct table *table = table_new(memory, headings);

    for (size_t i = 0; i < report->file_count; i++) {
        const struct report_file *file = &report->files[i];
        const char *cells[3 + ROW_OUTCOMES] = {file->file, file->objects,
                                               mem_printf(memory, "%zu", file->rows)};

        for (int outcome = 0; outcome < ROW_OUTCOMES; outcome++)
            cells[3 + outcome] = mem_printf(memory, "%zu", file->outcomes[outcome]);
        table_row(table, cells);
    }
    table_print(table, stdout);
    if (report->dry_run)
        puts(speak("dry run: nothing was changed"));
    talloc_free(memory);
}

enum exit_code report_end(struct report *report)
{
    fflush(stderr);
    (report->options->json ? print_json : print_table)(report);
    if (report->unreachable)
        return EXIT_CODE_UNREACHABLE;
    return report->faults > 0 ? EXIT_CODE_REFUSED : EXIT_CODE_OK;
}
