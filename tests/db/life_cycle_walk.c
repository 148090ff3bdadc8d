/* SPDX-License-Identifier: Apache-2.0 */
/* life_cycle_walk.c - every cell of a life cycle's table */
#include "life_cycle_walk.h"

#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"

static const struct transition *cell(const struct life_cycle *cycle, int from, int action)
{
    for (const struct transition *row = cycle->table; row->action; row++)
        if (row->action == action &&
            (row->from == from || (row->from == ANY_STATUS && row->to != from)))
            return row;
    return NULL;
}

/* Puts the object into a status that it may only reach by other means, as the superuser. */
static void force_status(struct bed *bed, const struct changing *changing, const char *id,
                         int status)
{
    char *sql = mem_printf(NULL, "UPDATE %s.%s SET status = '%s', revision = 1 WHERE %s = '%s'",
                           bed_service->name, changing->table,
                           types_enum_name(changing->cycle->statuses, status), changing->id, id);
    PGresult *result = PQexec(bed->admin, sql);

    assert_string_equal(PQcmdTuples(result), "1");
    PQclear(result);
    talloc_free(sql);
}

static enum status change(struct bed *bed, const struct changing *changing, const char *id,
                          int action, const char *reason)
{
    char *json =
        mem_printf(NULL, "{\"%s\": \"%s\", \"action\": %d, \"reason\": \"%s\", \"revision\": 1}",
                   changing->id, id, action, reason);
    struct call *call = bed_run(bed, bed_call(bed, changing->method, json));
    enum status status = call->status;

    bed_free(call);
    talloc_free(json);
    return status;
}

static void check_cell(struct bed *bed, const struct changing *changing, const char *id, int from,
                       int action)
{
    const struct transition *row = cell(changing->cycle, from, action);
    bool may = row && permission_reach(row->may, BUS__ROLE__ROLE_STREET_STAFF) == REACH_STREET;

    force_status(bed, changing, id, from);
    if (row && may && row->reason_required)
        assert_int_equal(change(bed, changing, id, action, ""), STATUS_INVALID_ARGUMENT);
    assert_int_equal(change(bed, changing, id, action, "因故"), !row   ? STATUS_FAILED_PRECONDITION
                                                                : !may ? STATUS_PERMISSION_DENIED
                                                                       : STATUS_OK);
    const char *expected = types_enum_name(changing->cycle->statuses, may ? row->to : from);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM %s.%s WHERE %s = '%s' AND status = '%s'",
                                bed_service->name, changing->table, changing->id, id, expected),
                     1);
}

void walk_life_cycle(struct bed *bed, const struct changing *changing, const char *id)
{
    const ProtobufCEnumDescriptor *statuses = changing->cycle->statuses;
    const ProtobufCEnumDescriptor *actions = changing->cycle->actions;

    for (unsigned s = 1; s < statuses->n_values; s++)
        for (unsigned a = 1; a < actions->n_values; a++)
            check_cell(bed, changing, id, statuses->values[s].value, actions->values[a].value);
}
