/* SPDX-License-Identifier: Apache-2.0 */
/* columns.c - from an object's list of columns to the text of its statements */
#include "libcommon/service/database/columns.h"

#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"

static const char *field_of(const struct column *column)
{
    return column->field ? column->field : column->name;
}

static bool is_id(const struct object *object, const struct column *column)
{
    return object->id && strcmp(column->name, object->id) == 0;
}

/* ---- what stands for the braces: each function appends to the text ---- */

static char *add_columns(char *text, const struct object *object)
{
    if (protobuf_c_message_descriptor_get_field_by_name(object->of, "street"))
        text = mem_check(talloc_strdup_append_buffer(text, "street, "));
    for (const struct column *c = object->columns; c->name; c++)
        if (!c->unread)
            text = mem_check(talloc_asprintf_append_buffer(
                text, "%s%s%s%s", c == object->columns ? "" : ", ", c->read ? c->read : c->name,
                c->read || c->field ? " AS " : "", c->read || c->field ? field_of(c) : ""));
    return text;
}

static char *add_names(char *text, const struct object *object)
{
    text = mem_check(talloc_strdup_append_buffer(text, "street"));
    for (const struct column *c = object->columns; c->name; c++)
        text = mem_check(talloc_asprintf_append_buffer(text, ", %s", c->name));
    return text;
}

/* What is stored there: the expression, or where it is NULL the field. */
static char *add_value(char *text, const struct column *column, const char *expression)
{
    return mem_check(talloc_asprintf_append_buffer(text, "%s%s", expression ? "" : ":",
                                                   expression ? expression : field_of(column)));
}

static char *add_values(char *text, const struct object *object)
{
    text = mem_check(talloc_strdup_append_buffer(text, ":street"));
    for (const struct column *c = object->columns; c->name; c++)
        text = add_value(mem_check(talloc_strdup_append_buffer(text, ", ")), c, c->write);
    return text;
}

static char *add_changes(char *text, const struct object *object)
{
    const char *separator = "";

    for (const struct column *c = object->columns; c->name; c++) {
        if (c->fixed || is_id(object, c))
            continue;
        text = mem_check(talloc_asprintf_append_buffer(text, "%s%s = ", separator, c->name));
        text = add_value(text, c, c->change ? c->change : c->write);
        separator = ", ";
    }
    return text;
}

static char *add_key(char *text, const struct object *object)
{
    text = mem_check(talloc_strdup_append_buffer(text, "street = :street"));
    if (object->id)
        text =
            mem_check(talloc_asprintf_append_buffer(text, " AND %s = :%s", object->id, object->id));
    return text;
}

static char *add_table(char *text, const struct object *object)
{
    return mem_check(talloc_strdup_append_buffer(text, object->table));
}

static const struct {
    const char *name;
    char *(*add)(char *text, const struct object *object);
} parts[] = {
    {"{columns}", add_columns}, {"{names}", add_names}, {"{values}", add_values},
    {"{changes}", add_changes}, {"{key}", add_key},     {"{table}", add_table},
};
enum { PARTS = sizeof parts / sizeof *parts };

char *columns_expand(const void *parent, const char *sql, const struct object *object)
{
    char *text = mem_text(parent, "");

    while (*sql) {
        size_t plain = strcspn(sql, "{"), part = 0;
        text = mem_check(talloc_strndup_append_buffer(text, sql, plain));
        sql += plain;
        while (part < PARTS && strncmp(sql, parts[part].name, strlen(parts[part].name)) != 0)
            part++;
        if (part < PARTS) {
            text = parts[part].add(text, object);
            sql += strlen(parts[part].name);
        } else if (*sql) {
            text = mem_check(talloc_strndup_append_buffer(text, sql++, 1));
        }
    }
    return text;
}

/* ---- check ---- */

static bool has_column(const struct object *object, const char *field)
{
    for (const struct column *c = object->columns; c->name; c++)
        if (strcmp(field_of(c), field) == 0)
            return true;
    return strcmp(field, "street") == 0; /* every table has it */
}

const char *columns_check(const void *parent, const struct object *object)
{
    for (const struct column *c = object->columns; c->name; c++) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(object->of, field_of(c));
        if (!field)
            return mem_printf(parent, "%s has the column %s, and %s no such field", object->table,
                              c->name, object->of->short_name);
        if (convert_check(field))
            return mem_printf(parent, "%s.%s: %s", object->table, c->name, convert_check(field));
    }
    for (unsigned i = 0; i < object->of->n_fields; i++)
        if (!has_column(object, object->of->fields[i].name))
            return mem_printf(parent, "%s has no column for the field %s", object->table,
                              object->of->fields[i].name);
    return NULL;
}
