/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sheet.c - a file's rows through every check that needs no server
 *
 * cell -> JSON of the field's type -> message and back, so that two ways to write the same value
 * compare equal later.
 */
#include "sheet.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json_path.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text_form.h"
#include "mistakes.h"
#include "options.h"
#include "refusal.h"

/* One sheet on its way from cells to rows. */
struct reading {
    const struct sheet *sheet;
    const struct load_file *file;
    const struct sheet_options *options;
    struct report *report;
    size_t column_of[SHEET_COLUMNS_MAX]; /* place of each column in the file */
    json_t *seen[SHEET_KEYS_MAX];        /* value of a key -> index of the row */
    struct sheet_rows *rows;
};

/* False after a fault: a column that must be there is not. */
static bool find_columns(struct reading *reading)
{
    const struct sheet *sheet = reading->sheet;
    const struct csv_row *header = &reading->file->csv.header;
    bool all = true;

    for (size_t i = 0; i < sheet_columns(sheet); i++) {
        const struct sheet_column *column = &sheet->columns[i];

        reading->column_of[i] = load_file_column(reading->file, column->name);
        reading->rows->has_column[i] = reading->column_of[i] < header->count;
        if (!column->required || reading->rows->has_column[i])
            continue;
        report_fault(reading->report, sheet->file, header->line, column->name,
                     "this column is missing");
        all = false;
    }
    return all;
}

/* True if the row (NULL: any row of the file) means such an object. */
static bool is_meant(const struct reading *reading, const struct csv_row *row)
{
    const char *const *when = reading->sheet->when;

    for (size_t i = 0; i < SHEET_WHEN_MAX && when[i] != NULL; i++) {
        size_t column = load_file_column(reading->file, when[i]);

        if (column == reading->file->csv.header.count ||
            (row != NULL && *row->cells[column].text == '\0'))
            return false;
    }
    return true;
}

/* The whole number, yes or no that a text says; NULL with *ret_fault. */
static json_t *number_of(const char *text, const char **ret_fault)
{
    int64_t number;

    *ret_fault = "it must be a whole number";
    return options_read_number(text, 0, UINT32_MAX, &number) ? json_integer(number) : NULL;
}

static json_t *answer_of(const char *text, const char **ret_fault)
{
    static const struct {
        const char *text;
        bool yes;
    } answers[] = {{"是", true},     {"yes", true}, {"y", true},   {"true", true}, {"1", true},
                   {"√", true},      {"✓", true},   {"否", false}, {"no", false},  {"n", false},
                   {"false", false}, {"0", false},  {"×", false},  {"✗", false}};

    *ret_fault = "it must be 是 or 否, yes or no";
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (strcasecmp(answers[i].text, text) == 0)
            return json_boolean(answers[i].yes);
    return NULL;
}

/* The JSON of a cell for its field, NULL for an empty one; *ret_fault says if it is wrong. */
static json_t *value_of(const struct reading *reading, const struct sheet_column *column,
                        const char *text, const char **ret_fault)
{
    const ProtobufCFieldDescriptor *field = json_path_field(reading->sheet->type, column->field);
    json_t *value = NULL;

    if (field->type != PROTOBUF_C_TYPE_STRING || column->read != NULL)
        text = text_code(reading->rows->rows, mem_text(reading->rows->rows, text));
    if (*text == '\0') {
        *ret_fault = column->required ? "it must not be empty" : NULL;
        return NULL;
    }
    if (column->read != NULL)
        value = column->read(text, reading->options->weeks, ret_fault);
    else if (field->type == PROTOBUF_C_TYPE_UINT32)
        value = number_of(text, ret_fault);
    else if (field->type == PROTOBUF_C_TYPE_BOOL)
        value = answer_of(text, ret_fault);
    else
        value = json_string(text);
    if (value != NULL)
        *ret_fault = NULL;
    return value;
}

/* Where the columns' fields begin: the object, or its one entry. */
static json_t *holder_of(const struct sheet *sheet, const struct sheet_column *column,
                         json_t *object, const char **ret_field)
{
    size_t prefix = sheet->entries.list == NULL ? 0 : strlen(sheet->entries.list);

    *ret_field = column->field;
    if (prefix == 0 || strncmp(column->field, sheet->entries.list, prefix) != 0)
        return object;
    *ret_field += prefix + 1;
    if (json_path_get(object, sheet->entries.list) == NULL)
        json_path_set(object, sheet->entries.list, json_pack("[{}]"));
    return json_array_get(json_path_get(object, sheet->entries.list), 0);
}

/* False after a fault. */
static bool read_cells(const struct reading *reading, const struct csv_row *row, json_t *object)
{
    const struct sheet *sheet = reading->sheet;
    bool good = true;

    for (size_t i = 0; i < sheet_columns(sheet); i++) {
        const struct sheet_column *column = &sheet->columns[i];
        const char *fault = NULL, *field;

        if (!reading->rows->has_column[i])
            continue;
        json_t *holder = holder_of(sheet, column, object, &field);
        if (reading->options->slug != NULL && strcmp(field, "street") == 0)
            json_path_set(holder, field, json_string(reading->options->slug));
        else
            json_path_set(
                holder, field,
                value_of(reading, column, row->cells[reading->column_of[i]].text, &fault));
        if (fault != NULL) {
            report_fault(reading->report, sheet->file, row->line, column->name, fault);
            good = false;
        }
    }
    return good;
}

