/* SPDX-License-Identifier: Apache-2.0 */
/* rules_check.c - tables of rules held against the types that they are for, so that none is met by
 * a request */
#include <assert.h>
#include <string.h>

#include "google_field_mask.pb-c.h"
#include "google_timestamp.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/rules.h"

/* Which fields a type of rule may stand on. */
static const struct kind {
    ProtobufCType first, last; /* protobuf-c numbers all integers in a row */
    enum { ONE, MANY, EITHER } label;
} kinds[] = {
    [RULE_TYPE_TEXT] = {PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_STRING, ONE},
    [RULE_TYPE_LONG_TEXT] = {PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_STRING, ONE},
    [RULE_TYPE_FORM] = {PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_STRING, ONE},
    [RULE_TYPE_TEST] = {PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_STRING, ONE},
    [RULE_TYPE_UUID] = {PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_STRING, ONE},
    [RULE_TYPE_UUIDS] = {PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_STRING, MANY},
    [RULE_TYPE_ENUM] = {PROTOBUF_C_TYPE_ENUM, PROTOBUF_C_TYPE_ENUM, ONE},
    [RULE_TYPE_INT] = {PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_FIXED64, ONE},
    [RULE_TYPE_MESSAGE] = {PROTOBUF_C_TYPE_MESSAGE, PROTOBUF_C_TYPE_MESSAGE, ONE},
    [RULE_TYPE_TEXTS] = {PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_STRING, MANY},
    [RULE_TYPE_MESSAGES] = {PROTOBUF_C_TYPE_MESSAGE, PROTOBUF_C_TYPE_MESSAGE, MANY},
    [RULE_TYPE_TIME] = {PROTOBUF_C_TYPE_MESSAGE, PROTOBUF_C_TYPE_MESSAGE, ONE},
    [RULE_TYPE_UPDATE] = {PROTOBUF_C_TYPE_MESSAGE, PROTOBUF_C_TYPE_MESSAGE, ONE},
    [RULE_TYPE_ANY] = {PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_MESSAGE, EITHER},
};
static_assert(sizeof kinds / sizeof *kinds == RULE_TYPES, "every type has its fields");

static const ProtobufCFieldDescriptor *find(const ProtobufCMessageDescriptor *type,
                                            const char *name)
{
    return protobuf_c_message_descriptor_get_field_by_name(type, name);
}

static bool fits(enum rule_type type, const ProtobufCFieldDescriptor *field)
{
    const struct kind *kind = &kinds[type];
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;

    return field->type >= kind->first && field->type <= kind->last &&
           (kind->label == EITHER || repeated == (kind->label == MANY));
}

static const char *check_update_row(const void *parent, const struct rule *rule,
                                    const ProtobufCMessageDescriptor *type,
                                    const ProtobufCMessageDescriptor *object)
{
    const ProtobufCFieldDescriptor *mask = rule->mask ? find(type, rule->mask) : NULL;
    const ProtobufCFieldDescriptor *id = rule->id ? find(object, rule->id) : NULL;
    const ProtobufCFieldDescriptor *revision = find(object, "revision");

    if (!mask || !fits(RULE_TYPE_MESSAGE, mask) ||
        mask->descriptor != &google__protobuf__field_mask__descriptor)
        return mem_printf(parent, "%s: the mask is no FieldMask", type->name);
    if (rule->id && (!id || !fits(RULE_TYPE_UUID, id)))
        return mem_printf(parent, "%s has no string %s", object->name, rule->id);
    if (!revision || !fits(RULE_TYPE_INT, revision))
        return mem_printf(parent, "%s has no integer revision", object->name);
    return NULL;
}

static bool is_complete(const struct rule *rule)
{
    switch (rule->type) {
    case RULE_TYPE_TEXT:
    case RULE_TYPE_LONG_TEXT:
    case RULE_TYPE_UUIDS:
    case RULE_TYPE_INT:
        return rule->min <= rule->max;
    case RULE_TYPE_TEST:
        return rule->name && rule->test;
    case RULE_TYPE_FORM:
        return rule->name && rule->form && rule->forms;
    case RULE_TYPE_TEXTS:
        return rule->min <= rule->max && rule->chars > 0;
    case RULE_TYPE_MESSAGES:
        return rule->min <= rule->max && rule->rules;
    case RULE_TYPE_MESSAGE:
    case RULE_TYPE_UPDATE:
        return rule->rules;
    default:
        return true;
    }
}

static bool is_named_before(const struct rule *rules, size_t row)
{
    for (size_t before = 0; before < row; before++)
        if (strcmp(rules[before].field, rules[row].field) == 0)
            return true;
    return false;
}

static const char *check_row(const void *parent, const struct rule *rules, size_t row,
                             const ProtobufCMessageDescriptor *type)
{
    const struct rule *rule = &rules[row];
    const ProtobufCFieldDescriptor *field = rule->field ? find(type, rule->field) : NULL;
    bool nests = rule->type == RULE_TYPE_MESSAGE || rule->type == RULE_TYPE_MESSAGES ||
                 rule->type == RULE_TYPE_UPDATE;

    if (!field)
        return mem_printf(parent, "%s has no field %s", type->name,
                          rule->field ? rule->field : "without a name");
    if ((size_t)rule->type >= RULE_TYPES || !fits(rule->type, field))
        return mem_printf(parent, "%s.%s: the rule does not fit the field's type", type->name,
                          rule->field);
    if (rule->type == RULE_TYPE_TIME &&
        field->descriptor != &google__protobuf__timestamp__descriptor)
        return mem_printf(parent, "%s.%s is no Timestamp", type->name, rule->field);
    if (row >= RULE_ROWS_MAX || is_named_before(rules, row))
        return mem_printf(parent, "%s.%s: named twice, or more than %d rules", type->name,
                          rule->field, RULE_ROWS_MAX);
    if (!is_complete(rule))
        return mem_printf(parent, "%s.%s: the rule lacks its range, test, name or table",
                          type->name, rule->field);
    if (!nests)
        return NULL;
    const char *wrong = rule->type == RULE_TYPE_UPDATE
                            ? check_update_row(parent, rule, type, field->descriptor)
                            : NULL;
    return wrong ? wrong : rules_check(parent, rule->rules, field->descriptor, false);
}

static bool is_named(const struct rule *rules, const char *field)
{
    for (const struct rule *rule = rules; rule->type != RULE_END; rule++)
        if (strcmp(rule->field, field) == 0 || (rule->mask && strcmp(rule->mask, field) == 0))
            return true;
    return false;
}

const char *rules_check(const void *parent, const struct rule *rules,
                        const ProtobufCMessageDescriptor *type, bool every)
{
    const char *wrong = NULL;

    for (size_t row = 0; !wrong && rules[row].type != RULE_END; row++)
        wrong = check_row(parent, rules, row, type);
    for (unsigned i = 0; !wrong && every && i < type->n_fields; i++)
        if (!is_named(rules, type->fields[i].name))
            wrong = mem_printf(parent, "%s.%s: no rule names it", type->name, type->fields[i].name);
    return wrong;
}
