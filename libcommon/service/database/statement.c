/* SPDX-License-Identifier: Apache-2.0 */
/* statement.c - the statements that the linker found, and where their parameters get their
 * values */
#include "libcommon/service/database/statement.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/columns.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/database/named_sql.h"

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names for the ends of the section */
extern const struct db_stmt *const __start_jusha_statements[] __attribute__((weak));
extern const struct db_stmt *const __stop_jusha_statements[] __attribute__((weak));

unsigned statements_count(void)
{
    /* cppcheck-suppress comparePointers */
    return (unsigned)(__stop_jusha_statements - __start_jusha_statements);
}

const struct db_stmt *statement_at(unsigned number)
{
    return __start_jusha_statements[number];
}
/* NOLINTEND(bugprone-reserved-identifier) */

/* ---- parameters ---- */

/* Those that are no fields, and need not be named in `with`. */
static const struct {
    const char *name;
    enum db_source from;
} known[] = {
    {"actor", FROM_ACTOR},         {"now", FROM_NOW},
    {"after_key", FROM_SENDER},    {"page_limit", FROM_SENDER},
    {"reach_street", FROM_SENDER}, {"reach_communities", FROM_SENDER},
    {"reach_units", FROM_SENDER},  {"reach_person", FROM_SENDER},
};

static bool is_listed(const char *list, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = list; at && *at; at += strspn(at, ", ")) {
        size_t word = strcspn(at, ", ");
        if (word == length && strncmp(at, name, length) == 0)
            return true;
        at += word;
    }
    return false;
}

/* The text of which :name_key is the key, a field `name`; NULL if the message has none. */
static const ProtobufCFieldDescriptor *find_text_of_key(const char *name,
                                                        const ProtobufCMessageDescriptor *type)
{
    static const char tail[] = "_key";
    const ProtobufCFieldDescriptor *field = NULL;
    size_t size = strlen(name);

    if (type && size > sizeof tail - 1 && strcmp(name + size - (sizeof tail - 1), tail) == 0) {
        char *text = mem_check(talloc_strndup(NULL, name, size - (sizeof tail - 1)));
        field = protobuf_c_message_descriptor_get_field_by_name(type, text);
        talloc_free(text);
    }
    return field && field->type == PROTOBUF_C_TYPE_STRING &&
                   field->label != PROTOBUF_C_LABEL_REPEATED
               ? field
               : NULL;
}

/* type NULL: there is no message. */
static const char *find_value(const void *parent, const struct db_stmt *stmt, const char *name,
                              const ProtobufCMessageDescriptor *type, struct db_value *ret)
{
    const ProtobufCFieldDescriptor *field =
        type ? protobuf_c_message_descriptor_get_field_by_name(type, name) : NULL;

    *ret = (struct db_value){.from = FROM_SENDER};
    if (is_listed(stmt->with, name))
        return NULL;
    if (strcmp(name, "street") == 0) {
        ret->from = FROM_STREET;
        return NULL;
    }
    if (field && convert_check(field))
        return mem_printf(parent, "%s has :%s: %s", stmt->name, name, convert_check(field));
    if (field) {
        *ret = (struct db_value){FROM_FIELD, field};
        return NULL;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0) {
            ret->from = known[i].from;
            return NULL;
        }
    field = find_text_of_key(name, type);
    if (field) {
        *ret = (struct db_value){FROM_KEY, field};
        return NULL;
    }
    return mem_printf(parent, "%s has :%s, which %s has not", stmt->name, name,
                      type ? type->short_name : "no message");
}

static bool has_field(const struct db_binding *binding, int count)
{
    for (int i = 0; i < count; i++)
        if (binding->values[i].field)
            return true;
    return false;
}

