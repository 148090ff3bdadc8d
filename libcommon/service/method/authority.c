/* SPDX-License-Identifier: Apache-2.0 */
/* authority.c - the two steps of authority.h */
#include "libcommon/service/method/authority.h"

#include <stddef.h>
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
    return call_fail(call, STATUS_PERMISSION_DENIED, "method", "role",
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

/* What says how far: of a command its action, of a query what its statement is cut to. */
static const struct permission *measure(const struct method *row)
{
    return row->within ? row->within : row->may;
}

bool authority_needs_grants(const struct call *call)
{
    return !call_is_own(call) && own_reach(call, measure(call->endpoint->row)) != REACH_STREET;
}

/* ---- how far ---- */

/* Does a role, held for this community and unit, let the actor do it there? */
static bool covers(const struct call *call, const struct permission *permission,
                   const struct grant *grant, const struct spot *spot)
{
    switch (permission_reach(permission, grant->role)) {
    case REACH_STREET:
        return true;
    case REACH_COMMUNITY:
        return grant->community_id[0] && strcmp(grant->community_id, spot->community_id) == 0;
    case REACH_UNIT:
        return grant->unit_id[0] && strcmp(grant->unit_id, spot->unit_id) == 0;
    case REACH_SELF:
        return strcmp(call->actor, spot->person_id) == 0;
    default:
        return false;
    }
}

/* Nobody edits whoever holds a higher role, or one as high as theirs for another place. */
static bool outranks(const struct grant *grant, const struct spot *spot)
{
    const int own = permission_rank(grant->role), held = permission_rank(spot->held_role);
    const char *at = grant->community_id[0] ? grant->community_id : grant->unit_id;

    return own > held || (own == held && (held == 0 || strcmp(at, spot->held_at) == 0));
}

/* By which role it could be done there: the rank does not count with `anyhow`. */
static bool may_there(const struct call *call, const struct permission *permission,
                      const struct spot *spot, bool anyhow)
{
    const struct grant certificate = {call->caller->role, "", ""};

    if (call_is_own(call))
        return true;
    if (!speaks_for_another(call) && covers(call, permission, &certificate, spot) &&
        (anyhow || outranks(&certificate, spot)))
        return true;
    for (size_t i = 0; i < call->grant_count; i++)
        if (covers(call, permission, &call->grants[i], spot) &&
            (anyhow || outranks(&call->grants[i], spot)))
            return true;
    return false;
}

bool authority_may_at(const struct call *call, const struct permission *permission,
                      const struct spot *spot)
{
    return may_there(call, permission, spot, false);
}

bool authority_may(const struct call *call, const struct permission *permission)
{
    return authority_may_at(call, permission, &call->spot);
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
    if (*ret_found)
        call->spot = (struct spot){
            .community_id = column_or_empty(call, rows, "community_id"),
            .unit_id = column_or_empty(call, rows, "unit_id"),
            .person_id = column_or_empty(call, rows, "person_id"),
            .held_role = permission_role(call, column_or_empty(call, rows, "held_role")),
            .held_at = column_or_empty(call, rows, "held_at"),
        };
    return STATUS_OK;
}

/* "need_id", or "need.need_id" of an update: what the statement looks for. */
static const char *id_path(struct call *call, const struct place *place)
{
    return mem_printf(call, "%s%s%s", place->part ? place->part : "", place->part ? "." : "",
                      statement_first_field(place->stored, part_of(call, place)));
}

static enum status refuse_stored(struct call *call, const struct place *place)
{
    return call_fail(call, STATUS_NOT_FOUND, place ? id_path(call, place) : "", "exists",
                     "no such object within what the caller may change");
}

/* Whoever does not reach the stored object does not see it; who holds a higher role is no secret to
 * those who see them. */
static enum status check_stored(struct call *call, const struct place *place)
{
    const struct permission *may = call->endpoint->row->may;
    bool found;
    enum status status = find_stored(call, place, &found);

    if (status != STATUS_OK)
        return status;
    if (!found || !may_there(call, may, &call->spot, true))
        return refuse_stored(call, place);
    if (!authority_may(call, may))
        return call_fail(call, STATUS_PERMISSION_DENIED, id_path(call, place), "higher_role",
                         "the person holds a role that is not below the caller's own");
    return STATUS_OK;
}

/* ---- what the request makes of it ---- */

/* A field that says where it is to be, with the member of a spot that it becomes. */
struct named {
    const char *path;
    size_t member;
};
enum { NAMED_MAX = 3 };

static const char **member_of(struct spot *spot, const struct named *named)
{
    return (const char **)((char *)spot + named->member);
}

/* A field of an update counts if the mask names it. */
static bool counts(const struct call *call, const char *path)
{
    for (const struct rule *rule = call->endpoint->row->rules; rule->type != RULE_END; rule++) {
        size_t length = strlen(rule->field);
        if (rule->type != RULE_TYPE_UPDATE || strncmp(path, rule->field, length) != 0 ||
            path[length] != '.')
            continue;
        const Google__Protobuf__FieldMask *const *mask = path_value(call->request, rule->mask);
        for (size_t i = 0; mask && *mask && i < (*mask)->n_paths; i++)
            if (strcmp((*mask)->paths[i], path + length + 1) == 0)
                return true;
        return false;
    }
    return true;
}

static enum status refuse_named(struct call *call, const char *path)
{
    return call_fail(call, STATUS_PERMISSION_DENIED, path, "reach",
                     "the actor's roles do not reach there");
}

/* Whom it is given to, and whom it is taken from. */
static bool reaches_alone(const struct call *call, const struct named *named, const char *id)
{
    struct spot alone = {.community_id = "", .unit_id = "", .person_id = "", .held_at = ""};

    *member_of(&alone, named) = id;
    return !id[0] || authority_may_at(call, call->endpoint->row->may, &alone);
}

/* The stored place, with what the request names instead. A new object's is all that it names. */
static enum status check_named(struct call *call, const struct place *place)
{
    const struct named all[NAMED_MAX] = {
        {place->community_id, offsetof(struct spot, community_id)},
        {place->unit_id, offsetof(struct spot, unit_id)},
        {place->person_id, offsetof(struct spot, person_id)},
    };
    struct spot then = call->spot;
    const char *first = NULL, *moved = NULL;

    for (size_t i = 0; i < NAMED_MAX; i++) {
        const char *path = all[i].path;
        first = first ? first : path;
        if (!path || !counts(call, path))
            continue;
        const char **id = member_of(&then, &all[i]), *old = *id;
        *id = text_at(call, path);
        if (strcmp(old, *id) == 0)
            continue;
        moved = moved ? moved : path;
        if (!reaches_alone(call, &all[i], old) || !reaches_alone(call, &all[i], *id))
            return refuse_named(call, path);
    }
    if (!place->stored)
        call->spot = then;
    if (first && (moved || !place->stored) &&
        !authority_may_at(call, call->endpoint->row->may, &then))
        return refuse_named(call, moved ? moved : first);
    return STATUS_OK;
}

enum status authority_check_place(struct call *call)
{
    const struct method *row = call->endpoint->row;
    enum status status = STATUS_OK;

    call->spot = (struct spot){.community_id = "", .unit_id = "", .person_id = "", .held_at = ""};
    if (call_is_own(call) || own_reach(call, row->may) == REACH_STREET)
        return STATUS_OK;
    if (!has_role(call, row->may))
        return refuse_role(call);
    if (!row->place)
        return authority_may(call, row->may) ? STATUS_OK : refuse_stored(call, NULL);
    if (row->place->stored)
        status = check_stored(call, row->place);
    return status == STATUS_OK ? check_named(call, row->place) : status;
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
    const struct permission *permission = measure(call->endpoint->row);
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
