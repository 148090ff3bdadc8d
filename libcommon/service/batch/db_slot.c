/* SPDX-License-Identifier: Apache-2.0 */
/* db_slot.c - a work thread's connection */
#include "libcommon/service/batch/db_slot.h"

#include "libcommon/base/fault.h"
#include "libcommon/service/batch/answers.h"
#include "libcommon/service/batch/batch.h"
#include "libcommon/service/database/db_convert.h"
#include "libcommon/service/method/grants.h"
#include "libcommon/service/journal/journal.h"
#include "libcommon/service/database/lock.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/batch/query.h"
#include "libcommon/service/following/timer.h"

static struct db_stmt set_street = {
    .name = "set_street",
    .sql = "SELECT set_config('jusha.street', $1, true)", /* true: until the transaction ends */
};
static const struct db_stmt *const own_statements[] = {&set_street, NULL};

void db_slot_set_street(struct db *db, const char *street)
{
    const struct db_param param = param_text(street);

    db_send_own(db, &set_street, &param, 1);
}

bool db_slot_open(struct db_slot *slot)
{
    const struct db_stmt *const *const lists[] = {own_statements,
                                                  batch_statements,
                                                  answers_statements,
                                                  query_statements,
                                                  grants_statements,
                                                  journal_statements(),
                                                  timer_statements,
                                                  slot->statements,
                                                  lock_statements,
                                                  slot->more,
                                                  NULL};

    if (fault_planted(BUG_SESSION_WIDE_STREET))
        set_street.sql = "SELECT set_config('jusha.street', $1, false)";
    if (slot->db && db_alive(slot->db) && db_fault(slot->db) != DB_LOST)
        return true;
    TALLOC_FREE(slot->db);
    slot->db =
        db_open(slot->parent, slot->conninfo, slot->service->name, slot->service->name, lists);
    slot->opened++;
    return slot->db != NULL;
}