/* What every object of the sheet says; the line stands for ids of what else the row means. */
static void add_constants(const struct sheet *sheet, size_t line, json_t *object)
{
    if (sheet->constant.field != NULL)
        json_path_set(object, sheet->constant.field, json_string(sheet->constant.value));
    for (size_t i = 0; i < SHEET_ORIGINS_MAX && sheet->origins[i].sheet != NULL; i++)
        json_path_set(object, sheet->origins[i].field, json_sprintf("%zu", line));
}

/* The object as the contract writes it, a new reference; NULL after a fault. */
static json_t *canonical(const void *parent, struct reading *reading, size_t line,
                         const json_t *object)
{
    const struct sheet *sheet = reading->sheet;
    struct violations violations = {0};
    ProtobufCMessage *message;

    if (json_to_message(parent, sheet->type, object, &violations, &message) != STATUS_OK) {
        for (size_t i = 0; i < violations.count; i++) {
            Type__Violation *mistake =
                mistakes_explain(parent, sheet->type, object, &violations.item[i]);
            report_fault(reading->report, sheet->file, line, sheet_column_of(sheet, mistake->field),
                         refusal_words(parent, mistake));
        }
        return NULL;
    }
    json_t *json = json_from_message(message);
    json_path_tidy(json);
    return json;
}

/* The object that an earlier row means, too, and its line; NULL if there is none. */
static const struct sheet_row *find_earlier(const void *parent, struct reading *reading,
                                            const json_t *object, const char **ret_key)
{
    const struct sheet *sheet = reading->sheet;

    for (size_t i = 0; i < SHEET_KEYS_MAX && sheet->keys[i] != NULL; i++) {
        const char *value = sheet_key(parent, sheet, i, object);
        const json_t *earlier = value == NULL ? NULL : json_object_get(reading->seen[i], value);

        *ret_key = sheet->keys[i];
        if (earlier != NULL)
            return &reading->rows->rows[json_integer_value(earlier)];
    }
    return NULL;
}

/* Keeps a row, which takes the reference: on its own, as an entry of an earlier one, or as a
 * fault. */
static void keep(const void *parent, struct reading *reading, size_t line, json_t *object)
{
    const struct sheet *sheet = reading->sheet;
    const char *key, *list = sheet->entries.list;
    const struct sheet_row *earlier = find_earlier(parent, reading, object, &key);

    if (earlier != NULL && list != NULL) {
        json_array_extend(json_path_get(earlier->object, list), json_path_get(object, list));
        json_decref(object);
        return;
    }
    if (earlier != NULL) {
        const char *last = strrchr(key, '+'); /* of several fields the one that people see */
        report_fault(reading->report, sheet->file, line,
                     sheet_column_of(sheet, last == NULL ? key : last + 1),
                     mem_printf(parent, "line %zu has the same", earlier->line));
        report_row(reading->rows->totals, ROW_FAILED);
        json_decref(object);
        return;
    }
    for (size_t i = 0; i < SHEET_KEYS_MAX && sheet->keys[i] != NULL; i++) {
        const char *value = sheet_key(parent, sheet, i, object);

        if (value != NULL)
            json_object_set_new(reading->seen[i], value,
                                json_integer((json_int_t)reading->rows->count));
    }
    reading->rows->rows[reading->rows->count++] = (struct sheet_row){line, object};
}

static void read_row(struct reading *reading, const struct csv_row *row)
{
    void *scratch = talloc_new(NULL);
    json_t *cells = json_object(), *object = NULL;

    if (read_cells(reading, row, cells)) {
        add_constants(reading->sheet, row->line, cells);
        object = canonical(scratch, reading, row->line, cells);
    }
    if (object != NULL)
        keep(scratch, reading, row->line, object);
    else
        report_row(reading->rows->totals, ROW_FAILED);
    json_decref(cells);
    talloc_free(scratch);
}

static int free_objects(struct sheet_row *rows)
{
    for (size_t i = 0; i < talloc_array_length(rows); i++)
        json_decref(rows[i].object);
    return 0;
}

static void read_rows(const void *parent, struct reading *reading)
{
    const struct load_file *file = reading->file;
    struct sheet_rows *rows = reading->rows;

    rows->rows = mem_array(parent, struct sheet_row, file->csv.count);
    talloc_set_destructor(rows->rows, free_objects);
    for (size_t i = 0; i < SHEET_KEYS_MAX; i++)
        reading->seen[i] = json_object();
    for (size_t i = 0; i < file->csv.count; i++) {
        if (file->good[i] && is_meant(reading, &file->csv.rows[i]))
            read_row(reading, &file->csv.rows[i]);
        else if (!file->good[i] && reading->sheet->when[0] == NULL)
            report_row(rows->totals, ROW_FAILED); /* counts once, not for each of its objects */
    }
    for (size_t i = 0; i < SHEET_KEYS_MAX; i++)
        json_decref(reading->seen[i]);
}

bool sheet_read(const void *parent, const struct sheet *sheet, const struct load_file *file,
                const struct sheet_options *options, struct report *report, struct sheet_rows *ret)
{
    struct reading reading = {
        .sheet = sheet, .file = file, .options = options, .report = report, .rows = ret};

    *ret = (struct sheet_rows){.sheet = sheet};
    ret->present = file->present && is_meant(&reading, NULL);
    if (!ret->present)
        return true;
    ret->totals = report_add_file(report, sheet->file, sheet->objects);
    if (!find_columns(&reading))
        return false;
    read_rows(parent, &reading);
    return true;
}
