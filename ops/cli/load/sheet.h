/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sheet.h - which columns of which file become which fields of which objects
 *
 * A sheet is what one file says of one kind of object; a file has as many sheets as a row of it
 * means objects (a unit, its pairing, its contact, …). sheet_read takes the rows through every
 * check that needs no server and leaves canonical JSON, in which names stand for ids that only the
 * server knows (names.h). The sheets themselves are tables.c: read community_sheet there beside
 * `struct sheet` below. What is wrong goes to the report by line and column.
 */
#pragma once

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "cells.h"
#include "file.h"

enum { SHEET_COLUMNS_MAX = 12, SHEET_KEYS_MAX = 2, SHEET_WHEN_MAX = 2, SHEET_ORIGINS_MAX = 2 };

struct sheet;

/* What a name may mean: an object of that sheet, whose id goes into this field. */
struct sheet_target {
    const struct sheet *sheet;
    const char *field;
};
enum { SHEET_TARGETS = 2 };

struct sheet_column {
    const char *name;  /* in the header row */
    const char *field; /* path in the object: "party_organisation.name" */
    bool required;     /* the column must be there and no cell empty */
    bool once;         /* set when the object is made; it does not read back as it was given */
    cell_reader *read; /* NULL: by the field's type */
    /* The cell is the name of one of these; the first that has it counts. It stands at the first
     * one's field until then. */
    struct sheet_target targets[SHEET_TARGETS];
    /* With targets: this field of the object is a list of words, some of which may be such names
     * ("who may use it: banks, 下沙小学"). Those that are move to the target's list of ids, the
     * others stay. */
    const char *words;
};

struct sheet {
    const char *file;
    const ProtobufCMessageDescriptor *type;
    const char *object;                 /* its field in requests and responses: "unit" */
    const char *objects;                /* its field in the list's response: "units" */
    const char *list, *create, *update; /* methods; without update it stays as it was made */
    const char *id;                     /* field that names the object in an update */
    const char *gone;                   /* status of objects that hold their name no longer */
    /* Fields that tell two objects apart, strongest first; "unit_id+name": all of them together. */
    const char *keys[SHEET_KEYS_MAX];
    /* Columns without which, or with an empty cell of which, there is no such object; none: every
     * row is one. */
    const char *when[SHEET_WHEN_MAX];
    /* An enum that all of them have; filters: the list shows no others. */
    struct {
        const char *field, *value;
        bool filters;
    } constant;
    /* Fields that hold the id of what an earlier sheet made of the same row. */
    struct sheet_target origins[SHEET_ORIGINS_MAX];
    /* Rows of one key are one object: each adds its entry to this list, known by its key; the
     * server's id of an entry is kept. */
    struct {
        const char *list, *key, *id;
    } entries;
    /* What is done to an object, new or not, that stands in this status. */
    struct {
        const char *method, *from, *action;
    } step;
    struct sheet_column columns[SHEET_COLUMNS_MAX]; /* ends with a zero row */
};

/* Every sheet in the order in which they are loaded; ends with NULL. The first is the street's,
 * whose `list` is GetStreet: one row a folder. */
extern const struct sheet *const sheets[];
enum { SHEETS_MAX = 20 };

extern const struct sheet street_sheet, community_sheet, alliance_sheet, unit_sheet, pairing_sheet,
    member_sheet, contact_sheet, contact_grant_sheet, agreement_sheet, programme_sheet,
    resource_sheet, need_sheet, volunteer_sheet, volunteer_grant_sheet, series_sheet;

struct sheet_row {
    size_t line;
    json_t *object; /* the fields whose columns the file has; without those at their default */
};

struct sheet_rows {
    const struct sheet *sheet;
    bool present;                       /* the file is there and says something of such objects */
    bool has_column[SHEET_COLUMNS_MAX]; /* like sheet->columns */
    size_t count;
    struct sheet_row *rows;     /* the good ones; bad ones are in the report already */
    struct report_file *totals; /* of its file, in the report */
};

/* slug, unless NULL, stands for the field "street" of every row; days move by so many weeks. */
struct sheet_options {
    const char *slug;
    int weeks;
};

/* False: the file as a whole cannot be loaded, see the report. Lives under parent, the JSON with
 * it. */
bool sheet_read(const void *parent, const struct sheet *sheet, const struct load_file *file,
                const struct sheet_options *options, struct report *report, struct sheet_rows *ret);

/* True if some sheet of its file knows the column. */
bool sheet_knows_column(const char *file, const char *column);

/* Columns of the sheet, without the zero row. */
size_t sheet_columns(const struct sheet *sheet);

/* Column of a field as violations name it ("unit.kind" of a request, "kind" of an object); NULL if
 * no column is it. */
const char *sheet_column_of(const struct sheet *sheet, const char *field);

/* The value of keys[i]: its fields' texts, one a line; NULL if all are empty. Under parent. */
char *sheet_key(const void *parent, const struct sheet *sheet, size_t i, const json_t *object);
