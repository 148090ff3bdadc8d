/* SPDX-License-Identifier: Apache-2.0 */
/* lock.c - pg_locks and pg_stat_activity show a role its own sessions, and let it end them */
#include "libcommon/service/database/lock.h"

#include <sodium.h>
#include <string.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"

/* Active, yet waiting for its client: only in mid-message. A key's upper half is classid, its lower
 * half objid. */
STATEMENT(end_stalled,
          .sql = "SELECT pg_terminate_backend(a.pid) FROM pg_locks l"
                 " JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory'"
                 " AND l.granted AND l.objsubid = 1 AND l.database = (SELECT oid FROM pg_database"
                 " WHERE datname = current_database())"
                 " AND l.classid::bigint = (:key::bigint >> 32 & 4294967295)"
                 " AND l.objid::bigint = (:key::bigint & 4294967295) AND a.usename = current_user"
                 " AND a.state = 'active' AND a.wait_event = 'ClientRead'"
                 " AND a.state_change < clock_timestamp() - interval '2 s'",
          .with = "key", .session = SESSION_ANY);

int64_t lock_key(const char *name)
{
    uint8_t hash[crypto_generichash_BYTES_MIN];
    int64_t key;

    crypto_generichash(hash, sizeof hash, (const uint8_t *)name, strlen(name), NULL, 0);
    memcpy(&key, hash, sizeof key);
    return key;
}

void lock_end_stalled(struct db *db, const char *name)
{
    void *mem = mem_check(talloc_new(NULL));
    const struct db_param key = NAMED(key, param_int(mem, lock_key(name)));

    db_send_own(db, &end_stalled, &key, 1);
    db_sync(db);
    const PGresult *ended = db_next(db, mem);
    if (ended && PQntuples(ended) > 0)
        log_warning("stalled_session_ended", "lock=%s", name);
    db_recover(db);
    talloc_free(mem);
}
