/* SPDX-License-Identifier: Apache-2.0 */
/* rules_check.c - holds the rules against the contract, so that none fails when its event comes */
#include <string.h>

#include "google_timestamp.pb-c.h"
#include "libcommon/base/field_path.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "services/notification/rule/rules.h"
#include "services/notification/rule/why.h"

/* ---- audiences ---- */

static bool has_text(const ProtobufCMessageDescriptor *type, const char *name)
{
    const ProtobufCFieldDescriptor *field = path_field(type, name);

    return field && field->type == PROTOBUF_C_TYPE_STRING;
}

static bool fits_audience(const struct audience *audience, const ProtobufCMessageDescriptor *event)
{
    const ProtobufCFieldDescriptor *field =
        audience->path ? path_field(event, audience->path) : NULL;

    switch (audience->kind) {
    case NOTIFICATION__AUDIENCE__AUDIENCE_STREET_STAFF:
    case NOTIFICATION__AUDIENCE__AUDIENCE_ALL_UNIT_CONTACTS:
        return !audience->path;
    case NOTIFICATION__AUDIENCE__AUDIENCE_OWNER:
        return field && field->type == PROTOBUF_C_TYPE_MESSAGE &&
               field->label != PROTOBUF_C_LABEL_REPEATED &&
               has_text(field->descriptor, "community_id");
    case NOTIFICATION__AUDIENCE__AUDIENCE_PERSON:
    case NOTIFICATION__AUDIENCE__AUDIENCE_SIGNED_UP:
    case NOTIFICATION__AUDIENCE__AUDIENCE_PARTIES:
        return field && field->type == PROTOBUF_C_TYPE_STRING &&
               field->label != PROTOBUF_C_LABEL_REPEATED;
    default:
        return field && field->type == PROTOBUF_C_TYPE_STRING;
    }
}

static const char *check_audiences(const void *parent, const struct notify_rule *rule)
{
    if (!rule->audiences[0].kind)
        return "it tells nobody";
    for (int i = 0; i < AUDIENCES_MAX && rule->audiences[i].kind; i++)
        if (!fits_audience(&rule->audiences[i], rule->event))
            return mem_printf(parent, "audience %d has no such path", i);
    return NULL;
}

/* ---- titles ---- */

/* Can a title hold a field like this? */
static bool is_fact(const ProtobufCFieldDescriptor *field)
{
    if (!field || field->label == PROTOBUF_C_LABEL_REPEATED)
        return false;
    return field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_UINT32 ||
           (field->type == PROTOBUF_C_TYPE_MESSAGE &&
            field->descriptor == &google__protobuf__timestamp__descriptor);
}

static const char *check_title(const void *parent, const char *title,
                               const ProtobufCMessageDescriptor *event)
{
    size_t length;

    if (!title || !title[0])
        return "a title is missing";
    for (const char *at = title; (at = template_next(at, &length)); at += length) {
        char *path = mem_check(talloc_strndup(parent, at, length));
        if (strcmp(path, WHY) == 0 && (has_text(event, "reason") || has_text(event, "cause.rule")))
            continue;
        if (at[length] != '}' || !is_fact(path_field(event, path)))
            return mem_printf(parent, "a title names %s, which the event has not", path);
    }
    return NULL;
}

static bool is_instant(const ProtobufCFieldDescriptor *field)
{
    return field && field->type == PROTOBUF_C_TYPE_MESSAGE &&
           field->descriptor == &google__protobuf__timestamp__descriptor;
}

/* Of several events: what either title has, and how many they are and from when to when. */
static const char *check_together(const void *parent, const char *together,
                                  const struct notify_rule *rule)
{
    static const char words[] = "{count}{first}{last}";
    size_t length;

    for (const char *at = together; at && (at = template_next(at, &length)); at += length) {
        char *path = mem_check(talloc_strndup(parent, at - 1, length + 2));
        if (!strstr(words, path) && !strstr(rule->title_zh, path) && !strstr(rule->title_en, path))
            return mem_printf(parent, "of several events it names %s, which no title has", path);
    }
    return NULL;
}

static const char *check_several(const void *parent, const struct notify_rule *rule)
{
    const char *const instants[] = {rule->at, rule->differ.a, rule->differ.b, rule->same.a,
                                    rule->same.b};
    const char *const texts[] = {rule->part_of[0], rule->part_of[1], rule->has,
                                 rule->causes[0] ? "cause.rule" : NULL};
    const char *wrong = check_together(parent, rule->together_zh, rule);

    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++)
        if (instants[i] && !is_instant(path_field(rule->event, instants[i])))
            return mem_printf(parent, "the event has no instant %s", instants[i]);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i] && !has_text(rule->event, texts[i]))
            return mem_printf(parent, "the event has no text %s", texts[i]);
    if ((rule->changes || rule->keeps) && !path_field(rule->event, "changed"))
        return "the event does not say what changed";
    return wrong ? wrong : check_together(parent, rule->together_en, rule);
}

/* Is the event about one date of a series, or one booking? */
static bool is_of_a_date(const ProtobufCMessageDescriptor *event)
{
    return path_field(event, "occurrence.start_time") || path_field(event, "booking.start_time");
}

