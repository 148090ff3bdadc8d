/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - rows for people: columns aligned by how wide characters stand on a terminal */
#include "table.h"

#include <stdbool.h>
#include <uniwidth.h>

#include "libcommon/base/mem.h"
#include "terminal.h"

enum { TABLE_COLUMNS_MAX = 12, GAP_COLUMNS = 2 };

struct table {
    const char *const *headings;
    size_t columns, rows;
    int width[TABLE_COLUMNS_MAX]; /* in terminal columns */
    char **cells;                 /* rows x columns */
};

static int width_of(const char *text)
{
    return u8_strwidth((const uint8_t *)text, "UTF-8");
}

static const char *heading(const struct table *table, size_t column)
{
    return table->headings[column] + (table->headings[column][0] == '>');
}

struct table *table_new(const void *parent, const char *const *headings)
{
    struct table *table = mem_new(parent, struct table);

    table->headings = headings;
    while (headings[table->columns] != NULL && table->columns < TABLE_COLUMNS_MAX) {
        table->width[table->columns] = width_of(heading(table, table->columns));
        table->columns++;
    }
    return table;
}

static char *printable(const void *parent, const char *text)
{
    char *copy = mem_text(parent, text);

    for (unsigned char *byte = (unsigned char *)copy; *byte != '\0'; byte++) {
        bool is_c1 = byte[0] == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0;

        if (*byte < 0x20 || *byte == 0x7f)
            *byte = '?';
        else if (is_c1)
            byte[0] = byte[1] = '?';
    }
    return copy;
}

void table_row(struct table *table, const char *const *cells)
{
    size_t first = table->rows++ * table->columns;

    table->cells =
        mem_check(talloc_realloc(table, table->cells, char *, (unsigned)(first + table->columns)));
    for (size_t i = 0; i < table->columns; i++) {
        char *cell = printable(table, cells[i]);
        int width = width_of(cell);

        table->cells[first + i] = cell;
        if (width > table->width[i])
            table->width[i] = width;
    }
}

static void print_cell(const struct table *table, size_t column, const char *cell, FILE *out)
{
    int blank = table->width[column] - width_of(cell);

    if (table->headings[column][0] == '>')
        fprintf(out, "%*s%s", blank, "", cell);
    else if (column + 1 < table->columns)
        fprintf(out, "%s%*s", cell, blank, "");
    else
        fputs(cell, out); /* no blanks at the end of a line */
    if (column + 1 < table->columns)
        fprintf(out, "%*s", GAP_COLUMNS, "");
}

void table_print(const struct table *table, FILE *out)
{
    if (table->rows == 0)
        return;
    fputs(terminal_paint(out, PAINT_BOLD), out);
    for (size_t i = 0; i < table->columns; i++)
        print_cell(table, i, heading(table, i), out);
    fprintf(out, "%s\n", terminal_paint(out, PAINT_PLAIN));
    for (size_t row = 0; row < table->rows; row++) {
        for (size_t i = 0; i < table->columns; i++)
            print_cell(table, i, table->cells[row * table->columns + i], out);
        fputc('\n', out);
    }
}
