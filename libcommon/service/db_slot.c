/* SPDX-License-Identifier: Apache-2.0 */
/* db_slot.c - a work thread's connection */
#include "libcommon/service/db_slot.h"

#include "libcommon/service/authority.h"
#include "libcommon/service/batch.h"
#include "libcommon/service/journal.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/query.h"
#include "libcommon/service/timer.h"

bool db_slot_open(struct db_slot *slot)
{
    const struct db_stmt *const *const lists[] = {
        batch_statements, query_statements, authority_statements, journal_statements,
        timer_statements, slot->statements, slot->more,           NULL};

    if (slot->db && db_alive(slot->db) && db_fault(slot->db) != DB_LOST)
        return true;
    TALLOC_FREE(slot->db);
    slot->db =
        db_open(slot->parent, slot->conninfo, slot->service->name, slot->service->name, lists);
    slot->opened++;
    return slot->db != NULL;
}
