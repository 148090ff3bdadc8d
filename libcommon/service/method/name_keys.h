/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name_keys.h - names and the keys by which they are equal and searched (text_form.h, KEYED)
 *
 * A row of a version without keys has ''. Nothing goes wrong by that: its name is searched as it
 * stands, and is unique as it stands by the index of before. name_keys_make makes what lacks.
 */
#pragma once

#include "libcommon/service/method/method.h"
#include "type_name_collision.pb-c.h"

/* Condition of a list whose request has a field name_contains. */
#define NAME_CONTAINS                                                                              \
    "(strpos(name_key, :name_contains_key) > 0"                                                    \
    " OR name_key = '' AND strpos(name, :name_contains) > 0)"

/* A table with names. Its statements are bound to jusha.type.v1.NameCollision. */
struct named_table {
    const char *noun;                          /* unique in the service, for positions */
    const struct db_stmt *look, *rival, *take; /* rival NULL: its names may be equal */
};

/* The three statements of a table, and its row: NAMED_TABLE(unit). `held` says of a row r that it
 * holds its name, `same` that two of them, s and o, may not have one name. */
#define NAME_KEYS_OF(noun, table, id)                                                              \
    STATEMENT(noun##_names,                                                                        \
              .sql = "SELECT " id "::text AS object_id, name, name_key AS other_name FROM " table  \
                     " WHERE street = :street AND " id " > :object_id::uuid AND name <> ''"        \
                     " ORDER BY " id " LIMIT 200",                                                 \
              .of = &type__name_collision__descriptor);                                            \
    STATEMENT(noun##_take_key,                                                                     \
              .sql = "UPDATE " table " SET name_key = :name_key WHERE street = :street AND " id    \
                     " = :object_id::uuid",                                                        \
              .of = &type__name_collision__descriptor)
#define NAME_KEY_RIVALS(noun, table, id, same)                                                     \
    STATEMENT(noun##_name_rival,                                                                   \
              .sql = "SELECT o." id "::text AS other_id, o.name AS other_name FROM " table " s"    \
                     " JOIN " table " o ON o.street = s.street AND o.name_key = :name_key"         \
                     " AND o." id " <> s." id " AND " same " WHERE s.street = :street"             \
                     " AND s." id " = :object_id::uuid LIMIT 1",                                   \
              .of = &type__name_collision__descriptor)
#define NAMED_TABLE(noun)                                                                          \
    {                                                                                              \
#noun, &noun##_names, &noun##_name_rival, &noun##_take_key                                 \
    }
#define NAMED_TABLE_OF_EQUALS(noun)                                                                \
    {                                                                                              \
#noun, &noun##_names, NULL, &noun##_take_key                                               \
    }

/* What a page of it found; a service's response. */
struct name_keys {
    char *next_position;
    uint32_t looked_at, made;
    size_t collision_count;
    Type__NameCollision **collisions;
};

/* The next page behind `position`, of tables that end with a zero row. INVALID_ARGUMENT on
 * "position". */
enum status name_keys_make(struct call *call, const struct named_table *tables,
                           const char *position, struct name_keys *ret) MUST_CHECK;