const char *statement_bind(const void *parent, const struct db_stmt *stmt,
                           const ProtobufCMessageDescriptor *type)
{
    struct db_prepared *prepared = stmt->prepared;
    size_t size = sizeof(struct db_binding) + (size_t)prepared->count * sizeof(struct db_value);
    const char *wrong = NULL;

    for (const struct db_binding *known_one = prepared->bindings; known_one;
         known_one = known_one->next)
        if (!known_one->type || known_one->type == type)
            return NULL;
    struct db_binding *binding =
        mem_check(talloc_zero_size(NULL, size)); /* as long as the process */
    for (int i = 0; i < prepared->count && !wrong; i++)
        wrong = find_value(parent, stmt, prepared->names[i], type, &binding->values[i]);
    if (wrong) {
        talloc_free(binding);
        return wrong;
    }
    binding->type = has_field(binding, prepared->count) ? type : NULL;
    binding->next = prepared->bindings;
    prepared->bindings = binding;
    return NULL;
}

bool statement_has(const struct db_stmt *stmt, const char *parameter)
{
    for (int i = 0; i < stmt->prepared->count; i++)
        if (strcmp(stmt->prepared->names[i], parameter) == 0)
            return true;
    return false;
}

const struct db_binding *statement_binding(const struct db_stmt *stmt,
                                           const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *type = message ? message->descriptor : NULL;
    const struct db_binding *binding = stmt->prepared->bindings;

    while (binding && binding->type && binding->type != type)
        binding = binding->next;
    if (!binding) {
        log_error("statement_unbound", "statement=%s message=%s", stmt->name,
                  type ? type->name : "none");
        abort(); /* the start did not see that it would be bound to this */
    }
    return binding;
}

const char *statement_first_field(const struct db_stmt *stmt, const ProtobufCMessage *message)
{
    const struct db_binding *binding = statement_binding(stmt, message);
    int i = 0;

    while (i < stmt->prepared->count && !binding->values[i].field)
        i++;
    return i < stmt->prepared->count ? binding->values[i].field->name : "street";
}

/* ---- start ---- */

static void refuse(const struct db_stmt *stmt, const char *wrong)
{
    log_error("statement_invalid", "statement=%s reason=%s", stmt->name, LOG_QUOTED(wrong));
    exit(EXIT_FAILURE);
}

/* What is said when its one row is not there, or who says it? */
static const char *check_refusal(const struct db_stmt *stmt)
{
    bool is_complete = stmt->object || (stmt->one_row.field && stmt->one_row.message);

    if (stmt->one_row.status == STATUS_OK || (is_complete && stmt->one_row.rule))
        return NULL;
    return "its refusal lacks a field, a rule or a message";
}

/* The tables of grants.c: who holds a role, and which day it is there. */
static bool moves_grants(const char *sql)
{
    return strncmp(sql, "SELECT", strlen("SELECT")) != 0 &&
           (strstr(sql, "role_grant") || strstr(sql, "stream"));
}

static void translate(const struct db_stmt *stmt)
{
    struct named_sql *sql = mem_new(NULL, struct named_sql); /* as long as the process */
    const char *text = stmt->sql;
    const char *wrong = check_refusal(stmt);

    if (stmt->object && !wrong)
        wrong = columns_check(sql, stmt->object);
    if (stmt->object && !wrong)
        text = columns_expand(sql, text, stmt->object);
    wrong = wrong ? wrong : named_sql_read(sql, text, sql);
    if (wrong)
        refuse(stmt, wrong);
    stmt->prepared->sql = sql->text;
    stmt->prepared->count = sql->count;
    stmt->prepared->names = (const char *const *)sql->names;
    stmt->prepared->moves_grants = moves_grants(sql->text);
}

void statements_start(void)
{
    void *mem = mem_check(talloc_new(NULL));

    for (unsigned i = 0; i < statements_count(); i++) {
        const struct db_stmt *stmt = statement_at(i);
        stmt->prepared->number = i;
        translate(stmt);
        const char *wrong = statement_bind(mem, stmt, stmt->of);
        if (wrong && stmt->of) /* without one it may be a query's, which the method's row tells */
            refuse(stmt, wrong);
    }
    talloc_free(mem);
}
