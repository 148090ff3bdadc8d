/* SPDX-License-Identifier: Apache-2.0 */
/* tell.c - from an event to messages in inboxes */
#include "services/notification/rule/tell.h"

#include <assert.h>
#include <string.h>

#include "google_field_mask.pb-c.h"
#include "libcommon/base/field_path.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/following/follow.h"
#include "services/notification/rule/notice.h"

/* Of a MessagesSent: few make a page of the journal, whoever is told. */
enum { RECEIVERS_MAX = 1000, SENT_BYTES_MAX = 64 * 1024, ELEMENT_BYTES = 6 /* tag and length */ };

#define TODAY                                                                                      \
    "(SELECT (:create_time::timestamptz AT TIME ZONE s.time_zone)::date FROM notification.stream"  \
    " s WHERE s.street = :street)"
/* What is late may be over: then what became of it is an event of its own. */
#define IS_NEWS                                                                                    \
    "(nullif(:until_on, '')::date >= " TODAY ") IS NOT FALSE"                                      \
    " AND (:until_time::timestamptz > :create_time::timestamptz) IS NOT FALSE"

/* What comes of the same request within the hour is one with it; what a timer brings weeks later is
 * news. */
#define OF_THE_HOUR(time) time " > :event_time::timestamptz - interval '1 hour'"

/* Those whom the audience names, but neither who did it nor who has left. A part is told to nobody
 * who was told of the whole, and counts as told. */
#define NEWLY_TOLD(holders)                                                                        \
    "told AS (INSERT INTO notification.told (street, event_id, holder, causation_id, subject,"     \
    " event_time) SELECT :street, :event_id, h.holder, :causation_id, :subject, :event_time"       \
    " FROM (" holders                                                                              \
    ") AS h (holder) WHERE h.holder <> :actor AND NOT EXISTS (SELECT FROM notification.departed d" \
    " WHERE d.street = :street AND d.holder = h.holder) AND " IS_NEWS                              \
    " ON CONFLICT DO NOTHING RETURNING holder),"

/* One message a holder. The ids follow the notice's own and count up. */
#define NUMBERED                                                                                   \
    " numbered AS (SELECT t.holder, (left(:notice_id, 24)"                                         \
    " || lpad(to_hex(row_number() OVER ()), 12, '0'))::uuid AS message_id FROM told t"             \
    " WHERE NOT EXISTS (SELECT FROM notification.told w"                                           \
    " WHERE w.street = :street AND w.causation_id = :causation_id AND w.holder = t.holder"         \
    " AND w.subject = ANY(:part_of) AND " OF_THE_HOUR("w.event_time") ")),"

/* What of the same request they have not read yet. */
#define GROWING                                                                                    \
    " growing AS (SELECT DISTINCT ON (m.holder) n.message_id, m.holder, m.message_id AS replaces," \
    " m.event_count + 1 AS event_count, least(m.first_time, :at_time) AS first_time,"              \
    " greatest(m.last_time, :at_time) AS last_time FROM numbered n JOIN notification.message m"    \
    " ON m.street = :street AND m.causation_id = :causation_id AND m.holder = n.holder"            \
    " AND m.rule = :rule AND m.read_time IS NULL"                                                  \
    " AND " OF_THE_HOUR("m.event_time") " ORDER BY m.holder, m.message_id DESC),"

#define LOCAL(time) "coalesce(to_char(" time " AT TIME ZONE s.time_zone, 'YYYY-MM-DD HH24:MI'), '')"
#define TOGETHER(template)                                                                         \
    "replace(replace(replace(" template ", '{count}', g.event_count::text), '{first}', " LOCAL(    \
        "g.first_time") "), '{last}', " LOCAL("g.last_time") ")"

/* It takes its place at the top of the inbox under a new id: what somebody marks read is what they
 * saw. */
