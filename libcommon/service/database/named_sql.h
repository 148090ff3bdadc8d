/* SPDX-License-Identifier: Apache-2.0 */
/*
 * named_sql.h - SQL with parameters by name -> SQL as PostgreSQL takes it
 *
 *   WHERE street = :street AND unit_id = :unit_id AND (:kind = '' OR kind = :kind)
 *   WHERE street = $1      AND unit_id = $2       AND ($3    = '' OR kind = $3)
 *
 * A parameter is a colon and a name in lower case. Strings, quoted names, $$texts$$, comments,
 * ::casts and the [from:to] of an array are left as they are.
 */
#pragma once

enum { SQL_PARAMS_MAX = 40, SQL_NAME_MAX = 63 /* bytes */ };

struct named_sql {
    char *text;
    int count;
    char *names[SQL_PARAMS_MAX]; /* of $1, $2, …, in the order in which they first appear */
};

/* NULL, and *ret with memory under parent; or what is wrong: a quote that does not end, a parameter
 * by number ($1), too many. */
const char *named_sql_read(const void *parent, const char *sql, struct named_sql *ret);
