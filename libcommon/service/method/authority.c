/* SPDX-License-Identifier: Apache-2.0 */
/* authority.c - the two steps of authority.h */
#include "libcommon/service/method/authority.h"

#include <string.h>

#include "libcommon/base/field_path.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/method/method.h"

/* ---- who ---- */

/* A gateway that speaks for somebody has no role of its own there. */
static bool speaks_for_another(const struct call *call)
{
    return call->caller->role == BUS__ROLE__ROLE_GATEWAY && call->actor != call->caller->name;
}

/* How far the action goes by the certificate alone. */
static enum reach own_reach(const struct call *call, const struct permission *permission)
{
    return speaks_for_another(call) ? REACH_NONE : permission_reach(permission, call->caller->role);
}

/* Roles that people hold by grants. */
static bool some_person_may(const struct permission *permission)
{
    for (int role = BUS__ROLE__ROLE_STREET_STAFF; role <= BUS__ROLE__ROLE_SHOP; role++)
        if (permission_reach(permission, (Bus__Role)role) != REACH_NONE)
            return true;
    return false;
}

static enum status refuse_role(struct call *call)
{
    return call_fail(call, STATUS_PERMISSION_DENIED, "", "",
                     "the caller's role may not call this method");
}

enum status authority_check_role(struct call *call)
{
    const struct permission *permission = call->endpoint->row->may;

    if (speaks_for_another(call) ? some_person_may(permission)
                                 : own_reach(call, permission) != REACH_NONE)
        return STATUS_OK;
    return refuse_role(call);
}

bool authority_needs_grants(const struct call *call)
{
    return !call_is_own(call) && own_reach(call, call->endpoint->row->may) != REACH_STREET;
}

/* ---- how far ---- */

/* Does a role, held for this community and unit, let the actor do it at the call's place? */
static bool covers(const struct call *call, const struct permission *permission,
                   const struct grant *grant)
{
    switch (permission_reach(permission, grant->role)) {
    case REACH_STREET:
        return true;
    case REACH_COMMUNITY:
        return grant->community_id[0] && strcmp(grant->community_id, call->community_id) == 0;
    case REACH_UNIT:
        return grant->unit_id[0] && strcmp(grant->unit_id, call->unit_id) == 0;
    case REACH_SELF:
        return strcmp(call->actor, call->person_id) == 0;
    default:
        return false;
    }
}

bool authority_may(const struct call *call, const struct permission *permission)
{
    const struct grant certificate = {call->caller->role, "", ""};

    if (call_is_own(call))
        return true;
    if (!speaks_for_another(call) && covers(call, permission, &certificate))
        return true;
    for (size_t i = 0; i < call->grant_count; i++)
        if (covers(call, permission, &call->grants[i]))
            return true;
    return false;
}

/* Is there any role with which the actor may do it somewhere? */
static bool has_role(const struct call *call, const struct permission *permission)
{
    if (own_reach(call, permission) != REACH_NONE)
        return true;
    for (size_t i = 0; i < call->grant_count; i++)
        if (permission_reach(permission, call->grants[i].role) != REACH_NONE)
            return true;
    return false;
}

/* ---- where ---- */

/* "need.community_id" of the request; "" if a message on the way is absent. */
static const char *text_at(const struct call *call, const char *path)
{
    const char *const *text = path_value(call->request, path);

    return text ? *text : "";
}

static const char *column_or_empty(struct call *call, const PGresult *rows, const char *name)
{
    int column = PQfnumber(rows, name);

    return column < 0 || PQgetisnull(rows, 0, column) ? "" : column_text(call, rows, 0, column);
}

/* The message that the statement is bound to. */
static const ProtobufCMessage *part_of(const struct call *call, const struct place *place)
{
    const ProtobufCMessage *request = call->request;

    if (!place->part)
        return request;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(request->descriptor, place->part);
    return *(ProtobufCMessage *const *)((const char *)request + field->offset);
}

/* False: there is no such object. */
static enum status find_stored(struct call *call, const struct place *place, bool *ret_found)
{
    const ProtobufCMessage *part = part_of(call, place);
    const PGresult *rows;

