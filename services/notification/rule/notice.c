/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notice.c - from an event to words
 *
 *   templates -> the paths that they name -> a fact for each -> titles with the facts' values in their places
 *
 * Names of objects come from copies (follow.c), local times from the database, whose time zones are
 * the only ones.
 */
#include "services/notification/rule/notice.h"

#include <inttypes.h>
#include <string.h>

#include "notification_message.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/following/follow.h"
#include "libcommon/base/field_path.h"

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

/* Adds the facts of a template that the other did not name. */
static enum status add_facts(struct call *call, const char *template, Notification__Facts *facts)
{
    enum status status = STATUS_OK;
    size_t length;

    for (const char *at = template; status == STATUS_OK && (at = template_next(at, &length));
         at += length) {
        if (find_fact(facts, at, length))
            continue;
        Notification__Fact *fact = wire_new(call, &notification__fact__descriptor);
        fact->path = mem_check(talloc_strndup(call, at, length));
        read_fact(call, fact);
        status = resolve_fact(call, fact);
        facts->facts =
            mem_check(talloc_realloc(call, facts->facts, Notification__Fact *, facts->n_facts + 1));
        facts->facts[facts->n_facts++] = fact;
    }
    return status;
}

/* ---- titles ---- */

static char *append(char *title, const char *text, size_t length)
{
    return mem_check(talloc_strndup_append_buffer(title, text, length));
}

/* The template with values for paths, in one line. */
static char *render(struct call *call, const char *template, const Notification__Facts *facts)
{
    char *title = mem_text(call, "");
    size_t length;

    for (const char *path; (path = template_next(template, &length));
         template = path + length + 1) {
        const Notification__Fact *fact = find_fact(facts, path, length);
        title = append(title, template, (size_t)(path - 1 - template));
        if (fact)
            title = append(title, fact->value, strlen(fact->value));
        else /* tell.c knows how many they are */
            title = append(title, path - 1, length + 2);
    }
    title = append(title, template, strlen(template));
    for (char *c = title; (c = strpbrk(c, "\t\n")); c++)
        *c = ' ';
    return title;
}

/* What it follows from, and what it is a part of. */
static void set_place(struct call *call, const struct notify_rule *rule,
                      Notification__Notice *notice)
{
    const ProtobufCMessage *event = call->request;
    const void *at = rule->at ? path_value(event, rule->at) : NULL;
    char *const *whole = rule->part_of ? path_value(event, rule->part_of) : NULL;

    notice->causation_id = (char *)call_causation(call);
    notice->at_time = at ? *(Google__Protobuf__Timestamp *const *)at : NULL;
    notice->part_of = whole ? *whole : (char *)"";
}

static char *render_together(struct call *call, const char *template, const char *title,
                             const char *ending, const Notification__Facts *facts)
{
    return template ? render(call, template, facts) : mem_printf(call, "%s%s", title, ending);
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
    enum status status = add_facts(call, rule->title_zh, notice->facts);
    if (status == STATUS_OK)
        status = add_facts(call, rule->title_en, notice->facts);
    if (status != STATUS_OK)
        return status;
    notice->title_zh = render(call, rule->title_zh, notice->facts);
    notice->title_en = render(call, rule->title_en, notice->facts);
    notice->together_zh = render_together(call, rule->together_zh, notice->title_zh,
                                          "（共{count}项）", notice->facts);
    notice->together_en = render_together(call, rule->together_en, notice->title_en,
                                          " ({count} in all)", notice->facts);
    set_place(call, rule, notice);
    *ret_notice = notice;
    return STATUS_OK;
}
