/* SPDX-License-Identifier: Apache-2.0 */
/* leader.c - duties by advisory lock */
#include "libcommon/service/database/leader.h"

#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/database/lock.h"

/* PostgreSQL shows a bigint's advisory lock as two halves. */
#define POOL_IS_AWAY                                                                               \
    "NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"    \
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"             \
    " AND classid::bigint = (:pool::bigint >> 32 & 4294967295)"                                    \
    " AND objid::bigint = (:pool::bigint & 4294967295))"

/* Every session that stands by for the pool shares the lock of its presence. */
STATEMENT(try_lead,
          .sql = "SELECT pg_try_advisory_lock_shared(:pool::bigint)"
                 " AND pg_try_advisory_lock(:key::bigint),"
                 " set_config('idle_session_timeout', '3000', false)",
          .with = "key, pool", .session = SESSION_ANY);
STATEMENT(try_in_reserve,
          .sql = "SELECT CASE WHEN " POOL_IS_AWAY " THEN pg_try_advisory_lock(:key::bigint)"
                 " ELSE false END, set_config('idle_session_timeout', '3000', false)",
          .with = "key, pool", .session = SESSION_ANY);
STATEMENT(touch, .sql = "SELECT true", .session = SESSION_ANY);
STATEMENT(touch_in_reserve, .sql = "SELECT " POOL_IS_AWAY, .with = "pool", .session = SESSION_ANY);

/* Whether the one row says true. */
static bool ask(struct db *db, const struct db_stmt *stmt, const struct db_param *params, int count)
{
    void *mem = mem_check(talloc_new(NULL));

    db_send_own(db, stmt, params, count);
    db_sync(db);
    const PGresult *answer = db_next(db, mem);
    bool yes = answer && column_int(answer, 0, 0);
    db_recover(db);
    talloc_free(mem);
    return yes;
}

/* Names that are no street's lock. */
static struct db_param pool_key(const void *mem, const char *service)
{
    return (struct db_param)NAMED(pool,
                                  param_int(mem, lock_key(mem_printf(mem, "!%s/pool", service))));
}

bool leader_try(struct db *db, const char *service, const char *duty, bool in_reserve)
{
    void *mem = mem_check(talloc_new(NULL));
    const char *name = mem_printf(mem, "!%s/%s", service, duty);
    const struct db_param params[] = {NAMED(key, param_int(mem, lock_key(name))),
                                      pool_key(mem, service)};
    bool leads = ask(db, in_reserve ? &try_in_reserve : &try_lead, params, 2);

    if (!leads)
        lock_end_stalled(db, name);
    talloc_free(mem);
    return leads;
}

bool leader_touch(struct db *db, const char *service, bool in_reserve)
{
    void *mem = mem_check(talloc_new(NULL));
    const struct db_param pool = pool_key(mem, service);
    bool may_lead = in_reserve ? ask(db, &touch_in_reserve, &pool, 1) : ask(db, &touch, NULL, 0);

    talloc_free(mem);
    return may_lead;
}
