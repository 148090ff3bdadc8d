/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - a CSV file through the checks that need no table */
#include "file.h"

#include <string.h>
#include <unistd.h>

#include "language/language.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "libcommon/base/text_form.h"

/* Of ="0571", which keeps Excel from making a number of a text, the text; in its place. */
static char *without_formula(char *text)
{
    size_t size = strlen(text);

    if (size < 3 || strncmp(text, "=\"", 2) != 0 || strchr(text + 2, '"') != text + size - 1)
        return text;
    text[size - 1] = '\0';
    return text + 2;
}

/* False for text that is not UTF-8 or holds a NUL. */
static bool normalise(const void *parent, struct csv_cell *cell)
{
    if (text_characters(cell->text, cell->bytes) < 0)
        return false;
    cell->text = without_formula(text_line(parent, mem_text(parent, cell->text)));
    return true;
}

size_t load_file_column(const struct load_file *file, const char *name)
{
    size_t i = 0;

    while (i < file->csv.header.count && strcmp(file->csv.header.cells[i].text, name) != 0)
        i++;
    return i;
}

static bool is_empty(const struct csv_row *row, size_t column)
{
    return column >= row->count || *row->cells[column].text == '\0';
}

/* Has no row anything in it? */
static bool is_empty_column(const struct load_file *file, size_t column)
{
    for (size_t i = 0; i < file->csv.count; i++)
        if (!is_empty(&file->csv.rows[i], column))
            return false;
    return true;
}

static bool is_empty_from(const struct csv_row *row, size_t column)
{
    while (column < row->count && is_empty(row, column))
        column++;
    return column >= row->count;
}

/* Every cell in its form, and a cell that is no text empty, with a fault. */
static void normalise_rows(const void *parent, struct load_file *file, struct report *report)
{
    for (size_t i = 0; i < file->csv.count; i++) {
        struct csv_row *row = &file->csv.rows[i];

        file->good[i] = true;
        for (size_t j = 0; j < row->count; j++) {
            if (normalise(parent, &row->cells[j]))
                continue;
            report_fault(report, file->name, row->line,
                         j < file->csv.header.count ? file->csv.header.cells[j].text : NULL,
                         "it holds what is no text");
            row->cells[j].text = "?";
            file->good[i] = false;
        }
    }
}

/* Excel leaves rows of commas alone where something was deleted. */
static void drop_empty_rows(struct load_file *file)
{
    size_t kept = 0;

    for (size_t i = 0; i < file->csv.count; i++) {
        if (is_empty_from(&file->csv.rows[i], 0))
            continue;
        file->good[kept] = file->good[i];
        file->csv.rows[kept++] = file->csv.rows[i];
    }
    file->csv.count = kept;
}

/* False after a fault: the header cannot be used. Columns without a name end it, and one that
 * stands twice is passed by, if nothing is in them. */
static bool check_header(struct load_file *file, struct report *report)
{
    struct csv_row *header = &file->csv.header;
    bool usable = true;

    for (size_t i = header->count; i-- > 0;) {
        const char *name = header->cells[i].text;
        bool twice = *name != '\0' && load_file_column(file, name) < i;

        if (!twice && *name != '\0')
            continue;
        if (is_empty_column(file, i)) {
            header->cells[i].text = "";
            continue;
        }
        report_fault(report, file->name, header->line, *name == '\0' ? NULL : name,
                     twice ? "this column stands twice" : "a column has cells, but no name");
        usable = false;
    }
    return usable;
}

/* False after a fault. A row may have empty cells more than the header, and lack those of columns
 * without a name. */
static bool fit_row(const void *parent, const struct load_file *file, struct csv_row *row,
                    struct report *report)
{
    const struct csv_row *header = &file->csv.header;
    size_t cells = row->count;

    if (is_empty_from(row, header->count) && is_empty_from(header, row->count)) {
        row->cells =
            mem_check(talloc_realloc(parent, row->cells, struct csv_cell, (unsigned)header->count));
        for (; cells < header->count; cells++)
            row->cells[cells] = (struct csv_cell){.text = ""};
        row->count = header->count;
        return true;
    }
    report_fault(
        report, file->name, row->line, NULL,
        mem_printf(parent, "it has %zu cells where the header has %zu", row->count, header->count));
    return false;
}

static char *in_small_letters(const void *parent, const char *text)
{
    char *copy = mem_text(parent, text);

    for (char *c = copy; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return copy;
}

/* False after a fault. */
static bool normalise_header(const void *parent, struct load_file *file, struct report *report)
{
    struct csv_row *header = &file->csv.header;

    for (size_t i = 0; i < header->count; i++) {
        if (!normalise(parent, &header->cells[i])) {
            report_fault(report, file->name, header->line, NULL, "it holds what is no text");
            return false;
        }
        header->cells[i].text = in_small_letters(parent, header->cells[i].text);
    }
    return true;
}

bool load_file_read(const void *parent, const char *folder, const char *name,
                    enum encoding encoding, struct report *report, struct load_file *ret)
{
    const char *path = mem_printf(parent, "%s/%s", folder, name);
    struct csv_fault fault;

    *ret = (struct load_file){.name = name, .present = access(path, F_OK) == 0};
    if (!ret->present)
        return true;
    if (!csv_rows_read(parent, path, encoding, &ret->csv, &fault)) {
        report_fault(report, name, fault.line, NULL, fault.message);
        return false;
    }
    if (!normalise_header(parent, ret, report))
        return false;
    ret->good = mem_array(parent, bool, ret->csv.count);
    normalise_rows(parent, ret, report);
    drop_empty_rows(ret);
    if (!check_header(ret, report))
        return false;
    for (size_t i = 0; i < ret->csv.count; i++)
        ret->good[i] &= fit_row(parent, ret, &ret->csv.rows[i], report);
    return true;
}
