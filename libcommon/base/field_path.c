/* SPDX-License-Identifier: Apache-2.0 */
/* field_path.c - a field of a message by its path */
#include "libcommon/base/field_path.h"

#include <stdbool.h>
#include <string.h>

/* The field that the path begins with; *path goes on behind it and is "" at its end. */
static const ProtobufCFieldDescriptor *step(const ProtobufCMessageDescriptor *type,
                                            const char **path)
{
    char name[64];
    size_t length = strcspn(*path, ".");

    if (length >= sizeof name)
        return NULL;
    memcpy(name, *path, length);
    name[length] = '\0';
    *path += length + ((*path)[length] == '.');
    return protobuf_c_message_descriptor_get_field_by_name(type, name);
}

static bool leads_on(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE && field->label != PROTOBUF_C_LABEL_REPEATED;
}

const ProtobufCFieldDescriptor *path_field(const ProtobufCMessageDescriptor *type, const char *path)
{
    const ProtobufCFieldDescriptor *field = step(type, &path);

    while (field && *path)
        field = leads_on(field) ? step(field->descriptor, &path) : NULL;
    return field;
}

const void *path_value(const ProtobufCMessage *message, const char *path)
{
    while (message) {
        const ProtobufCFieldDescriptor *field = step(message->descriptor, &path);
        const void *value = (const char *)message + field->offset;
        if (!*path)
            return value;
        message = *(ProtobufCMessage *const *)value;
    }
    return NULL;
}