/* What is one of several says which: its title has an instant. */
static const char *check_when(const void *parent, const struct notify_rule *rule, const char *title)
{
    size_t length;

    if (!is_of_a_date(rule->event))
        return NULL;
    for (const char *at = title; (at = template_next(at, &length)); at += length) {
        char *path = mem_check(talloc_strndup(parent, at, length));
        if (is_instant(path_field(rule->event, path)))
            return NULL;
    }
    return "its event is of one date, and a title does not say which";
}

/* ---- until when ---- */

/* Is there a day or an instant among the facts of a title? */
static bool names_time(const void *parent, const char *title,
                       const ProtobufCMessageDescriptor *event)
{
    size_t length;

    for (const char *at = title; (at = template_next(at, &length)); at += length) {
        char *path = mem_check(talloc_strndup(parent, at, length));
        if (is_instant(path_field(event, path)) ||
            (length > 3 && strcmp(path + length - 3, "_on") == 0))
            return true;
    }
    return false;
}

static bool asks(const struct notify_rule *rule)
{
    return strstr(rule->title_zh, "请") || strstr(rule->title_en, "please");
}

static const char *check_until(const void *parent, const struct notify_rule *rule)
{
    for (int i = 0; i < 2 && rule->until[i]; i++)
        if (!is_instant(path_field(rule->event, rule->until[i])) &&
            !has_text(rule->event, rule->until[i]))
            return mem_printf(parent, "the event has no day or instant %s", rule->until[i]);
    if ((asks(rule) || names_time(parent, rule->title_zh, rule->event) ||
         names_time(parent, rule->title_en, rule->event)) &&
        !rule->until[0] == !rule->whenever)
        return "it asks for something or names a time: until when is it told, or why whenever";
    return NULL;
}

/* ---- rules ---- */

static bool is_condition(const struct condition *condition, const ProtobufCMessageDescriptor *event)
{
    const ProtobufCFieldDescriptor *field =
        condition->path ? path_field(event, condition->path) : NULL;

    return !condition->path || (field && field->type == PROTOBUF_C_TYPE_ENUM &&
                                types_enum_name(field->descriptor, condition->value));
}

static bool is_followed(const struct notify_rule *rule, const struct followed *follows)
{
    for (const struct followed *followed = follows; followed->service; followed++)
        for (const struct follow *row = followed->events; row->event; row++)
            if (row->event == rule->event && row->react)
                return true;
    return false;
}

const char *notify_rules_check(const void *parent, const struct notify_rule *rules,
                               const struct followed *follows)
{
    const char *wrong = NULL;

    for (const struct notify_rule *rule = rules; rule->name; rule++) {
        if (!is_followed(rule, follows))
            wrong = "nothing follows its event: it needs a row in services/notification/follow.c";
        else if (!is_condition(&rule->when, rule->event) ||
                 !is_condition(&rule->unless, rule->event))
            wrong = "its event has no field for the condition";
        wrong = wrong ? wrong : check_audiences(parent, rule);
        wrong = wrong ? wrong : check_title(parent, rule->title_zh, rule->event);
        wrong = wrong ? wrong : check_title(parent, rule->title_en, rule->event);
        wrong = wrong ? wrong : check_several(parent, rule);
        wrong = wrong ? wrong : check_until(parent, rule);
        wrong = wrong ? wrong : check_when(parent, rule, rule->title_zh);
        wrong = wrong ? wrong : check_when(parent, rule, rule->title_en);
        if (wrong)
            return mem_printf(parent, "%s: %s", rule->name, wrong);
    }
    return NULL;
}

/* ---- books ---- */

static bool has_rule(const struct rule_book *book, const ProtobufCMessageDescriptor *event)
{
    for (const struct notify_rule *rule = book->rules; rule->name; rule++)
        if (rule->event == event)
            return true;
    return false;
}

static bool is_silent(const struct rule_book *book, const ProtobufCMessageDescriptor *event)
{
    for (const struct silence *silent = book->silent; silent->event; silent++)
        if (silent->event == event)
            return true;
    return false;
}

const char *rule_book_check(const void *parent, const struct rule_book *book,
                            const struct followed *follows)
{
    const char *package = mem_printf(parent, "jusha.%s.v1", book->service);

    for (const ProtobufCMessageDescriptor *const *event = types_events; *event; event++)
        if (strcmp((*event)->package_name, package) == 0 &&
            has_rule(book, *event) == is_silent(book, *event))
            return mem_printf(parent, "%s has neither a rule nor is silent, or both",
                              (*event)->short_name);
    return notify_rules_check(parent, book->rules, follows);
}

static bool has_book(const struct rule_book *const *books, const char *service)
{
    while (*books && strcmp((*books)->service, service) != 0)
        books++;
    return *books;
}

const char *rule_books_check(const void *parent, const struct rule_book *const *books,
                             const struct followed *follows)
{
    const char *wrong = NULL;

    for (const struct followed *followed = follows; followed->service; followed++)
        if (!has_book(books, followed->service))
            return mem_printf(parent, "the journal of %s is followed and has no book",
                              followed->service);
    for (const struct rule_book *const *book = books; *book && !wrong; book++)
        wrong = rule_book_check(parent, *book, follows);
    return wrong;
}