    *ret_found = false;
    if (!part)
        return STATUS_OK;
    enum status status = db_query(call, place->stored, part, &rows);
    if (status != STATUS_OK)
        return status;
    *ret_found = PQntuples(rows) > 0;
    if (*ret_found) {
        call->community_id = column_or_empty(call, rows, "community_id");
        call->unit_id = column_or_empty(call, rows, "unit_id");
        call->person_id = column_or_empty(call, rows, "person_id");
    }
    return STATUS_OK;
}

/* The field that names the place: the first that is set, or else the first. */
static const char *naming_path(const struct call *call, const struct place *place)
{
    const char *const paths[] = {place->community_id, place->unit_id, place->person_id};
    const char *first = NULL;

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (paths[i] && text_at(call, paths[i])[0])
            return paths[i];
        first = first ? first : paths[i];
    }
    return first;
}

/* "need_id", or "need.need_id" of an update: what the statement looks for. */
static const char *id_path(struct call *call, const struct place *place)
{
    return mem_printf(call, "%s%s%s", place->part ? place->part : "", place->part ? "." : "",
                      statement_first_field(place->stored, part_of(call, place)));
}

enum status authority_check_place(struct call *call)
{
    const struct method *row = call->endpoint->row;
    const struct place *place = row->place;
    bool found = true;

    call->community_id = call->unit_id = call->person_id = "";
    if (call_is_own(call) || own_reach(call, row->may) == REACH_STREET)
        return STATUS_OK;
    if (!has_role(call, row->may))
        return refuse_role(call);
    if (place && place->stored) {
        enum status status = find_stored(call, place, &found);
        if (status != STATUS_OK)
            return status;
    } else if (place) {
        call->community_id = place->community_id ? text_at(call, place->community_id) : "";
        call->unit_id = place->unit_id ? text_at(call, place->unit_id) : "";
        call->person_id = place->person_id ? text_at(call, place->person_id) : "";
    }
    if (found && authority_may(call, row->may))
        return STATUS_OK;
    if (place && !place->stored)
        return call_fail(call, STATUS_PERMISSION_DENIED, naming_path(call, place), "reach",
                         "the actor's roles do not reach there");
    return call_fail(call, STATUS_NOT_FOUND, place ? id_path(call, place) : "", "exists",
                     "no such object within what the caller may change");
}

enum status authority_check_query(struct call *call)
{
    if (call->grants_rebuilt)
        return call_fail_rebuilding(call);
    return has_role(call, call->endpoint->row->may) ? STATUS_OK : refuse_role(call);
}

/* ---- what a query sees ---- */

/* Ids as an array in text form. */
struct ids {
    char *text;
    size_t count;
};

static void add_id(struct ids *ids, const char *id)
{
    ids->text =
        mem_check(talloc_asprintf_append_buffer(ids->text, "%s%s", ids->count++ ? "," : "", id));
}

static struct db_param param_ids(struct ids *ids)
{
    ids->text = mem_check(talloc_strdup_append_buffer(ids->text, "}"));
    return param_text(ids->text);
}

void authority_reach_params(struct call *call, struct db_param *params)
{
    const struct permission *permission = call->endpoint->row->may;
    bool street = own_reach(call, permission) == REACH_STREET;
    bool self = own_reach(call, permission) == REACH_SELF;
    struct ids communities = {mem_text(call, "{"), 0}, units = {mem_text(call, "{"), 0};

    for (size_t i = 0; i < call->grant_count; i++) {
        const struct grant *grant = &call->grants[i];
        enum reach reach = permission_reach(permission, grant->role);
        street = street || reach == REACH_STREET;
        self = self || reach == REACH_SELF;
        if (reach == REACH_COMMUNITY && grant->community_id[0])
            add_id(&communities, grant->community_id);
        if (reach == REACH_UNIT && grant->unit_id[0])
            add_id(&units, grant->unit_id);
    }
    params[0] = NAMED(reach_street, param_text(street ? "true" : "false"));
    params[1] = NAMED(reach_communities, param_ids(&communities));
    params[2] = NAMED(reach_units, param_ids(&units));
    params[3] = NAMED(reach_person, param_text(self ? call->actor : ""));
}
