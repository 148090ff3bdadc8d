/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load_sheet.c - a CSV file through every check that needs no server
 *
 * cell -> UTF-8, NFKC, trimmed -> JSON of the field's type -> message and back, so that two ways to
 * write the same value compare equal later.
 */
#include "load_sheet.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv_rows.h"
#include "json_path.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "options.h"

/* One file on its way from cells to rows. */
struct reading {
    const struct sheet *sheet;
    const char *slug;
    struct report *report;
    size_t column_of[SHEET_COLUMNS_MAX]; /* place of each column in the file */
    json_t *seen[SHEET_KEYS_MAX];        /* value of a key -> line */
    struct sheet_rows *rows;
};

/* True for text in UTF-8 without a NUL. */
static bool is_text(const struct csv_cell *cell)
{
    return text_characters(cell->text, cell->bytes) >= 0;
}

static char *normalised(const void *parent, const struct csv_cell *cell)
{
    return text_normalise(parent, mem_text(parent, cell->text));
}

/* Place of a column in the sheet; sheet_columns if it is unknown. */
static size_t find_column(const struct sheet *sheet, const char *name)
{
    size_t i = 0;

    while (i < sheet_columns(sheet) && strcmp(sheet->columns[i].name, name) != 0)
        i++;
    return i;
}

/* False after a fault: a column that must be there is not. */
static bool has_required(const struct reading *reading, size_t line)
{
    const struct sheet *sheet = reading->sheet;
    bool all = true;

    for (size_t i = 0; i < sheet_columns(sheet); i++) {
        if (sheet->columns[i].required && !reading->rows->has_column[i]) {
            report_fault(reading->report, sheet->file, line, sheet->columns[i].name,
                         "this column is missing");
            all = false;
        }
    }
    return all;
}

/* False after a fault: the header cannot be used. */
static bool read_header(const void *parent, struct reading *reading, const struct csv_row *header)
{
    const struct sheet *sheet = reading->sheet;
    char *unknown = mem_text(parent, "");
    bool usable = true;

    for (size_t i = 0; i < header->count; i++) {
        if (!is_text(&header->cells[i])) {
            report_fault(reading->report, sheet->file, header->line, NULL,
                         "it is not UTF-8; save it as UTF-8");
            return false;
        }
        char *name = normalised(parent, &header->cells[i]);
        size_t column = find_column(sheet, name);
        if (column == sheet_columns(sheet)) {
            unknown = mem_check(
                talloc_asprintf_append(unknown, "%s%s", *unknown == '\0' ? "" : ", ", name));
        } else if (reading->rows->has_column[column]) {
            report_fault(reading->report, sheet->file, header->line, name,
                         "this column stands twice");
            usable = false;
        } else {
            reading->rows->has_column[column] = true;
            reading->column_of[column] = i;
        }
    }
    if (*unknown != '\0' && !reading->report->options->json)
        fprintf(stderr, "%s: not loaded yet: %s\n", sheet->file, unknown);
    return has_required(reading, header->line) && usable;
}

/* The JSON of a cell's text for its field; NULL for an empty cell or, with *ret_fault, a wrong one. */
static json_t *value_of(const struct sheet *sheet, const struct sheet_column *column,
                        const char *text, const char **ret_fault)
{
    const ProtobufCFieldDescriptor *field = json_path_field(sheet->type, column->field);
    int64_t number;

    if (*text == '\0') {
        if (column->required)
            *ret_fault = "it must not be empty";
        return NULL;
    }
    if (field->type != PROTOBUF_C_TYPE_UINT32)
        return json_string(text);
    if (!options_read_number(text, 0, UINT32_MAX, &number)) {
        *ret_fault = "it must be a whole number";
        return NULL;
    }
    return number == 0 ? NULL : json_integer(number);
}

/* False after a fault. */
static bool read_cells(const void *parent, struct reading *reading, const struct csv_row *row,
                       json_t *object)
{
    const struct sheet *sheet = reading->sheet;
    bool good = true;

    for (size_t i = 0; i < sheet_columns(sheet); i++) {
        const struct sheet_column *column = &sheet->columns[i];
        const char *fault = NULL;

        if (!reading->rows->has_column[i])
            continue;
        const struct csv_cell *cell = &row->cells[reading->column_of[i]];
        if (reading->slug != NULL && strcmp(column->field, "street") == 0)
            json_path_set(object, column->field, json_string(reading->slug));
        else if (!is_text(cell))
            fault = "it is not UTF-8";
        else
            json_path_set(object, column->field,
                          value_of(sheet, column, normalised(parent, cell), &fault));
        if (fault != NULL) {
            report_fault(reading->report, sheet->file, row->line, column->name, fault);
            good = false;
        }
    }
    return good;
}

