/* SPDX-License-Identifier: Apache-2.0 */
/* list_rules.c - ListRules: the books of rules, for people */
#include <string.h>

#include "libcommon/base/field_path.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "notification_methods.h"
#include "services/notification/rule/rules.h"

/* The database only has to say that the street is here. */
STATEMENT(select_street, .sql = "SELECT 1 FROM notification.stream WHERE street = :street");

/* What else has to hold, as one text. */
static char *when_of(struct call *call, const struct notify_rule *rule, char *when)
{
    const char *and = when[0] ? ", " : "";

    if (rule->changes) {
        when = mem_printf(call, "%s%schanged has %s", when, and, rule->changes);
        when = rule->keeps ? mem_printf(call, "%s and not %s", when, rule->keeps) : when;
        return rule->has ? mem_printf(call, "%s, %s <> \"\"", when, rule->has) : when;
    }
    if (rule->same.a)
        return mem_printf(call, "%s = %s, %s <> %s", rule->same.a, rule->same.b, rule->differ.a,
                          rule->differ.b);
    if (rule->differ.a)
        return mem_printf(call, "%s%s%s <> %s", when, and, rule->differ.a, rule->differ.b);
    return when;
}

static char *text_of(struct call *call, const struct notify_rule *rule,
                     const struct condition *condition)
{
    if (!condition->path)
        return mem_text(call, "");
    return mem_printf(
        call, "%s = %s", condition->path,
        types_enum_name(path_field(rule->event, condition->path)->descriptor, condition->value));
}

/* "jusha.selection.v1.NeedRaised" -> "selection" */
static char *service_of(struct call *call, const ProtobufCMessageDescriptor *event)
{
    const char *begins = strchr(event->name, '.') + 1;

    return mem_check(talloc_strndup(call, begins, strcspn(begins, ".")));
}

static Notification__Rule *describe(struct call *call, const struct notify_rule *from)
{
    Notification__Rule *rule = wire_new(call, &notification__rule__descriptor);

    rule->name = (char *)from->name;
    rule->service = service_of(call, from->event);
    rule->event_type = (char *)from->event->name;
    rule->when = when_of(call, from, text_of(call, from, &from->when));
    rule->unless = text_of(call, from, &from->unless);
    rule->audiences = mem_array(call, Notification__Audience, AUDIENCES_MAX);
    for (int i = 0; i < AUDIENCES_MAX && from->audiences[i].kind; i++)
        rule->audiences[rule->n_audiences++] = from->audiences[i].kind;
    rule->title_zh = (char *)from->title_zh;
    rule->title_en = (char *)from->title_en;
    return rule;
}

static enum status respond(struct call *call, const PGresult *rows)
{
    Notification__ListRulesResponse *response = call->response;
    size_t count = 0;

    (void)rows;
    for (const struct rule_book *const *book = rule_books; *book; book++)
        for (const struct notify_rule *rule = (*book)->rules; rule->name; rule++)
            count++;
    response->rules = mem_array(call, Notification__Rule *, count);
    for (const struct rule_book *const *book = rule_books; *book; book++)
        for (const struct notify_rule *rule = (*book)->rules; rule->name; rule++)
            response->rules[response->n_rules++] = describe(call, rule);
    return STATUS_OK;
}

const struct method notification_list_rules = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .query = &select_street,
    .respond = respond,
};
