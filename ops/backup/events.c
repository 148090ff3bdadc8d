/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - packed events as the rows that they tell of
 *
 * An event carries whole objects: a message with a revision, of the service's own package. Its
 * table has the message's name, in snake_case, in the schema of the service: RoleGrant of
 * jusha.registry.v1 is registry.role_grant; PersonFacts, a person without name and phone, is
 * registry.person.
 */
#include <ctype.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/json.h"
#include "libcommon/base/json_shape.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"
#include "ops/backup/open.h"

enum { SERVICE, STREET, NUMBER, TYPE, DATA }; /* columns of an event */

/* "role_grant" of RoleGrant, "person" of PersonFacts. */
static char *table_of(const void *parent, const ProtobufCMessageDescriptor *type)
{
    static const char facts[] = "_facts";
    char *table = mem_text(parent, "");

    for (const char *c = type->short_name; *c; c++)
        table = mem_check(talloc_asprintf_append(
            table, isupper((unsigned char)*c) && c > type->short_name ? "_%c" : "%c",
            tolower((unsigned char)*c)));
    size_t length = strlen(table), end = sizeof facts - 1;
    if (length > end && strcmp(table + length - end, facts) == 0)
        table[length - end] = '\0';
    return table;
}

/* A new reference: as its column holds it; null at the default. */
static json_t *column_value(const ProtobufCMessage *object, const ProtobufCFieldDescriptor *field,
                            const json_t *all)
{
    char camel[JSON_NAME_BYTES];
    json_t *value = json_object_get(all, json_camel_name(field, camel));

    if (!value)
        return json_null();
    if (field->type != PROTOBUF_C_TYPE_ENUM || field->label == PROTOBUF_C_LABEL_REPEATED)
        return json_incref(value);
    const char *name =
        types_enum_name(field->descriptor, *(const int *)json_at(object, field->offset));
    return name ? json_string(name) : json_null();
}

static json_t *row_of(const ProtobufCMessage *object)
{
    const ProtobufCMessageDescriptor *type = object->descriptor;
    json_t *all = json_from_message(object), *row = json_object();

    for (unsigned i = 0; i < type->n_fields; i++)
        json_object_set_new(row, type->fields[i].name, column_value(object, &type->fields[i], all));
    json_decref(all);
    return row;
}

/* COPY takes a backslash for the beginning of something. */
static void print_copied(const char *text)
{
    for (; *text; text++) {
        if (*text == '\\')
            putchar('\\');
        putchar(*text);
    }
}

static void print_object(const void *parent, char **columns, const ProtobufCMessage *object)
{
    json_t *row = row_of(object);
    char *text = mem_check(json_dumps(row, JSON_COMPACT));

    printf("%s\t%s\t%s\t%s\t", columns[SERVICE], columns[STREET], columns[NUMBER],
           table_of(parent, object->descriptor));
    print_copied(text);
    putchar('\n');
    free(text);
    json_decref(row);
}

/* An object of the event's own service, which has it in a table. */
static bool is_told(const char *own, const ProtobufCFieldDescriptor *field)
{
    const ProtobufCMessageDescriptor *type = field->descriptor;

    return field->type == PROTOBUF_C_TYPE_MESSAGE && field->label != PROTOBUF_C_LABEL_REPEATED &&
           strcmp(type->package_name, own) == 0 &&
           protobuf_c_message_descriptor_get_field_by_name(type, "revision") != NULL;
}

static ProtobufCMessage *unpacked(const void *parent, const char *name, const char *hex)
{
    const ProtobufCMessageDescriptor *type = types_message(name);
    size_t digits = strlen(hex), size = 0;
    uint8_t *bytes = mem_bytes(parent, digits / 2 + 1);
    struct violations violations = {0};
    ProtobufCMessage *message = NULL;

    if (!type || sodium_hex2bin(bytes, digits / 2 + 1, hex, digits, NULL, &size, NULL) != 0 ||
        wire_unpack(parent, type, bytes, size, &violations, &message) != STATUS_OK)
        return NULL;
    return message;
}

bool open_event(char **columns)
{
    void *memory = talloc_new(NULL);
    const ProtobufCMessage *event = unpacked(memory, columns[TYPE], columns[DATA]);
    const char *own = mem_printf(memory, "jusha.%s.v1", columns[SERVICE]);

    for (unsigned i = 0; event && i < event->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &event->descriptor->fields[i];

        if (is_told(own, field) && *(ProtobufCMessage **)json_at(event, field->offset))
            print_object(memory, columns, *(ProtobufCMessage **)json_at(event, field->offset));
    }
    if (event)
        printf("%s\t%s\t%s\t\t{}\n", columns[SERVICE], columns[STREET], columns[NUMBER]);
    talloc_free(memory);
    return event != NULL;
}

bool pack_event(char **columns)
{
    void *memory = talloc_new(NULL);
    const ProtobufCMessageDescriptor *type = types_message(columns[2]);
    struct violations violations = {0};
    ProtobufCMessage *event = NULL;
    bool is_well = type && json_parse(memory, type, columns[3], &violations, &event) == STATUS_OK;

    if (is_well) {
        ProtobufCBinaryData data = wire_pack(memory, event);
        char *hex = mem_bytes(memory, 2 * data.len + 1);

        sodium_bin2hex(hex, 2 * data.len + 1, data.data, data.len);
        printf("%s\t%s\t%s\t%s\n", columns[0], columns[1], columns[2], hex);
    } else {
        fprintf(stderr, "%s %s: no %s can be made\n", columns[0], columns[1], columns[2]);
    }
    talloc_free(memory);
    return is_well;
}
