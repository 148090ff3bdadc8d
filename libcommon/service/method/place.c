/* SPDX-License-Identifier: Apache-2.0 */
/* place.c - the checks of place.h at the start */
#include "libcommon/service/method/place.h"

#include <string.h>

#include "libcommon/base/field_path.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/statement.h"

/* ---- paths and statement ---- */

/* A path of string fields from the request's top. */
static const char *check_path(const void *parent, const char *path,
                              const ProtobufCMessageDescriptor *type)
{
    const ProtobufCFieldDescriptor *field = path ? path_field(type, path) : NULL;

    if (path && (!field || field->label == PROTOBUF_C_LABEL_REPEATED))
        return mem_printf(parent, "its place names %s, which the request has not", path);
    return field && field->type != PROTOBUF_C_TYPE_STRING ? "its place is no string" : NULL;
}

static const char *check_paths(const void *parent, const struct place *place,
                               const ProtobufCMessageDescriptor *type)
{
    const char *wrong = check_path(parent, place->community_id, type);

    wrong = wrong ? wrong : check_path(parent, place->unit_id, type);
    return wrong ? wrong : check_path(parent, place->person_id, type);
}

static const char *check_stored(const void *parent, const struct place *place,
                                const ProtobufCMessageDescriptor *type)
{
    const ProtobufCFieldDescriptor *part =
        place->part ? protobuf_c_message_descriptor_get_field_by_name(type, place->part) : NULL;

    if (place->part && (!part || part->type != PROTOBUF_C_TYPE_MESSAGE))
        return "its place is bound to no message of the request";
    return statement_bind(parent, place->stored, part ? part->descriptor : type);
}

/* ---- whom the request names ---- */

static bool is_same(const char *path, const char *other)
{
    return path && strcmp(path, other) == 0;
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), end_length = strlen(end);

    return length >= end_length && strcmp(name + length - end_length, end) == 0;
}

static bool is_somebody(const char *field)
{
    static const char *const ends[] = {"community_id",  "unit_id",  "person_id",
                                       "community_ids", "unit_ids", "person_ids"};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_with(field, ends[i]))
            return true;
    return false;
}

/* The stored object is looked up by this field of the request. */
static bool is_looked_up(const struct place *place, const char *path)
{
    size_t part = place->part ? strlen(place->part) + 1 : 0;

    return place->stored && (!place->part || strncmp(path, place->part, part - 1) == 0) &&
           strlen(path) > part && statement_has(place->stored, path + part);
}

static bool is_accounted_for(const struct place *place, const char *path)
{
    for (const char *const *name = place->names; name && *name; name++)
        if (strcmp(*name, path) == 0)
            return true;
    return is_same(place->community_id, path) || is_same(place->unit_id, path) ||
           is_same(place->person_id, path) || is_looked_up(place, path);
}

/* Every id of somebody that the rules let through, by name. */
static const char *check_names(const void *parent, const struct place *place,
                               const struct rule *rules, const char *prefix)
{
    const char *wrong = NULL;

    for (const struct rule *rule = rules; rule && rule->type != RULE_END && !wrong; rule++) {
        const char *path = mem_printf(parent, "%s%s", prefix, rule->field);
        if (rule->rules)
            wrong = check_names(parent, place, rule->rules, mem_printf(parent, "%s.", path));
        else if (is_somebody(rule->field) && !is_accounted_for(place, path))
            wrong = mem_printf(parent, "its place says nothing of %s", path);
    }
    return wrong;
}

/* ---- the whole ---- */

const char *place_check(const void *parent, const struct place *place,
                        const ProtobufCMessageDescriptor *request, const struct rule *rules)
{
    const char *wrong = check_paths(parent, place, request);

    if (!wrong && place->stored)
        wrong = check_stored(parent, place, request);
    else if (!wrong && !place->community_id && !place->unit_id && !place->person_id)
        wrong = "its place is empty";
    return wrong ? wrong : check_names(parent, place, rules, "");
}