/* The object as the contract writes it, a new reference; NULL after a fault. */
static json_t *canonical(const void *parent, struct reading *reading, size_t line,
                         const json_t *object)
{
    const struct sheet *sheet = reading->sheet;
    struct violations violations = {0};
    ProtobufCMessage *message;

    if (json_to_message(parent, sheet->type, object, &violations, &message) != STATUS_OK) {
        for (size_t i = 0; i < violations.count; i++)
            report_fault(reading->report, sheet->file, line,
                         sheet_column_of(sheet, violations.item[i].field),
                         violations.item[i].message);
        return NULL;
    }
    return json_from_message(message);
}

/* False after a fault: an earlier row means the same object. */
static bool is_first(const void *parent, struct reading *reading, size_t line, const json_t *object)
{
    const struct sheet *sheet = reading->sheet;

    for (size_t i = 0; i < SHEET_KEYS_MAX && sheet->keys[i] != NULL; i++) {
        const char *value = json_path_text(object, sheet->keys[i]);
        const json_t *earlier = json_object_get(reading->seen[i], value);

        if (*value != '\0' && earlier != NULL) {
            report_fault(reading->report, sheet->file, line, sheet_column_of(sheet, sheet->keys[i]),
                         mem_printf(parent, "line %" JSON_INTEGER_FORMAT " has the same",
                                    json_integer_value(earlier)));
            return false;
        }
    }
    for (size_t i = 0; i < SHEET_KEYS_MAX && sheet->keys[i] != NULL; i++)
        json_object_set_new(reading->seen[i], json_path_text(object, sheet->keys[i]),
                            json_integer((json_int_t)line));
    return true;
}

/* The row's object, a new reference; NULL after a fault. */
static json_t *read_row(const void *parent, struct reading *reading, const struct csv_rows *file,
                        const struct csv_row *row)
{
    if (row->count != file->header.count) {
        report_fault(reading->report, reading->sheet->file, row->line, NULL,
                     mem_printf(parent, "it has %zu cells where the header has %zu", row->count,
                                file->header.count));
        return NULL;
    }
    json_t *cells = json_object();
    json_t *object = read_cells(parent, reading, row, cells)
                         ? canonical(parent, reading, row->line, cells)
                         : NULL;
    json_decref(cells);
    if (object != NULL && !is_first(parent, reading, row->line, object)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static int free_objects(struct sheet_row *rows)
{
    for (size_t i = 0; i < talloc_array_length(rows); i++)
        json_decref(rows[i].object);
    return 0;
}

static void read_rows(const void *parent, struct reading *reading, const struct csv_rows *file)
{
    struct sheet_rows *rows = reading->rows;

    rows->rows = mem_array(parent, struct sheet_row, file->count);
    talloc_set_destructor(rows->rows, free_objects);
    for (size_t i = 0; i < SHEET_KEYS_MAX; i++)
        reading->seen[i] = json_object();
    for (size_t i = 0; i < file->count; i++) {
        void *scratch = talloc_new(NULL);
        json_t *object = read_row(scratch, reading, file, &file->rows[i]);

        if (object != NULL)
            rows->rows[rows->count++] = (struct sheet_row){file->rows[i].line, object};
        else
            report_row(rows->totals, ROW_FAILED);
        talloc_free(scratch);
    }
    for (size_t i = 0; i < SHEET_KEYS_MAX; i++)
        json_decref(reading->seen[i]);
}

bool sheet_read(const void *parent, const struct sheet *sheet, const char *folder, const char *slug,
                struct report *report, struct sheet_rows *ret)
{
    void *memory = talloc_new(NULL);
    const char *path = mem_printf(memory, "%s/%s", folder, sheet->file);
    struct reading reading = {.sheet = sheet, .slug = slug, .report = report, .rows = ret};
    struct csv_rows file;
    struct csv_fault fault;
    bool usable = true;

    *ret = (struct sheet_rows){.sheet = sheet};
    if (access(path, F_OK) == 0) {
        ret->present = true;
        ret->totals = report_add_file(report, sheet->file);
        usable = csv_rows_read(memory, path, &file, &fault);
        if (!usable)
            report_fault(report, sheet->file, fault.line, NULL, fault.message);
        else if ((usable = read_header(memory, &reading, &file.header)))
            read_rows(parent, &reading, &file);
    }
    talloc_free(memory);
    return usable;
}