#define GROWN                                                                                      \
    " grown AS (UPDATE notification.message m SET message_id = g.message_id,"                      \
    " event_id = :event_id, service = :service, seq = :seq, event_type = :event_type,"             \
    " subject = :subject, event_time = :event_time, facts = :facts, create_time = :create_time,"   \
    " event_count = g.event_count, first_time = g.first_time, last_time = g.last_time,"            \
    " title_zh = " TOGETHER(":together_zh") ", title_en = " TOGETHER(                              \
        ":together_en") " FROM growing g, notification.stream s WHERE s.street = :street AND "     \
                        "m.street = :street"                                                       \
                        " AND m.message_id = g.replaces RETURNING m.message_id, m.holder, "        \
                        "m.event_count,"                                                           \
                        " g.replaces::text AS replaces, m.first_time, m.last_time),"

#define MADE                                                                                       \
    " made AS (INSERT INTO notification.message (street, message_id, holder, rule, event_id,"      \
    " service, seq, event_type, subject, event_time, facts, title_zh, title_en, create_time,"      \
    " causation_id, first_time, last_time) SELECT :street, n.message_id, n.holder, :rule,"         \
    " :event_id, :service, :seq, :event_type, :subject, :event_time, :facts, :title_zh,"           \
    " :title_en, :create_time, :causation_id, :at_time, :at_time FROM numbered n"                  \
    " WHERE n.holder NOT IN (SELECT g.holder FROM growing g) RETURNING message_id, holder,"        \
    " event_count, '' AS replaces, first_time, last_time)"

#define INSERT_MESSAGES(holders)                                                                   \
    "WITH " NEWLY_TOLD(holders) NUMBERED GROWING GROWN MADE                                        \
        " SELECT * FROM grown UNION ALL SELECT * FROM made"

/* Who has a role today, by the street's calendar. */
#define HOLDERS(role_and_place)                                                                    \
    "SELECT g.holder FROM notification.stream s JOIN notification.role_grant g"                    \
    " ON g.street = s.street WHERE s.street = :street AND g.status = 'IN_FORCE'"                   \
    " AND (:create_time::timestamptz AT TIME ZONE s.time_zone)::date"                              \
    " BETWEEN g.from_on AND g.until_on AND " role_and_place

STATEMENT(tell_street_staff, .sql = INSERT_MESSAGES(HOLDERS("g.role = 'STREET_STAFF'")),
          .of = &notification__notice__descriptor);
STATEMENT(tell_community_staff,
          .sql = INSERT_MESSAGES(HOLDERS(
              "g.role = 'COMMUNITY_STAFF' AND g.community_id = ANY(:audience_ids::uuid[])")),
          .of = &notification__notice__descriptor);
STATEMENT(tell_unit_contacts,
          .sql = INSERT_MESSAGES(HOLDERS("g.role = 'UNIT_CONTACT' AND g.community_id IS NULL"
                                         " AND g.unit_id = ANY(:audience_ids::uuid[])")),
          .of = &notification__notice__descriptor);
STATEMENT(tell_all_unit_contacts, .sql = INSERT_MESSAGES(HOLDERS("g.role = 'UNIT_CONTACT'")),
          .of = &notification__notice__descriptor);
STATEMENT(tell_person, .sql = INSERT_MESSAGES("SELECT (:audience_ids::text[])[1]"),
          .of = &notification__notice__descriptor);
STATEMENT(tell_signed_up,
          .sql = INSERT_MESSAGES(
              "SELECT u.holder FROM notification.sign_up u"
              " WHERE u.street = :street AND u.occurrence_id = (:audience_ids::uuid[])[1]"
              " AND u.status IN ('SIGNED_UP', 'WAITING')"),
          .of = &notification__notice__descriptor);

#define PARTY                                                                                      \
    " FROM notification.named p WHERE p.street = :street"                                          \
    " AND p.object_id = (:audience_ids::uuid[])[1]"
STATEMENT(
    tell_parties,
    .sql = INSERT_MESSAGES(
        HOLDERS("g.role = 'STREET_STAFF' AND (SELECT p.of_street" PARTY ")") " UNION ALL " HOLDERS(
            "g.role = 'COMMUNITY_STAFF' AND g.community_id = (SELECT"
            " nullif(p.community_id, '')::uuid" PARTY
            ")") " UNION ALL " HOLDERS("g.role = 'UNIT_CONTACT' AND g.community_id IS NULL"
                                       " AND g.unit_id = ANY((SELECT p.unit_ids::uuid[]" PARTY
                                       ")::uuid[])")),
    .of = &notification__notice__descriptor);

