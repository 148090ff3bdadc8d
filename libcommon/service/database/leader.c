/* SPDX-License-Identifier: Apache-2.0 */
/* leader.c - duties by advisory lock */
#include "libcommon/service/database/leader.h"

#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/database/lock.h"

STATEMENT(try_lead,
          .sql = "SELECT pg_try_advisory_lock(:key::bigint),"
                 " set_config('idle_session_timeout', '3000', false)",
          .with = "key", .session = SESSION_ANY);
STATEMENT(touch, .sql = "SELECT 1", .session = SESSION_ANY);

bool leader_try(struct db *db, const char *service, const char *duty)
{
    void *mem = mem_check(talloc_new(NULL));
    const char *name = mem_printf(mem, "!%s/%s", service, duty); /* no street's lock */
    const struct db_param key = NAMED(key, param_int(mem, lock_key(name)));

    db_send_own(db, &try_lead, &key, 1);
    db_sync(db);
    const PGresult *answer = db_next(db, mem);
    bool leads = answer && column_int(answer, 0, 0);
    db_recover(db);
    if (!leads)
        lock_end_stalled(db, name);
    talloc_free(mem);
    return leads;
}

void leader_touch(struct db *db)
{
    db_send_own(db, &touch, NULL, 0);
    db_recover(db);
}
