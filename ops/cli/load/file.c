/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - a CSV file through the checks that need no table */
#include "file.h"

#include <string.h>
#include <unistd.h>

#include "language/language.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "libcommon/base/text_form.h"

/* False for text that is not UTF-8 or holds a NUL. */
static bool normalise(const void *parent, struct csv_cell *cell)
{
    if (text_characters(cell->text, cell->bytes) < 0)
        return false;
    cell->text = text_line(parent, mem_text(parent, cell->text));
    return true;
}

size_t load_file_column(const struct load_file *file, const char *name)
{
    size_t i = 0;

    while (i < file->csv.header.count && strcmp(file->csv.header.cells[i].text, name) != 0)
        i++;
    return i;
}

/* False after a fault: the header cannot be used. */
static bool read_header(const void *parent, struct load_file *file, struct report *report)
{
    struct csv_row *header = &file->csv.header;
    bool usable = true;

    for (size_t i = 0; i < header->count; i++) {
        if (!normalise(parent, &header->cells[i])) {
            report_fault(report, file->name, header->line, NULL,
                         "it is not UTF-8; save it as UTF-8");
            return false;
        }
        if (load_file_column(file, header->cells[i].text) < i) {
            report_fault(report, file->name, header->line, header->cells[i].text,
                         "this column stands twice");
            usable = false;
        }
    }
    return usable;
}

/* False after a fault. */
static bool read_line(const void *parent, const struct load_file *file, struct csv_row *row,
                      struct report *report)
{
    const struct csv_row *header = &file->csv.header;
    bool good = true;

    if (row->count != header->count) {
        report_fault(report, file->name, row->line, NULL,
                     mem_printf(parent, speak("it has %zu cells where the header has %zu"),
                                row->count, header->count));
        return false;
    }
    for (size_t i = 0; i < row->count; i++) {
        if (normalise(parent, &row->cells[i]))
            continue;
        report_fault(report, file->name, row->line, header->cells[i].text, "it is not UTF-8");
        good = false;
    }
    return good;
}

bool load_file_read(const void *parent, const char *folder, const char *name, struct report *report,
                    struct load_file *ret)
{
    const char *path = mem_printf(parent, "%s/%s", folder, name);
    struct csv_fault fault;

    *ret = (struct load_file){.name = name, .present = access(path, F_OK) == 0};
    if (!ret->present)
        return true;
    if (!csv_rows_read(parent, path, &ret->csv, &fault)) {
        report_fault(report, name, fault.line, NULL, fault.message);
        return false;
    }
    if (!read_header(parent, ret, report))
        return false;
    ret->good = mem_array(parent, bool, ret->csv.count);
    for (size_t i = 0; i < ret->csv.count; i++)
        ret->good[i] = read_line(parent, ret, &ret->csv.rows[i], report);
    return true;
}
