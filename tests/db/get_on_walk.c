/* SPDX-License-Identifier: Apache-2.0 */
/* get_on_walk.c - whatever is open, somebody gets on with it, before, in and after its days */
#include "get_on_walk.h"

#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"

enum { STEPS_MAX = 4 };

static const struct {
    enum now_is now;
    const char *name;
    int first, last; /* days from today */
} places[] = {
    {WITHIN, "in", -5, 5},
    {BEFORE, "before", 5, 9},
    {AFTER, "after", -9, -5},
};

/* ---- helpers of the tables ---- */

const char *another_name(struct bed *bed)
{
    static int count;

    return mem_printf(bed->slot.parent, "第%d个", ++count);
}

const char *day_from_now(struct bed *bed, int days)
{
    return bed_text(bed, "SELECT (current_date + %d)::text", days);
}

long revision_of(struct bed *bed, const char *table, const char *key, const char *id)
{
    return bed_number(bed, "SELECT revision FROM %s.%s WHERE %s = '%s'", bed_service->name, table,
                      key, id);
}

/* ---- steps ---- */

static bool is_by_staff(const struct transition *row)
{
    return permission_reach(row->may, BUS__ROLE__ROLE_STREET_STAFF) == REACH_STREET;
}

static bool leaves(const struct transition *row, int from)
{
    return row->from == from || (row->from == ANY_STATUS && row->to != from);
}

static bool is_final(const struct life_cycle *cycle, int status)
{
    for (const struct transition *row = cycle->table; row->action; row++)
        if (leaves(row, status))
            return false;
    return true;
}

static bool accepts(struct bed *bed, const char *method, const char *json)
{
    struct call *call = bed_run(bed, bed_call(bed, method, json));
    bool accepted = call->status == STATUS_OK;

    bed_free(call);
    return accepted;
}

static bool step(struct bed *bed, const struct dated *object, const char *id, int action)
{
    const struct changing *changing = &object->changing;
    const char *json =
        bed_json(bed, "{'%s': '%s', 'action': %d, 'reason': '因故', 'revision': %ld}", changing->id,
                 id, action, revision_of(bed, changing->table, changing->id, id));

    return accepts(bed, changing->method, json) ||
           (object->other_method && accepts(bed, object->other_method, json));
}

/* Staff takes one of the steps from here; of those that lead on, which need no reason. */
static bool takes_a_step(struct bed *bed, const struct dated *object, const char *id, int from,
                         bool on)
{
    for (const struct transition *row = object->changing.cycle->table; row->action; row++)
        if (leaves(row, from) && is_by_staff(row) && !(on && row->reason_required) &&
            step(bed, object, id, row->action))
            return true;
    return false;
}

static bool has_a_step_on(const struct life_cycle *cycle, int from)
{
    for (const struct transition *row = cycle->table; row->action; row++)
        if (leaves(row, from) && is_by_staff(row) && !row->reason_required)
            return true;
    return false;
}

/* ---- arranging ---- */

static int status_of(struct bed *bed, const struct changing *changing, const char *id)
{
    const char *name = bed_text(bed, "SELECT status FROM %s.%s WHERE %s = '%s'", bed_service->name,
                                changing->table, changing->id, id);
    const ProtobufCEnumDescriptor *statuses = changing->cycle->statuses;

    for (unsigned i = 1; i < statuses->n_values; i++)
        if (strcmp(types_enum_name(statuses, statuses->values[i].value), name) == 0)
            return statuses->values[i].value;
    fail_msg("%s is no status", name);
    return 0;
}

/* The first of so many steps that staff takes from one status to another; NULL: there is no way. */
static const struct transition *way(const struct life_cycle *cycle, int from, int to, int steps)
{
    for (const struct transition *row = cycle->table; row->action; row++)
        if (row->from == from && is_by_staff(row) &&
            (steps == 1 ? row->to == to : way(cycle, row->to, to, steps - 1) != NULL))
            return row;
    return NULL;
}

/* By steps, the shortest way; where the server alone goes there, by force. */
static void lead(struct bed *bed, const struct dated *object, const char *id, int to)
{
    const struct changing *changing = &object->changing;
    int from = status_of(bed, changing, id);

    for (int steps = 1; from != to && steps <= STEPS_MAX; steps++) {
        const struct transition *row = way(changing->cycle, from, to, steps);
        if (!row)
            continue;
        assert_true(step(bed, object, id, row->action));
        from = row->to;
        steps = 0;
    }
    if (from != to)
        bed_sql(bed, "UPDATE %s.%s SET status = '%s' WHERE %s = '%s'", bed_service->name,
                changing->table, types_enum_name(changing->cycle->statuses, to), changing->id, id);
}

static char *arrange(struct bed *bed, const struct dated *object, int status, size_t place)
{
    bool other = object->other.make && object->other.status == status;
    char *id = other ? object->other.make(bed) : object->make(bed);

    lead(bed, object, id, status);
    if (object->set_days)
        object->set_days(bed, id, places[place].first, places[place].last);
    return id;
}

/* ---- what has to hold ---- */

static bool stands(const struct standing *standing, const char *table, const char *status,
                   int which, enum now_is now)
{
    for (; standing->table; standing++)
        if (strcmp(standing->table, table) == 0 && strcmp(standing->status, status) == 0 &&
            (int)standing->which == which && (standing->when & now))
            return true;
    return false;
}

/* `works` unless the list says that it does not. */
static void check(const struct standing *standing, const struct changing *changing, int status,
                  size_t place, int which, bool works)
{
    const char *name = types_enum_name(changing->cycle->statuses, status);
    bool expected = !stands(standing, changing->table, name, which, places[place].now);

    if (works != expected)
        fail_msg("%s, %s, now %s its days: %s%s", changing->table, name, places[place].name,
                 which == TAKES_NO_STEP ? "a step is" : "putting off is",
                 works ? " taken, though it is listed as standing" : " refused: a dead end");
}

static bool puts_off(struct bed *bed, const struct dated *object, const char *id)
{
    struct put_off put_off = object->put_off(bed, id);

    return accepts(bed, put_off.method, put_off.json);
}

static void walk_status(struct bed *bed, const struct dated *object,
                        const struct standing *standing, int status)
{
    const struct changing *changing = &object->changing;
    size_t count = object->set_days ? sizeof places / sizeof *places : 1;

    for (size_t place = 0; place < count; place++) {
        char *id = arrange(bed, object, status, place);
        check(standing, changing, status, place, TAKES_NO_STEP,
              takes_a_step(bed, object, id, status, false));
        if (!object->put_off)
            continue;
        id = arrange(bed, object, status, place);
        bool put_off = puts_off(bed, object, id);
        check(standing, changing, status, place, IS_NOT_PUT_OFF, put_off);
        if (put_off && places[place].now == AFTER && has_a_step_on(changing->cycle, status) &&
            !takes_a_step(bed, object, id, status, true))
            fail_msg("%s, %d: put off, and nobody gets on", changing->table, status);
    }
}

void walk_get_on(struct bed *bed, const struct dated *objects, const struct standing *standing)
{
    for (; objects->make; objects++) {
        const ProtobufCEnumDescriptor *statuses = objects->changing.cycle->statuses;
        for (unsigned i = 1; i < statuses->n_values; i++)
            if (!is_final(objects->changing.cycle, statuses->values[i].value))
                walk_status(bed, objects, standing, statuses->values[i].value);
    }
}
