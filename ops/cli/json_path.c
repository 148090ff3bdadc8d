/* SPDX-License-Identifier: Apache-2.0 */
/* json_path.c - fields of a message in its JSON form, by their path in the contract */
#include "json_path.h"

#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "libcommon/base/mem.h"

enum { NAME_BYTES = 64 }; /* more than any field of the contract: paths are constants of ours */

/* The first name of path as a key; returns what follows its dot, NULL at the end. */
static const char *next_key(const char *path, char key[static NAME_BYTES])
{
    bool upper = false;
    size_t size = 0;

    for (; *path != '\0' && *path != '.'; path++) {
        if (*path == '_') {
            upper = true;
            continue;
        }
        assert(size + 1 < NAME_BYTES);
        key[size] = *path;
        if (upper)
            key[size] = (char)toupper((unsigned char)*path);
        size++;
        upper = false;
    }
    key[size] = '\0';
    return *path == '.' ? path + 1 : NULL;
}

json_t *json_path_get(const json_t *object, const char *path)
{
    char key[NAME_BYTES];
    json_t *value = NULL;

    while (path != NULL) {
        path = next_key(path, key);
        value = json_object_get(object, key);
        object = value;
    }
    return value;
}

const char *json_path_text(const json_t *object, const char *path)
{
    const char *text = json_string_value(json_path_get(object, path));

    return text != NULL ? text : "";
}

void json_path_set(json_t *object, const char *path, json_t *value)
{
    char key[NAME_BYTES];
    const char *rest = next_key(path, key);

    if (rest == NULL && value == NULL) {
        json_object_del(object, key);
    } else if (rest == NULL) {
        json_object_set_new(object, key, value);
    } else {
        json_t *inner = json_object_get(object, key);
        if (inner == NULL && value == NULL)
            return;
        if (inner == NULL) {
            inner = json_object();
            json_object_set_new(object, key, inner);
        }
        json_path_set(inner, rest, value);
        if (json_object_size(inner) == 0)
            json_object_del(object, key);
    }
}

void json_path_tidy(json_t *object)
{
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe(object, next, key, value)
    {
        if (json_is_object(value) && json_object_size(value) == 0)
            json_object_del(object, key);
    }
}

char *json_path_key(const void *parent, const char *field)
{
    char key[NAME_BYTES];

    next_key(field, key);
    return mem_text(parent, key);
}

const ProtobufCFieldDescriptor *json_path_field(const ProtobufCMessageDescriptor *type,
                                                const char *path)
{
    const ProtobufCFieldDescriptor *field = NULL;
    char name[NAME_BYTES];

    while (path != NULL) {
        size_t size = strcspn(path, ".");

        if (size >= NAME_BYTES)
            return NULL;
        memcpy(name, path, size);
        name[size] = '\0';
        field = type == NULL ? NULL : protobuf_c_message_descriptor_get_field_by_name(type, name);
        if (field == NULL)
            return NULL;
        type = field->type == PROTOBUF_C_TYPE_MESSAGE ? field->descriptor : NULL;
        path = path[size] == '.' ? path + size + 1 : NULL;
    }
    return field;
}