#define KIND(name) NOTIFICATION__AUDIENCE__AUDIENCE_##name

static const struct db_stmt *const tell_audience[] = {
    [KIND(STREET_STAFF)] = &tell_street_staff,
    [KIND(COMMUNITY_STAFF)] = &tell_community_staff,
    [KIND(UNIT_CONTACTS)] = &tell_unit_contacts,
    [KIND(ALL_UNIT_CONTACTS)] = &tell_all_unit_contacts,
    [KIND(PERSON)] = &tell_person,
    [KIND(SIGNED_UP)] = &tell_signed_up,
    [KIND(OWNER)] = NULL, /* it becomes one of the others */
    [KIND(PARTIES)] = &tell_parties,
};
static_assert(sizeof tell_audience / sizeof tell_audience[0] == KIND(PARTIES) + 1,
              "each kind is found");

/* ---- who ---- */

/* Makes the audience of the ids that are not empty. */
static void set_audience(struct call *call, Notification__Notice *notice,
                         Notification__Audience kind, char *const *ids, size_t count)
{
    notice->audience = kind;
    notice->audience_ids = mem_array(call, char *, count + 1);
    notice->n_audience_ids = 0;
    for (size_t i = 0; i < count; i++)
        if (ids[i][0])
            notice->audience_ids[notice->n_audience_ids++] = ids[i];
}

static void set_owner(struct call *call, Notification__Notice *notice,
                      const ProtobufCMessage *thing)
{
    char *const *community_id = path_value(thing, "community_id");
    char *const *unit_id =
        path_field(thing->descriptor, "unit_id") ? path_value(thing, "unit_id") : NULL;

    if ((*community_id)[0])
        set_audience(call, notice, KIND(COMMUNITY_STAFF), community_id, 1);
    else if (unit_id && (*unit_id)[0])
        set_audience(call, notice, KIND(UNIT_CONTACTS), unit_id, 1);
    else
        set_audience(call, notice, KIND(STREET_STAFF), NULL, 0);
}

