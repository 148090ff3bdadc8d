/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql.c - bugs that are a matter of SQL: what a statement says, and what it says instead
 *
 * Statements are translated once, at the start of a process; that is where the text is changed.
 */
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/database/named_sql.h"
#include "tests/faults/planted/fault.h"

WRAPS(named_sql_read);

#define LOCK_OF_STREET "SELECT pg_advisory_xact_lock(:key::bigint)"
#define NO_LOCK "SELECT :key::bigint"
#define LATE_LOCK "(SELECT pg_advisory_xact_lock(hashtext(:street))) AS late, "

static const struct {
    enum planted_bug bug;
    const char *says, *instead;
} rows[] = {
    {BUG_UNLOCKED_CAPACITY, LOCK_OF_STREET, NO_LOCK},
    {BUG_STREET_LOCK_LATE, LOCK_OF_STREET, NO_LOCK},
    {BUG_STREET_LOCK_LATE, "unnest(:ids::uuid[], :types", LATE_LOCK "unnest(:ids::uuid[], :types"},
    {BUG_JOURNAL_BY_SEQUENCE, " :head + e.n,", " nextval('number') + 0 * :head,"},
    {BUG_WAITLIST_WITHOUT_ORDER, "LIMIT 1), 0) AS last_place",
     "LIMIT 1), 0) * 0 + (random() * 1000000)::int AS last_place"},
};

static const char *replace(const void *parent, const char *text, const char *says,
                           const char *instead)
{
    const char *at = strstr(text, says);

    return at ? mem_printf(parent, "%.*s%s%s", (int)(at - text), text, instead, at + strlen(says))
              : text;
}

const char *__wrap_named_sql_read(const void *parent, const char *sql, struct named_sql *ret)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (fault_planted(rows[i].bug))
            sql = replace(parent, sql, rows[i].says, rows[i].instead);
    return __real_named_sql_read(parent, sql, ret);
}
