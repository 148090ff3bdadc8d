/* SPDX-License-Identifier: Apache-2.0 */
/*
 * columns.h - how objects of a type are stored: a row of this list is a column, its field, how
 *
 *   static const struct column columns[] = {
 *       COLUMN(unit_id), COLUMN(name), NULLABLE(community_id, uuid), FIXED(create_time), … {0},
 *   };
 *   OBJECT(unit, registry__unit__descriptor, .noun = "unit", .id = "unit_id", .table = "registry.unit",
 *          .columns = columns, .violations = violations, .life_cycle = &unit_life_cycle);
 *
 * makes (object.h) unit_object with its statements unit_select, unit_insert, unit_update. Any other
 * statement with `.object = &unit_object` says in braces what comes from the list:
 *
 *   {columns}  what a SELECT reads: unit_id, name, …, each under its field's name. A column selected behind them
 *              under the name of one of them comes in its place
 *   {names}    and {values}: street, unit_id, … and :street, :unit_id, … of an INSERT
 *   {changes}  name = :name, … of an UPDATE: all but the id and what is fixed
 *   {key}      street = :street AND unit_id = :unit_id
 *   {table}    registry.unit
 *
 * A column without a field, and a field without a column, stop the start.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

struct column {
    const char *name;
    const char *field;  /* NULL: it has the column's name */
    const char *read;   /* what a SELECT says instead of the name; NULL */
    const char *write;  /* what is stored instead of :field; NULL */
    const char *change; /* what an UPDATE stores instead of that; NULL */
    bool fixed;         /* an UPDATE leaves it */
    bool unread;        /* a SELECT leaves it, since the field has a column of its own */
};
#define COLUMN(f)                                                                                  \
    {                                                                                              \
        .name = #f                                                                                 \
    }
/* "" is NULL there */
#define NULLABLE(f, type)                                                                          \
    {                                                                                              \
        .name = #f, .write = "nullif(:" #f ", '')::" #type                                         \
    }
/* A text by which objects are told apart, and beside it f_key, what it is equal by (text_key).
 * The key follows its text only: a row of a version without keys keeps '' until its key is made
 * (name_keys.h). */
#define KEYED(f)                                                                                   \
    {.name = #f, .write = ":" #f "::text"},                                                        \
    {                                                                                              \
        .name = #f "_key", .field = #f, .write = ":" #f "_key",                                    \
        .change = "CASE WHEN " #f " = :" #f "::text THEN " #f "_key ELSE :" #f "_key END",         \
        .unread = true                                                                             \
    }
#define FIXED(f)                                                                                   \
    {                                                                                              \
        .name = #f, .fixed = true                                                                  \
    }

struct db_stmt;      /* statement.h */
struct db_violation; /* statement.h */
struct life_cycle;   /* object.h */

/* Objects of one type. */
struct object {
    const char *noun; /* "unit": for messages, and the field that holds it in an update's request */
    const char *id;   /* the id's field and column: "unit_id"; NULL: one object a street */
    const ProtobufCMessageDescriptor *of;
    const char *table;            /* "registry.unit" */
    const struct column *columns; /* ends with a zero row; the column street is not among them */
    const struct db_violation *violations; /* ends with a zero row; NULL if none */
    const struct life_cycle *life_cycle;   /* NULL: it has none */
    const struct db_stmt *select, *insert, *update;
};

/* The text with what stands in braces written out, under parent. */
char *columns_expand(const void *parent, const char *sql, const struct object *object);

/* NULL, or how the list does not fit the type; text under parent. */
const char *columns_check(const void *parent, const struct object *object);