/* False: the event names nobody there. */
static bool find_audience(struct call *call, const struct audience *audience,
                          Notification__Notice *notice)
{
    const ProtobufCMessage *event = call->request;

    if (!audience->path) {
        set_audience(call, notice, audience->kind, NULL, 0);
        return true;
    }
    const void *value = path_value(event, audience->path);
    const ProtobufCFieldDescriptor *field = path_field(event->descriptor, audience->path);
    if (!value)
        return false;
    if (audience->kind == KIND(OWNER)) {
        const ProtobufCMessage *thing = *(ProtobufCMessage *const *)value;
        if (thing)
            set_owner(call, notice, thing);
        return thing != NULL;
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        set_audience(
            call, notice, audience->kind, *(char *const *const *)value,
            *(const size_t *)((const char *)value - field->offset + field->quantifier_offset));
    else
        set_audience(call, notice, audience->kind, value, 1);
    return notice->n_audience_ids > 0;
}

/* ---- messages ---- */

/* Says who got it, as many to an event as it can hold. */
static enum status say_sent(struct call *call, const Notification__Notice *notice,
                            const struct db_stmt *stmt, const PGresult *rows)
{
    Notification__MessagesSent event = NOTIFICATION__MESSAGES_SENT__INIT;
    enum status status = STATUS_OK;

    event.notice = (Notification__Notice *)notice;
    event.receivers = mem_array(call, Notification__Receiver *, RECEIVERS_MAX);
    const size_t empty = protobuf_c_message_get_packed_size(&event.base);
    size_t bytes = empty;
    for (int row = 0; row < PQntuples(rows) && status == STATUS_OK; row++) {
        Notification__Receiver *receiver = wire_new(call, &notification__receiver__descriptor);
        db_row(call, stmt, rows, row, &receiver->base);
        event.receivers[event.n_receivers++] = receiver;
        bytes += protobuf_c_message_get_packed_size(&receiver->base) + ELEMENT_BYTES;
        if (event.n_receivers < RECEIVERS_MAX && bytes < SENT_BYTES_MAX &&
            row + 1 < PQntuples(rows))
            continue;
        status = journal_append(call, notice->notice_id, &event.base);
        event.n_receivers = 0;
        bytes = empty;
    }
    return status;
}

static enum status tell_by(struct call *call, const struct notify_rule *rule)
{
    Notification__Notice *notice;
    enum status status = notice_word(call, rule, &notice);

    for (int i = 0; i < AUDIENCES_MAX && rule->audiences[i].kind && status == STATUS_OK; i++) {
        const PGresult *rows;
        if (!find_audience(call, &rule->audiences[i], notice))
            continue;
        const struct db_stmt *stmt = tell_audience[notice->audience];
        notice->notice_id = call_new_id(call);
        status = db_query(call, stmt, &notice->base, &rows);
        if (status == STATUS_OK)
            status = say_sent(call, notice, stmt, rows);
    }
    return status;
}

static bool holds(const struct condition *condition, const ProtobufCMessage *event)
{
    const int *value = path_value(event, condition->path);

    return value && *value == condition->value;
}

/* Does the event's mask say that this field has a new value? */
static bool changes(const char *name, const ProtobufCMessage *event)
{
    const void *value = path_value(event, "changed");
    const Google__Protobuf__FieldMask *mask =
        value ? *(const Google__Protobuf__FieldMask *const *)value : NULL;

    for (size_t i = 0; mask && i < mask->n_paths; i++)
        if (strcmp(mask->paths[i], name) == 0)
            return true;
    return false;
}

static bool has(const char *path, const ProtobufCMessage *event)
{
    char *const *text = path_value(event, path);

    return text && (*text)[0];
}

/* Of two instants. */
static bool are_equal(const struct pair *pair, const ProtobufCMessage *event)
{
    const void *a = path_value(event, pair->a), *b = path_value(event, pair->b);
    const Google__Protobuf__Timestamp *one = a ? *(Google__Protobuf__Timestamp *const *)a : NULL;
    const Google__Protobuf__Timestamp *other = b ? *(Google__Protobuf__Timestamp *const *)b : NULL;

    return one && other && one->seconds == other->seconds && one->nanos == other->nanos;
}

static bool follows_from_one(const char *const causes[2], const ProtobufCMessage *event)
{
    char *const *rule = path_value(event, "cause.rule");

    for (int i = 0; rule && i < 2 && causes[i]; i++)
        if (strcmp(*rule, causes[i]) == 0)
            return true;
    return false;
}

static bool applies(const struct notify_rule *rule, const ProtobufCMessage *event)
{
    return rule->event == event->descriptor && (!rule->when.path || holds(&rule->when, event)) &&
           !(rule->unless.path && holds(&rule->unless, event)) &&
           !(rule->causes[0] && !follows_from_one(rule->causes, event)) &&
           (!rule->changes || changes(rule->changes, event)) &&
           !(rule->keeps && changes(rule->keeps, event)) && (!rule->has || has(rule->has, event)) &&
           !(rule->differ.a && are_equal(&rule->differ, event)) &&
           !(rule->same.a && !are_equal(&rule->same, event));
}

/* The rules for events of the journal that this one comes from. */
static const struct notify_rule *rules_for(const struct call *call)
{
    const struct rule_book *const *book = rule_books;

    while (strcmp((*book)->service, call->source.event->service) != 0)
        book++; /* every journal that is followed has one: rule_books_check */
    return (*book)->rules;
}

enum status tell(struct call *call)
{
    enum status status = STATUS_OK;

    for (const struct notify_rule *rule = rules_for(call); rule->name && status == STATUS_OK;
         rule++)
        if (applies(rule, call->request))
            status = tell_by(call, rule);
    return status;
}
