/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.h - where in the street a command acts, and whom it names there
 *
 * Looked at are the stored object and what the request makes of it: whoever does not reach the one
 * does not see it, and a community, unit or person that it is given to, or taken from, must be
 * within reach by itself. Whom a request names beside that (a partner, a party, those who may use a
 * resource) stands in `names`: being named gives the caller nothing, and no id of a community, unit
 * or person that a request holds is forgotten, as place_check refuses such a row at the start.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "libcommon/base/rules.h"

struct db_stmt; /* statement.h */

/* Paths of string fields from the request's top ("need.community_id"), NULL for none: what it is
 * made to belong to; in an update those count that its mask names and that are new. `stored` is a
 * statement bound to the request whose one row has any of the text columns community_id, unit_id,
 * person_id of what is stored; if there is none, the handler says so. Of a person it has held_role
 * and held_at as well: the highest role that they hold, and the id of the place for which they do
 * ("" the street's, '*' several). */
struct place {
    const char *community_id, *unit_id, *person_id;
    const struct db_stmt *stored;
    const char
        *part; /* the request's message that `stored` is bound to; NULL: the request itself */
    const char *const *names; /* paths of everybody else that it names; ends with NULL; or NULL */
};
/* PLACE_FIELDS(.unit_id = "sheet.unit_id"), PLACE_STORED(&place_of_sheet), PLACE_STORED_OF(sheet,
 * &place_of_sheet, .names = NAMES("sheet.helper_unit_ids")) */
#define PLACE_FIELDS(...) (&(const struct place){__VA_ARGS__})
#define PLACE_STORED(stmt) (&(const struct place){.stored = (stmt)})
#define PLACE_STORED_OF(f, ...) (&(const struct place){.part = #f, .stored = __VA_ARGS__})
#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* For the start: NULL, or what is wrong with the place of such a request; text under parent.
 * `rules` are the request's where somebody does not reach the whole street, else NULL. */
const char *place_check(const void *parent, const struct place *place,
                        const ProtobufCMessageDescriptor *request, const struct rule *rules);
