/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notice.c - from an event to words
 *
 *   templates -> the paths that they name -> a fact for each -> titles with their values
 *
 * Names of objects come from copies (follow.c), local times from the database, whose time zones are
 * the only ones.
 */
#include "services/notification/rule/notice.h"

#include <inttypes.h>
#include <string.h>

#include "libcommon/base/field_path.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/following/follow.h"
#include "notification_message.pb-c.h"
#include "services/notification/rule/why.h"

/* An object whose name has not come yet is called "…". */
STATEMENT(fact_value,
          .sql = "SELECT CASE WHEN :object_id = '' THEN"
                 " to_char(:time::timestamptz AT TIME ZONE s.time_zone, 'YYYY-MM-DD HH24:MI')"
                 " ELSE coalesce((SELECT n.name FROM notification.named n"
                 " WHERE n.street = :street AND n.object_id = nullif(:object_id, '')::uuid), '…')"
                 " END AS value FROM notification.stream s WHERE s.street = :street",
          .of = &notification__fact__descriptor);

/* ---- facts ---- */

static bool is_id(const char *path)
{
    size_t length = strlen(path);

    return length > 3 && strcmp(path + length - 3, "_id") == 0;
}

/* What the event itself says at the fact's path. */
static void read_fact(const struct call *call, Notification__Fact *fact)
{
    const ProtobufCMessage *event = call->request;
    const ProtobufCFieldDescriptor *field = path_field(event->descriptor, fact->path);
    const void *value = path_value(event, fact->path);

    if (!value)
        return;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        fact->time = *(Google__Protobuf__Timestamp *const *)value;
    else if (field->type == PROTOBUF_C_TYPE_UINT32)
        fact->value = mem_printf(call, "%" PRIu32, *(const uint32_t *)value);
    else if (is_id(fact->path))
        fact->object_id = *(char *const *)value;
    else
        fact->value = *(char *const *)value;
}

/* And what it is called, or when that is here. */
static enum status resolve_fact(struct call *call, Notification__Fact *fact)
{
    const PGresult *rows;

    if (!fact->object_id[0] && !fact->time)
        return STATUS_OK;
    enum status status = db_query(call, &fact_value, &fact->base, &rows);
    if (status == STATUS_OK)
        db_row(call, &fact_value, rows, 0, &fact->base);
    return status;
}

static const Notification__Fact *find_fact(const Notification__Facts *facts, const char *path,
                                           size_t length)
{
    for (size_t i = 0; i < facts->n_facts; i++)
        if (strncmp(facts->facts[i]->path, path, length) == 0 && !facts->facts[i]->path[length])
            return facts->facts[i];
    return NULL;
}

static enum status add_fact(struct call *call, const char *path, size_t length,
                            Notification__Facts *facts)
{
    if (find_fact(facts, path, length))
        return STATUS_OK;
    Notification__Fact *fact = wire_new(call, &notification__fact__descriptor);
    fact->path = mem_check(talloc_strndup(call, path, length));
    facts->facts =
        mem_check(talloc_realloc(call, facts->facts, Notification__Fact *, facts->n_facts + 1));
    facts->facts[facts->n_facts++] = fact;
    if (!path_field(((const ProtobufCMessage *)call->request)->descriptor, fact->path))
        return STATUS_OK; /* an event of this type has no cause */
    read_fact(call, fact);
    return resolve_fact(call, fact);
}

static bool is_why(const char *path, size_t length)
{
    return length == strlen(WHY) && strncmp(path, WHY, length) == 0;
}

/* Adds the facts of a template that the other did not name. */
static enum status add_facts(struct call *call, const char *template, Notification__Facts *facts)
{
    static const char cause[] = "cause.rule", reason[] = "reason";
    enum status status = STATUS_OK;
    size_t length;

    for (const char *at = template; status == STATUS_OK && (at = template_next(at, &length));
         at += length) {
        if (!is_why(at, length)) {
            status = add_fact(call, at, length, facts);
            continue;
        }
        status = add_fact(call, cause, strlen(cause), facts);
        if (status == STATUS_OK)
            status = add_fact(call, reason, strlen(reason), facts);
    }
    return status;
}

/* ---- titles ---- */

/* What titles are made of. */
struct words {
    struct call *call;
    const Notification__Facts *facts;
    enum language language;
};

static char *append(char *title, const char *text, size_t length)
{
    return mem_check(talloc_strndup_append_buffer(title, text, length));
}

/* NULL: tell.c knows it, how many events they are and of when. */
static const char *value_at(const struct words *words, const char *path, size_t length)
{
    const Notification__Fact *fact = find_fact(words->facts, path, length);

    if (is_why(path, length))
        return why_words(words->call, words->call->request, words->language);
    return fact ? fact->value : NULL;
}

