/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print_methods.c - every method of every service as JSON: who may, and what its fields must be
 *
 * The tables that the services run by are walked, so nothing can be said that is not so. What only
 * the handlers' code says, methods.py adds.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/service/database/statement.h"
#include "libcommon/service/method/method.h"
#include "services/service_names.h"

#define X(name, NAME) extern const struct service name##_service;
SERVICE_NAMES(X)
#undef X
#define X(name, NAME) &name##_service,
static const struct service *const services[] = {SERVICE_NAMES(X)};
#undef X
enum { SERVICES = sizeof services / sizeof services[0] };

/* ---- rules of fields ---- */

static void add(json_t *fields, const char *field, const char *rule, const struct rule *limits)
{
    json_t *params = json_object();

    if (limits != NULL) {
        json_object_set_new(params, "min", json_integer(limits->min));
        json_object_set_new(params, "max", json_integer(limits->max));
    }
    json_array_append_new(fields, json_pack("{s:s, s:s, s:s, s:o}", "field", field, "code",
                                            "INVALID_ARGUMENT", "rule", rule, "params", params));
}

static void add_rules(json_t *fields, const char *prefix, const struct rule *rules);

static void add_nested(json_t *fields, const char *field, const struct rule *rules)
{
    char *prefix = mem_printf(NULL, "%s.", field);

    add_rules(fields, prefix, rules);
    talloc_free(prefix);
}

static void add_update(json_t *fields, const char *prefix, const char *field,
                       const struct rule *rule)
{
    char *mask = mem_printf(NULL, "%s%s", prefix, rule->mask);

    add(fields, mask, "required", NULL);
    add(fields, mask, "not_updatable", NULL);
    add(fields, mask, "duplicate", NULL);
    add(fields, field, "required", NULL);
    if (rule->id != NULL) {
        char *id = mem_printf(mask, "%s.%s", field, rule->id);
        add(fields, id, "required", NULL);
        add(fields, id, "uuid", NULL);
    }
    add(fields, mem_printf(mask, "%s.revision", field), "required", NULL);
    add_nested(fields, field, rule->rules);
    talloc_free(mask);
}

/* What rules.c refuses a field by. */
static void add_rule(json_t *fields, const char *prefix, const char *field, const struct rule *rule)
{
    char *entry = mem_printf(NULL, "%s[]", field);
    const struct rule chars = {.min = 1, .max = rule->chars};

    if (rule->min > 0 && rule->type != RULE_TYPE_TEXT && rule->type != RULE_TYPE_LONG_TEXT &&
        rule->type != RULE_TYPE_INT && rule->type != RULE_TYPE_UUIDS &&
        rule->type != RULE_TYPE_TEXTS && rule->type != RULE_TYPE_MESSAGES)
        add(fields, field, "required", NULL);
    switch (rule->type) {
    case RULE_TYPE_TEXT:
        add(fields, field, "length", rule);
        add(fields, field, "control", NULL);
        break;
    case RULE_TYPE_LONG_TEXT:
        add(fields, field, "length", rule);
        add(fields, field, "control", NULL);
        add(fields, field, "bidi", NULL);
        break;
    case RULE_TYPE_TEST:
    case RULE_TYPE_FORM:
        add(fields, field, rule->name, NULL);
        break;
    case RULE_TYPE_UUID:
        add(fields, field, "uuid", NULL);
        break;
    case RULE_TYPE_UUIDS:
        add(fields, field, "count", rule);
        add(fields, entry, "uuid", NULL);
        if (rule->distinct)
            add(fields, entry, "duplicate", NULL);
        break;
    case RULE_TYPE_TEXTS:
        add(fields, field, "count", rule);
        add(fields, entry, "length", &chars);
        add(fields, entry, "control", NULL);
        break;
    case RULE_TYPE_INT:
        add(fields, field, "range", rule);
        break;
    case RULE_TYPE_MESSAGE:
        add_nested(fields, field, rule->rules);
        break;
    case RULE_TYPE_MESSAGES:
        add(fields, field, "count", rule);
        add_nested(fields, entry, rule->rules);
        break;
    case RULE_TYPE_UPDATE:
        add_update(fields, prefix, field, rule);
        break;
    default: /* what remains is the wire's to refuse */
        break;
    }
    talloc_free(entry);
}

static void add_rules(json_t *fields, const char *prefix, const struct rule *rules)
{
    for (; rules != NULL && rules->type != RULE_END; rules++) {
        char *field = mem_printf(NULL, "%s%s", prefix, rules->field);

        add_rule(fields, prefix, field, rules);
        talloc_free(field);
    }
}

/* ---- methods ---- */

static const char *const reaches[] = {
    [REACH_STREET] = "street",
    [REACH_COMMUNITY] = "own community",
    [REACH_UNIT] = "own unit",
    [REACH_SELF] = "self",
};

static json_t *roles_of(const struct permission *permission)
{
    json_t *roles = json_object();

    for (int role = 1; role < ROLES; role++) {
        enum reach reach = permission_reach(permission, (Bus__Role)role);

        if (reach != REACH_NONE)
            json_object_set_new(roles, types_enum_name(&bus__role__descriptor, role),
                                json_string(reaches[reach]));
    }
    return roles;
}

static json_t *method_of(const struct service *service, const struct methods *methods, unsigned i)
{
    const struct method *row = methods->rows[i];
    const ProtobufCServiceDescriptor *type = methods->base.descriptor;
    const ProtobufCMethodDescriptor *method = &type->methods[i];
    char *name = mem_printf(NULL, "%s/%s", type->name, method->name);
    json_t *rules = json_array();

    add_rules(rules, "", row->rules);
    json_t *all = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "method", name, "service",
                            service->name, "kind", row->command != NULL ? "command" : "query",
                            "request", method->input->name, "response", method->output->name,
                            "roles", roles_of(row->may), "rules", rules);
    talloc_free(name);
    return all;
}

/* Methods that every service has are listed once, as the first one's. */
int main(void)
{
    json_t *all = json_array();

    for (size_t s = 0; s < SERVICES; s++)
        for (size_t m = 0; services[s]->methods[m] != NULL && (s == 0 || m == 0); m++)
            for (unsigned i = 0; i < services[s]->methods[m]->base.descriptor->n_methods; i++)
                json_array_append_new(all, method_of(services[s], services[s]->methods[m], i));
    json_dumpf(all, stdout, JSON_INDENT(1));
    json_decref(all);
    return ferror(stdout) ? 1 : 0;
}
