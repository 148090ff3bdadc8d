/* SPDX-License-Identifier: Apache-2.0 */
/* bed_scheduling.c - scheduling in a bed */
#include "bed_scheduling.h"

#include <string.h>

#include "libcommon/base/mem.h"
#include "services/scheduling/scheduling.h"

const struct service *const bed_service = &scheduling_service;

static char *new_id(struct bed *bed)
{
    char *id = mem_bytes(bed->slot.parent, ID_CHARS + 1);

    id_new(id);
    return id;
}

/* ---- what others told ---- */

char *bed_community(struct bed *bed)
{
    char *id = new_id(bed);

    bed_sql(bed, "INSERT INTO scheduling.community VALUES ('%s', '%s', 'ACTIVE', 1)", bed->street,
            id);
    return id;
}

char *bed_unit(struct bed *bed)
{
    char *id = new_id(bed);

    bed_sql(bed, "INSERT INTO scheduling.unit VALUES ('%s', '%s', 'SIGNED', 1)", bed->street, id);
    return id;
}

char *bed_person(struct bed *bed, const char *unit)
{
    char *id = new_id(bed);

    bed_sql(bed,
            "INSERT INTO scheduling.person VALUES ('%s', '%s', nullif('%s', '')::uuid,"
            " 'ACTIVE', 1)",
            bed->street, id, unit ? unit : "");
    return id;
}

char *bed_resource(struct bed *bed, const char *conditions, const char *opening)
{
    char *id = new_id(bed);

    bed_sql(bed,
            "INSERT INTO scheduling.resource (street, resource_id, unit_id, opening, conditions,"
            " conditions_version, status, revision) VALUES ('%s', '%s', '%s',"
            " nullif($$%s$$, '')::jsonb, $$%s$$, 3, 'OFFERED', 1)",
            bed->street, id, new_id(bed), bed_json(bed, "%s", opening),
            bed_json(bed, "%s", conditions));
    return id;
}

/* ---- texts ---- */

/* The first column of the first row, as text. */
static char *text_of(struct bed *bed, const char *sql)
{
    PGresult *result = PQexec(bed->admin, sql);

    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) < 1)
        fail_msg("%s: %s", sql, PQresultErrorMessage(result));
    char *text = mem_text(bed->slot.parent, PQgetvalue(result, 0, 0));
    PQclear(result);
    return text;
}

char *bed_day(struct bed *bed, int days)
{
    return text_of(bed, mem_printf(bed->slot.parent,
                                   "SELECT ((now() AT TIME ZONE 'Asia/Shanghai')::date + %d)::text",
                                   days));
}

char *bed_instant(struct bed *bed, int days, const char *local_time)
{
    return text_of(bed, mem_printf(bed->slot.parent,
                                   "SELECT to_char((timestamp '%s %s' AT TIME ZONE 'Asia/Shanghai')"
                                   " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
                                   bed_day(bed, days), local_time));
}

/* ---- calls ---- */

char *bed_activity(struct bed *bed, const char *community, const char *rrule, const char *more)
{
    char *id = bed_make(bed, "CreateActivity",
                        bed_json(bed,
                                 "{'activity': {'title': '健康小屋', 'kind': 'SERVICE_POINT',"
                                 " 'communityId': '%s', 'schedule': {'firstStartLocal':"
                                 " '%sT09:00:00', 'durationMinutes': 60, 'rrule': '%s'}%s}}",
                                 community, bed_day(bed, 1), rrule, more));

    bed_publish(bed, id, STATUS_OK, "", "");
    return id;
}

void bed_publish(struct bed *bed, const char *activity, enum status status, const char *field,
                 const char *rule)
{
    struct call *call = bed_run(
        bed, bed_call(bed, "ChangeActivity",
                      bed_json(bed, "{'activityId': '%s', 'action': 'PUBLISH', 'revision': 1}",
                               activity)));

    bed_assert_outcome(call, status, field, rule);
    bed_free(call);
}

/* ---- looking ---- */

char *bed_occurrence(struct bed *bed, const char *activity, int index)
{
    return text_of(bed,
                   mem_printf(bed->slot.parent,
                              "SELECT occurrence_id FROM scheduling.occurrence"
                              " WHERE activity_id = '%s' ORDER BY start_time OFFSET %d LIMIT 1",
                              activity, index));
}

char *bed_column(struct bed *bed, const char *table, const char *id, const char *column)
{
    return text_of(
        bed, mem_printf(bed->slot.parent,
                        "SELECT coalesce((%s)::text, '') FROM scheduling.%s WHERE %s_id = '%s'",
                        column, table, table, id));
}

void bed_pass(struct bed *bed, int days)
{
    bed_sql(bed,
            "UPDATE scheduling.occurrence SET start_time = start_time - interval '%d days',"
            " end_time = end_time - interval '%d days',"
            " sign_up_until_time = sign_up_until_time - interval '%d days' WHERE street = '%s'",
            days, days, days, bed->street);
    bed_sql(bed,
            "UPDATE scheduling.booking SET start_time = start_time - interval '%d days',"
            " end_time = end_time - interval '%d days' WHERE street = '%s'",
            days, days, bed->street);
    bed_sql(bed, "UPDATE scheduling.timer SET due = due - interval '%d days' WHERE street = '%s'",
            days, bed->street);
}
