/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv_rows.c - a CSV file (RFC 4180) in memory, each row with the line it begins on
 *
 * libcsv knows no lines, so it is fed one at a time and asked after each whether a row ended.
 */
#include "csv_rows.h"

#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/mem.h"

enum { FILE_BYTES_MAX = 64 * 1024 * 1024, READ_BYTES = 64 * 1024 };

struct reader {
    const void *parent;
    struct csv_rows *rows;
    struct csv_row open; /* the row that is being read */
    size_t line;         /* how many are behind */
    bool is_open;
    bool has_header;
};

static void end_cell(void *text, size_t bytes, void *data)
{
    struct reader *reader = data;
    struct csv_row *row = &reader->open;

    row->cells = mem_check(
        talloc_realloc(reader->parent, row->cells, struct csv_cell, (unsigned)row->count + 1));
    char *copy = mem_bytes(row->cells, bytes + 1);
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    row->cells[row->count++] = (struct csv_cell){.text = copy, .bytes = bytes};
}

static void end_row(int terminator, void *data)
{
    struct reader *reader = data;
    struct csv_rows *rows = reader->rows;

    (void)terminator;
    if (!reader->has_header) {
        rows->header = reader->open;
    } else {
        size_t room = talloc_array_length(rows->rows);
        if (rows->count == room)
            rows->rows = mem_check(talloc_realloc(reader->parent, rows->rows, struct csv_row,
                                                  room == 0 ? 64 : (unsigned)room * 2));
        rows->rows[rows->count++] = reader->open;
    }
    reader->has_header = true;
    reader->is_open = false;
    reader->open = (struct csv_row){0};
}

/* Bytes of the line at data, with its ending: LF, CR LF or CR. */
static size_t line_size(const char *data, size_t size)
{
    size_t i = 0;

    while (i < size && data[i] != '\n' && data[i] != '\r')
        i++;
    if (i + 1 < size && data[i] == '\r' && data[i + 1] == '\n')
        return i + 2;
    return i < size ? i + 1 : i;
}

static bool is_blank(const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (strchr(" \t\r\n", data[i]) == NULL || data[i] == '\0')
            return false;
    return true;
}

/* "sep=;" as the first line, which tells Excel what stands between cells; '\0' for none. */
static char told_delimiter(const char *data, size_t size)
{
    static const char told[] = "sep=";
    const size_t sign = sizeof told - 1, line = line_size(data, size);

    if (line < sign + 2 || strncasecmp(data, told, sign) != 0 ||
        !is_blank(data + sign + 1, line - sign - 1))
        return '\0';
    return data[sign];
}

static bool feed(struct reader *reader, struct csv_parser *parser, const char *data, size_t size,
                 struct csv_fault *ret_fault)
{
    size_t line = reader->line;

    for (size_t at = 0, bytes; at < size; at += bytes) {
        bytes = line_size(data + at, size - at);
        line++;
        if (!reader->is_open) {
            if (is_blank(data + at, bytes))
                continue;
            reader->is_open = true;
            reader->open.line = line;
        }
        if (csv_parse(parser, data + at, bytes, end_cell, end_row, reader) != bytes) {
            *ret_fault = (struct csv_fault){
                line, mem_text(reader->parent, "a quote stands where none may stand")};
            return false;
        }
    }
    if (csv_fini(parser, end_cell, end_row, reader) != 0) {
        *ret_fault = (struct csv_fault){
            reader->open.line,
            mem_text(reader->parent, "a quoted cell that begins here never ends")};
        return false;
    }
    return true;
}

/* Between the header's cells: the first of , ; and tab that stands in it outside of quotes. */
static char delimiter_of(const char *data, size_t size)
{
    bool quoted = false, semicolon = false, tab = false;

    for (size_t i = 0; i < size && (quoted || (data[i] != '\n' && data[i] != '\r')); i++) {
        if (data[i] == '"')
            quoted = !quoted;
        else if (!quoted && data[i] == ',')
            return ',';
        semicolon = semicolon || (!quoted && data[i] == ';');
        tab = tab || (!quoted && data[i] == '\t');
    }
    if (semicolon)
        return ';';
    if (tab)
        return '\t';
    return ',';
}

bool csv_rows_parse(const void *parent, const char *data, size_t size, struct csv_rows *ret,
                    struct csv_fault *ret_fault)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    const size_t mark = sizeof byte_order_mark - 1;
    struct csv_rows rows = {0};
    struct reader reader = {.parent = parent, .rows = &rows};
    struct csv_parser parser;

    if (size >= mark && memcmp(data, byte_order_mark, mark) == 0) {
        data += mark;
        size -= mark;
    }
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        mem_check(NULL);
    char delimiter = told_delimiter(data, size);
    if (delimiter != '\0') {
        size_t bytes = line_size(data, size);
        data += bytes;
        size -= bytes;
        reader.line = 1;
    }
    if (delimiter == '\0')
        delimiter = delimiter_of(data, size);
    csv_set_delim(&parser, (unsigned char)delimiter);
    bool is_csv = feed(&reader, &parser, data, size, ret_fault);
    csv_free(&parser);
    if (!is_csv)
        return false;
    if (!reader.has_header) {
        *ret_fault = (struct csv_fault){0, mem_text(parent, "it has no header row")};
        return false;
    }
    *ret = rows;
    return true;
}

/* NULL with errno 0 when the file is too long. */
static char *read_file(const void *parent, const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "re");
    char *data = NULL;
    size_t size = 0, got;

    if (file == NULL)
        return NULL;
    errno = 0;
    do {
        data = mem_check(talloc_realloc(parent, data, char, (unsigned)(size + READ_BYTES)));
        got = fread(data + size, 1, READ_BYTES, file);
        size += got;
    } while (got == READ_BYTES && size <= FILE_BYTES_MAX);
    bool failed = ferror(file) != 0 || size > FILE_BYTES_MAX;
    fclose(file);
    if (failed)
        return NULL;
    *ret_size = size;
    return data;
}

/* XLSX is a ZIP archive, XLS an OLE one. */
static bool is_workbook(const char *data, size_t size)
{
    static const char *const signs[] = {"PK\3\4", "\xd0\xcf\x11\xe0"};

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (size >= strlen(signs[i]) && memcmp(data, signs[i], strlen(signs[i])) == 0)
            return true;
    return false;
}

bool csv_rows_read(const void *parent, const char *path, enum encoding encoding,
                   struct csv_rows *ret, struct csv_fault *ret_fault)
{
    size_t size, text_size, line;
    const char *fault;
    char *data = read_file(parent, path, &size);

    if (data == NULL) {
        *ret_fault = (struct csv_fault){
            0, mem_text(parent, errno != 0 ? strerror(errno) : "it is longer than 64 MiB")};
        return false;
    }
    char *text;
    bool read = false;
    if (is_workbook(data, size))
        *ret_fault = (struct csv_fault){
            0, mem_text(parent, "it is a workbook of Excel: save it as CSV UTF-8")};
    else if (!encoding_decode(data, data, size, encoding, &text, &text_size, &line, &fault))
        *ret_fault = (struct csv_fault){line, mem_text(parent, fault)};
    else
        read = csv_rows_parse(parent, text, text_size, ret, ret_fault);
    talloc_free(data);
    return read;
}
