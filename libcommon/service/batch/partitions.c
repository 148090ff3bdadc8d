/* SPDX-License-Identifier: Apache-2.0 */
/* partitions.c - keep_request_partitions() of the schema, and whether it is enough */
#include "libcommon/service/batch/partitions.h"

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"

STATEMENT(keep_partitions, .sql = "SELECT keep_request_partitions()");
STATEMENT(week_of_now,
          .sql = "SELECT to_regclass('request_' || to_char(date_bin('7 days', now(), 'epoch'),"
                 " 'YYYYMMDD')) IS NOT NULL");

static _Atomic bool are_missing;

/* False where the server does not say so. */
static bool has_week_of_now(struct db *db)
{
    void *mem = mem_check(talloc_new(NULL));

    db_send_own(db, &week_of_now, NULL, 0);
    db_sync(db);
    const PGresult *answer = db_next(db, mem);
    bool has = answer && column_int(answer, 0, 0);
    db_recover(db);
    talloc_free(mem);
    return has;
}

bool partitions_keep(struct db *db)
{
    db_send_own(db, &keep_partitions, NULL, 0);
    bool kept = db_finish(db) == DB_FINE;
    if (!kept) /* there may be partitions for two weeks more */
        log_error("partitions_not_kept", "sqlstate=%s", db_sqlstate(db));
    bool is_whole = db_recover(db) != DB_LOST;
    if (kept)
        are_missing = false;
    else if (is_whole)
        are_missing = !has_week_of_now(db);
    return kept;
}

bool partitions_are_missing(void)
{
    return are_missing;
}
