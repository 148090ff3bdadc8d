/* SPDX-License-Identifier: Apache-2.0 */
/* sessions.c - planted bugs of how a process stands to its database */
#include <libpq-fe.h>
#include <string.h>

#include "libcommon/service/database/session.h"
#include "libcommon/service/database/writes.h"
#include "tests/faults/planted/fault.h"

enum { KEYS_MAX = 32 };

WRAPS(session_is_read_only);
WRAPS(PQconnectdbParams);
WRAPS(PQresultErrorField);
WRAPS(writes_fail);

bool __wrap_session_is_read_only(const PGconn *conn)
{
    return !fault_planted(BUG_STAYS_READ_ONLY) && __real_session_is_read_only(conn);
}

/* Whatever there is will do. */
PGconn *__wrap_PQconnectdbParams(const char *const *keys, const char *const *values, int expand)
{
    const char *given[KEYS_MAX] = {NULL};
    bool planted = fault_planted(BUG_STAYS_READ_ONLY);

    for (int i = 0; i < KEYS_MAX && keys[i]; i++)
        given[i] = strcmp(keys[i], "target_session_attrs") == 0 && planted ? "any" : values[i];
    return __real_PQconnectdbParams(keys, given, expand);
}

/* An error of read-only sessions that nobody knows. */
char *__wrap_PQresultErrorField(const PGresult *result, int field)
{
    static char unknown[] = "25XXX";
    char *value = __real_PQresultErrorField(result, field);
    bool read_only = field == PG_DIAG_SQLSTATE && value && strcmp(value, "25006") == 0;

    return read_only && fault_planted(BUG_STAYS_READ_ONLY) ? unknown : value;
}

bool __wrap_writes_fail(void)
{
    return !fault_planted(BUG_HEALTHY_WITHOUT_ROOM) && __real_writes_fail();
}
