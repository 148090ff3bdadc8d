/* SPDX-License-Identifier: Apache-2.0 */
/*
 * types.c - finding messages, methods and enum values by name
 *
 * Messages and services are searched one by one: only JSON's Any and the command line ask by name.
 * types_enum_name is asked for every row and statement and walks nothing.
 */
#include "libcommon/base/types.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

const ProtobufCMessageDescriptor *types_message(const char *full_name)
{
    for (const ProtobufCMessageDescriptor *const *type = types_messages; *type; type++)
        if (strcmp((*type)->name, full_name) == 0)
            return *type;
    return NULL;
}

const ProtobufCMethodDescriptor *types_method(const char *full_name,
                                              const ProtobufCServiceDescriptor **ret_service)
{
    const char *slash = strchr(full_name, '/');
    size_t service_bytes = slash ? (size_t)(slash - full_name) : 0;

    for (const ProtobufCServiceDescriptor *const *s = types_services; slash && *s; s++) {
        if (strlen((*s)->name) != service_bytes ||
            strncmp((*s)->name, full_name, service_bytes) != 0)
            continue;
        const ProtobufCMethodDescriptor *method =
            protobuf_c_service_descriptor_get_method_by_name(*s, slash + 1);
        if (method && ret_service)
            *ret_service = *s;
        return method;
    }
    return NULL;
}

/* Bytes of "UNIT_KIND_" in the names of UnitKind: one per letter, one per capital, and the last
 * "_". */
static size_t prefix_bytes(const ProtobufCEnumDescriptor *type)
{
    size_t bytes = 1;

    for (const char *c = type->short_name; *c; c++)
        bytes += 1 + (c > type->short_name && isupper((unsigned char)*c));
    return bytes;
}

/* An enum that does not follow the naming rule keeps its whole names. */
static const char *without_prefix(const ProtobufCEnumDescriptor *type, const char *name)
{
    size_t bytes = prefix_bytes(type);

    return strnlen(name, bytes + 1) > bytes && name[bytes - 1] == '_' ? name + bytes : name;
}

const char *types_enum_name(const ProtobufCEnumDescriptor *type, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);

    return found ? without_prefix(type, found->name) : NULL;
}

int types_enum_value(const ProtobufCEnumDescriptor *type, const char *name)
{
    for (unsigned i = 0; i < type->n_values; i++) {
        const char *full = type->values[i].name;
        if (strcmp(full, name) == 0 || strcmp(without_prefix(type, full), name) == 0)
            return type->values[i].value;
    }
    return -1;
}

enum { DEPTH_MAX = 8 }; /* of messages in each other that are looked into; the contract has less */

static bool is_secret(const char *name)
{
    static const char end[] = "_secret";
    size_t length = strlen(name);

    return length >= sizeof end - 1 && strcmp(name + length - (sizeof end - 1), end) == 0;
}

static const char *secret_within(const ProtobufCMessageDescriptor *type, int depth)
{
    const char *name = NULL;

    for (unsigned i = 0; !name && i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];

        if (is_secret(field->name))
            name = field->name;
        else if (field->type == PROTOBUF_C_TYPE_MESSAGE && depth < DEPTH_MAX)
            name = secret_within(field->descriptor, depth + 1);
    }
    return name;
}

const char *types_secret(const ProtobufCMessageDescriptor *type)
{
    return secret_within(type, 0);
}
