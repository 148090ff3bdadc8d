/* SPDX-License-Identifier: Apache-2.0 */
/* bed_selection.c - project selection in a bed */
#include "bed_selection.h"

#include <string.h>

#include "libcommon/base/mem.h"
#include "services/selection/contract.h"
#include "services/selection/selection.h"

const struct service *const bed_service = &selection_service;

static char *new_id(struct bed *bed)
{
    char *id = mem_bytes(bed->slot.parent, ID_CHARS + 1);

    id_new(id);
    return id;
}

char *bed_unit(struct bed *bed, const char *name)
{
    char *id = new_id(bed);

    bed_sql(bed, "INSERT INTO selection.unit VALUES ('%s', '%s', '%s', 'BANK', 'SIGNED', 1)",
            bed->street, id, name);
    return id;
}

char *bed_community(struct bed *bed, const char *name)
{
    char *id = new_id(bed);

    bed_sql(bed, "INSERT INTO selection.community VALUES ('%s', '%s', '%s', 'ACTIVE', 1)",
            bed->street, id, name);
    return id;
}

void bed_assert_column(struct bed *bed, const char *table, const char *id, const char *column,
                       const char *text)
{
    const char *key = strcmp(table, "tick_sheet") == 0 ? "sheet" : table;

    if (bed_number(bed,
                   "SELECT count(*) FROM selection.%s WHERE %s_id = '%s'"
                   " AND coalesce(%s::text, '') = '%s'",
                   table, key, id, column, text) != 1)
        fail_msg("%s of the %s is not '%s'", column, table, text);
}
