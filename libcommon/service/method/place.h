/* SPDX-License-Identifier: Apache-2.0 */
/* place.h - where in the street a command acts */
#pragma once

struct db_stmt; /* db.h */

/* Where in the street a command acts, so that reaches other than the whole street can be checked.
 * Paths of string fields from the request's top ("need.community_id"), NULL for none; or a
 * statement bound to the request whose one row has any of the text columns community_id, unit_id,
 * person_id of what is stored. The stored object's place decides; if there is none, the handler
 * says so. */
struct place {
    const char *community_id, *unit_id, *person_id;
    const struct db_stmt *stored;
    const char
        *part; /* the request's message that `stored` is bound to; NULL: the request itself */
};
/* PLACE_FIELDS(.unit_id = "sheet.unit_id"), PLACE_STORED(&place_of_sheet), PLACE_STORED_OF(sheet,
 * &place_of_sheet) */
#define PLACE_FIELDS(...) (&(const struct place){__VA_ARGS__})
#define PLACE_STORED(stmt) (&(const struct place){.stored = (stmt)})
#define PLACE_STORED_OF(f, stmt) (&(const struct place){.stored = (stmt), .part = #f})
