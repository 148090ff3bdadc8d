/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - rows for people: columns aligned by how wide characters stand on a terminal */
#include "table.h"

#include <stdbool.h>
#include <unistd.h>

#include "language/language.h"
#include "libcommon/base/mem.h"
#include "terminal.h"

enum { TABLE_COLUMNS_MAX = 12, GAP_COLUMNS = 2 };

struct table {
    const char *const *headings;
    size_t columns, rows;
    int width[TABLE_COLUMNS_MAX]; /* in terminal columns */
    char **cells;                 /* rows x columns */
};

static bool is_number(const struct table *table, size_t column)
{
    return table->headings[column][0] == '>';
}

static const char *heading(const struct table *table, size_t column)
{
    return speak(table->headings[column] + is_number(table, column));
}

struct table *table_new(const void *parent, const char *const *headings)
{
    struct table *table = mem_new(parent, struct table);

    table->headings = headings;
    while (headings[table->columns] != NULL && table->columns < TABLE_COLUMNS_MAX) {
        table->width[table->columns] = terminal_width(heading(table, table->columns));
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
        int width = terminal_width(cell);

        table->cells[first + i] = cell;
        if (width > table->width[i])
            table->width[i] = width;
    }
}

static void print_cell(const struct table *table, size_t column, const char *cell, FILE *out)
{
    int blank = table->width[column] - terminal_width(cell);

    if (is_number(table, column))
        fprintf(out, "%*s%s", blank, "", cell);
    else if (column + 1 < table->columns)
        fprintf(out, "%s%*s", cell, blank, "");
    else
        fputs(cell, out); /* no blanks at the end of a line */
    if (column + 1 < table->columns)
        fprintf(out, "%*s", GAP_COLUMNS, "");
}

static void print_rows(const struct table *table, FILE *out)
{
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

/* Beside its title, or, where it does not fit there, below it. */
static void print_below(const char *cell, int column, FILE *out)
{
    int columns = terminal_columns(out);

    if (column + terminal_width(cell) < columns) {
        fprintf(out, "%s\n", cell);
        return;
    }
    fputc('\n', out);
    terminal_wrap(out, cell, columns, 0, GAP_COLUMNS);
}

/* A block for each row. */
static void print_blocks(const struct table *table, FILE *out)
{
    int widest = 0;

    for (size_t i = 0; i < table->columns; i++)
        if (terminal_width(heading(table, i)) > widest)
            widest = terminal_width(heading(table, i));
    for (size_t cell = 0; cell < table->rows * table->columns; cell++) {
        const char *title = heading(table, cell % table->columns);

        if (cell > 0 && cell % table->columns == 0)
            fputc('\n', out);
        fprintf(out, "%s%s%s%*s", terminal_paint(out, PAINT_BOLD), title,
                terminal_paint(out, PAINT_PLAIN), widest - terminal_width(title) + GAP_COLUMNS, "");
        print_below(table->cells[cell], widest + GAP_COLUMNS, out);
    }
}

void table_print(const struct table *table, FILE *out)
{
    int width = -GAP_COLUMNS;

    for (size_t i = 0; i < table->columns; i++)
        width += table->width[i] + GAP_COLUMNS;
    if (table->rows == 0)
        return;
    if (isatty(fileno(out)) && width > terminal_columns(out))
        print_blocks(table, out);
    else
        print_rows(table, out);
}
