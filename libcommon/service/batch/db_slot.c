/* SPDX-License-Identifier: Apache-2.0 */
/* db_slot.c - a work thread's connection */
#include "libcommon/service/batch/db_slot.h"

#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"

/* true: until the transaction ends */
STATEMENT(set_street, .sql = "SELECT set_config('jusha.street', :street, true)");

void db_slot_set_street(struct db *db, const char *street)
{
    const struct db_param param = NAMED(street, param_text(street));

    db_send_own(db, &set_street, &param, 1);
}

bool db_slot_open(struct db_slot *slot)
{
    if (slot->db && db_alive(slot->db))
        return true;
    TALLOC_FREE(slot->db);
    slot->db = db_open(slot->parent, slot->conninfo, slot->service->name, SESSION_SERVICE);
    slot->opened++;
    return slot->db != NULL;
}
