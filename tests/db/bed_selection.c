/* SPDX-License-Identifier: Apache-2.0 */
/* bed_selection.c - project selection in a bed */
#include "bed_selection.h"

#include <string.h>

#include "libcommon/base/mem.h"
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

char *bed_json(struct bed *bed, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *json = mem_check(talloc_vasprintf(bed->slot.parent, format, args));
    va_end(args);
    for (char *c = json; *c; c++)
        if (*c == '\'')
            *c = '"';
    return json;
}

char *bed_make(struct bed *bed, const char *method, const char *json)
{
    struct call *call = bed_run(bed, bed_call(bed, method, json));

    bed_assert_outcome(call, STATUS_OK, "", "");
    const ProtobufCMessage *response = call->response;
    const ProtobufCMessage *made = *(
        ProtobufCMessage *const *)((const char *)response + response->descriptor->fields[0].offset);
    char *id = mem_text(bed->slot.parent,
                        *(char *const *)((const char *)made + made->descriptor->fields[0].offset));
    bed_free(call);
    return id;
}

void bed_outcome_for(struct bed *bed, const char *actor, const char *method, const char *json,
                     enum status status, const char *field, const char *rule)
{
    struct call *call = bed_run(bed, bed_call_for(bed, actor, method, json));

    bed_assert_outcome(call, status, field, rule);
    bed_free(call);
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

long bed_events(struct bed *bed, const char *type)
{
    return bed_number(bed,
                      "SELECT count(*) FROM selection.journal WHERE street = '%s'"
                      " AND type = 'jusha.selection.v1.%s'",
                      bed->street, type);
}