/* So much of a template with values for paths. *ret_whole: none of them is empty. */
static char *render_part(const struct words *words, const char *from, size_t length,
                         bool *ret_whole)
{
    const char *part = mem_check(talloc_strndup(words->call, from, length));
    char *text = mem_text(words->call, "");

    *ret_whole = true;
    for (const char *path; (path = template_next(part, &length)); part = path + length + 1) {
        const char *value = value_at(words, path, length);
        text = append(text, part, (size_t)(path - 1 - part));
        text = value ? append(text, value, strlen(value)) : append(text, path - 1, length + 2);
        *ret_whole = *ret_whole && (!value || value[0]);
    }
    return append(text, part, strlen(part));
}

/* The template, without the brackets that lack something, in one line. */
static char *render(const struct words *words, const char *template)
{
    char *title = mem_text(words->call, "");
    bool in_brackets = false, is_whole;

    for (size_t length; template[0]; template += length + (template[length] != '\0')) {
        length = strcspn(template, in_brackets ? "]" : "[");
        const char *text = render_part(words, template, length, &is_whole);
        if (is_whole || !in_brackets)
            title = append(title, text, strlen(text));
        in_brackets = !in_brackets;
    }
    for (char *c = title; (c = strpbrk(c, "\t\n")); c++)
        *c = ' ';
    return title;
}

static char *render_together(const struct words *words, const char *template, const char *title,
                             const char *ending)
{
    return template ? render(words, template) : mem_printf(words->call, "%s%s", title, ending);
}

static enum status set_titles(struct call *call, const struct notify_rule *rule,
                              Notification__Notice *notice)
{
    const struct words zh = {call, notice->facts, CHINESE}, en = {call, notice->facts, ENGLISH};
    enum status status = add_facts(call, rule->title_zh, notice->facts);

    if (status == STATUS_OK)
        status = add_facts(call, rule->title_en, notice->facts);
    if (status != STATUS_OK)
        return status;
    notice->title_zh = render(&zh, rule->title_zh);
    notice->title_en = render(&en, rule->title_en);
    notice->together_zh =
        render_together(&zh, rule->together_zh, notice->title_zh, "（共{count}项）");
    notice->together_en =
        render_together(&en, rule->together_en, notice->title_en, " ({count} in all)");
    return STATUS_OK;
}

/* ---- what it follows from, what it is a part of ---- */

static char *text_at(const ProtobufCMessage *event, const char *path)
{
    char *const *value = path ? path_value(event, path) : NULL;

    return value ? *value : (char *)"";
}

static Google__Protobuf__Timestamp *instant_at(const ProtobufCMessage *event, const char *path)
{
    const void *value = path ? path_value(event, path) : NULL;

    return value ? *(Google__Protobuf__Timestamp *const *)value : NULL;
}

static void set_place(struct call *call, const struct notify_rule *rule,
                      Notification__Notice *notice)
{
    const ProtobufCMessage *event = call->request;
    enum { WHOLES = sizeof rule->part_of / sizeof *rule->part_of };

    notice->causation_id = (char *)call_causation(call);
    notice->at_time = instant_at(event, rule->at);
    notice->part_of = mem_array(call, char *, WHOLES);
    for (int i = 0; i < WHOLES; i++)
        if (text_at(event, rule->part_of[i])[0])
            notice->part_of[notice->n_part_of++] = text_at(event, rule->part_of[i]);
}

/* ---- until when it is news ---- */

enum { DAY_CHARS = sizeof "2026-06-29" - 1 };

static void set_until(struct call *call, const char *path, Notification__Notice *notice)
{
    const ProtobufCMessage *event = call->request;

    if (path_field(event->descriptor, path)->type == PROTOBUF_C_TYPE_STRING) {
        notice->until_on = mem_printf(call, "%.*s", DAY_CHARS, text_at(event, path));
        return;
    }
    Google__Protobuf__Timestamp *time = instant_at(event, path);
    if (time && (!notice->until_time || time->seconds > notice->until_time->seconds))
        notice->until_time = time;
}

enum status notice_word(struct call *call, const struct notify_rule *rule,
                        Notification__Notice **ret_notice)
{
    const ProtobufCMessage *event = call->request;
    Notification__Notice *notice = wire_new(call, &notification__notice__descriptor);

    notice->rule = (char *)rule->name;
    notice->event_id = (char *)call->source.event->event_id;
    notice->service = (char *)call->source.event->service;
    notice->seq = call->source.event->seq;
    notice->event_type = (char *)event->descriptor->name;
    notice->subject = (char *)call->source.event->subject;
    notice->actor = (char *)call->source.event->actor;
    notice->event_time = (Google__Protobuf__Timestamp *)call->source.event->time;
    notice->create_time = (Google__Protobuf__Timestamp *)call->now;
    notice->facts = wire_new(call, &notification__facts__descriptor);
    set_place(call, rule, notice);
    for (int i = 0; i < 2 && rule->until[i]; i++)
        set_until(call, rule->until[i], notice);
    *ret_notice = notice;
    return set_titles(call, rule, notice);
}
