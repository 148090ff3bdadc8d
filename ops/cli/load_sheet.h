/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load_sheet.h - which columns of which file become which fields of which object
 *
 * sheet_read takes a file through every check that needs no server and leaves rows of canonical
 * JSON.
 */
#pragma once

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "load_report.h"

enum { SHEET_COLUMNS_MAX = 10, SHEET_KEYS_MAX = 2 };

struct sheet_column {
    const char *name;  /* in the header row */
    const char *field; /* path in the object: "party_organisation.name" */
    bool required;     /* the column must be there and no cell empty */
};

struct sheet {
    const char *file;
    const ProtobufCMessageDescriptor *type;
    const char *object;                 /* its field in requests and responses: "unit" */
    const char *objects;                /* its field in the list's response: "units" */
    const char *list, *create, *update; /* methods */
    const char *id;                     /* field that names the object in an update */
    const char *gone;                   /* status of objects that hold their name no longer */
    const char *keys[SHEET_KEYS_MAX];   /* fields that tell two objects apart, strongest first */
    struct sheet_column columns[SHEET_COLUMNS_MAX]; /* ends with a zero row */
};

extern const struct sheet street_sheet; /* `list` is GetStreet: one row a folder */
extern const struct sheet community_sheet;
extern const struct sheet unit_sheet;

struct sheet_row {
    size_t line;
    json_t
        *object; /* fields of the columns that the file has; those at their default are left out */
};

struct sheet_rows {
    const struct sheet *sheet;
    bool present;                       /* the file is there */
    bool has_column[SHEET_COLUMNS_MAX]; /* like sheet->columns */
    size_t count;
    struct sheet_row *rows; /* the good ones; bad ones are in the report already */
    struct report_file *totals;
};

/* Reads folder/<sheet->file>; a file that is not there is not present and no fault. False: the file
 * as a whole cannot be loaded, see the report. slug, unless NULL, stands for the field "street" of
 * every row. Lives under parent, the JSON with it. */
bool sheet_read(const void *parent, const struct sheet *sheet, const char *folder, const char *slug,
                struct report *report, struct sheet_rows *ret);

/* Columns of the sheet, without the zero row. */
size_t sheet_columns(const struct sheet *sheet);

/* Column of a field as violations name it ("unit.kind" of a request, "kind" of an object); NULL if
 * no column is it. */
const char *sheet_column_of(const struct sheet *sheet, const char *field);
