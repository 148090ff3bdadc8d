/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follower.c - events of other journals -> calls of the service itself
 *
 *   a page of events -> a call for each event with a row, from the last position to its own
 *                    -> a batch -> each call moves the position, stores the copy, reacts
 *
 * The next call moves over events that have no row, or a last call does, which only moves. A call
 * that is refused for a reason of its own runs again as one that only moves and tells
 * FollowRefused.
 */
#include "libcommon/service/following/follower.h"

#include <stdlib.h>
#include <string.h>

#include "journal_events.pb-c.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/metrics.h"
#include "libcommon/base/point.h"
#include "libcommon/service/batch/batch.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/following/streams.h"
#include "libcommon/service/journal/journal.h"
#include "libcommon/service/method/envelope.h"

static struct metric applied = {.type = METRIC_COUNTER,
                                .name = "jusha_follower_events_total",
                                .help =
                                    "Events of other journals that were applied or passed over"};
static struct metric refused = {
    .type = METRIC_COUNTER,
    .name = "jusha_follower_refused_total",
    .help = "Events of other journals that could not be applied; FollowRefused says why"};

/* One event on its way through a call. */
struct application {
    struct event_source source; /* call->source.event */
    const char *type;           /* full name */
    const struct follow
        *rows[FOLLOW_ROWS_MAX];          /* what to do with it; NULL: nothing, or pass it over */
    struct follower_position from, to;   /* the positions that it starts at and leads to */
    struct follower_position batch_from; /* and that its batch starts at */
    bool is_last;                        /* of its batch */
    bool again;                          /* it was applied before: no reaction */
    enum status refusal;                 /* of the first try, where it is passed over */
    const char *message;
};

/* ---- a call ---- */

/* The position moves from where the last call left it; any other place is somebody else's work. */
STATEMENT(move_position,
          .sql = "INSERT INTO follower AS f (street, source, seq, reached, reacted, event_id)"
                 " VALUES (:street, :source, :seq, :reached, :reacted, nullif(:event_id, '')::uuid)"
                 " ON CONFLICT (street, source) DO UPDATE SET seq = excluded.seq,"
                 " reached = excluded.reached, reacted = excluded.reacted,"
                 " event_id = excluded.event_id WHERE f.seq = :from_seq"
                 " AND f.reached = :from_reached AND f.reacted = :from_reacted"
                 " AND f.event_id IS NOT DISTINCT FROM nullif(:from_id, '')::uuid",
          .with = "source, seq, reached, reacted, event_id, from_seq, from_reached, from_reacted,"
                  " from_id",
          .one_row = {STATUS_ABORTED, "from_seq", "stale", "another process applies this journal"});

/* A batch that goes well moves once, by its last call; where calls may fail apart each moves for
 * itself. */
static void queue_move(struct call *call, const struct application *application)
{
    const struct follower_position *to = &application->to;
    const struct follower_position *from =
        call->careful ? &application->from : &application->batch_from;
    const struct db_param given[] = {
        NAMED(source, param_text(application->source.service)),
        NAMED(seq, param_int(call, to->seq)),
        NAMED(reached, param_int(call, to->reached)),
        NAMED(reacted, param_int(call, to->reacted)),
        NAMED(event_id, param_text(to->event_id)),
        NAMED(from_seq, param_int(call, from->seq)),
        NAMED(from_reached, param_int(call, from->reached)),
        NAMED(from_reacted, param_int(call, from->reacted)),
        NAMED(from_id, param_text(from->event_id)),
    };

    call->wrote = true; /* so that a refusal takes the batch apart */
    if (call->careful || application->is_last)
        db_do_more(call, &move_position, NULL, given, sizeof given / sizeof *given);
}

static enum status apply(struct call *call)
{
    const struct application *application = (const struct application *)call->source.event;
    enum status status = STATUS_OK;

    queue_move(call, application);
    for (size_t i = 0; i < FOLLOW_ROWS_MAX && status == STATUS_OK; i++) {
        const struct follow *row = application->rows[i];
        if (row && row->copy) {
            const ProtobufCMessage *event = call->request;
            const ProtobufCFieldDescriptor *part =
                protobuf_c_message_descriptor_get_field_by_name(event->descriptor, row->part);
            const ProtobufCMessage *object =
                *(ProtobufCMessage *const *)((const char *)event + part->offset);
            if (object)
                db_do(call, row->copy, object);
        }
        if (row && row->react && !application->again)
            status = row->react(call);
    }
    return status;
}

static enum status pass_over(struct call *call)
{
    const struct application *application = (const struct application *)call->source.event;
    Journal__FollowRefused event = JOURNAL__FOLLOW_REFUSED__INIT;

    queue_move(call, application);
    if (application->again)
        return STATUS_OK; /* it was said before */
    event.service = (char *)application->source.service;
    event.seq = application->source.seq;
    event.type = (char *)application->type;
    event.code = (Type__Code)application->refusal;
    event.message = (char *)application->message;
    return journal_append(call, application->source.subject, &event.base);
}

/* Moves to where the next page is read from, whatever is there. */
static enum status move_only(struct call *call)
{
    queue_move(call, (const struct application *)call->source.event);
    return STATUS_OK;
}

static enum status start_over(struct call *call)
{
    size_t source = followers_find(call->source.event->service);

    followers_forget(call, source);
    return move_only(call);
}

static const struct method apply_row = {.scope = SCOPE_STREET, .command = apply};
static const struct method apply_first_row = {.scope = SCOPE_NEW_STREET, .command = apply};
static const struct method pass_over_row = {.scope = SCOPE_STREET, .command = pass_over};
static const struct method start_over_row = {.scope = SCOPE_STREET, .command = start_over};
static const struct method move_only_row = {.scope = SCOPE_STREET, .command = move_only};
static struct endpoint start_over_endpoint = {.row = &start_over_row, .name = "start over"};
static struct endpoint move_only_endpoint = {.row = &move_only_row, .name = "end here"};
static struct endpoint apply_endpoint = {.row = &apply_row, .name = "follow"};
static struct endpoint apply_first_endpoint = {.row = &apply_first_row, .name = "follow street"};
static struct endpoint pass_over_endpoint = {.row = &pass_over_row, .name = "pass over"};

void follower_start(const struct service *service)
{
    followers_start(service);
    apply_endpoint.service = apply_first_endpoint.service = pass_over_endpoint.service =
        start_over_endpoint.service = move_only_endpoint.service = service;
    metrics_register(&applied);
    metrics_register(&refused);
}

/* ---- from events to calls ---- */

static const char *attribute(const Journal__CloudEvent *event, const char *name)
{
    for (size_t i = 0; i < event->n_attributes; i++)
        if (strcmp(event->attributes[i]->key, name) == 0 && event->attributes[i]->value &&
            event->attributes[i]->value->attr_case ==
                JOURNAL__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_STRING)
            return event->attributes[i]->value->ce_string;
    return "";
}

int64_t follower_event_seq(const Journal__CloudEvent *event)
{
    return strtoll(attribute(event, "sequence"), NULL, 10);
}

static const Google__Protobuf__Timestamp *time_of(const Journal__CloudEvent *event)
{
    for (size_t i = 0; i < event->n_attributes; i++)
        if (event->attributes[i]->value &&
            event->attributes[i]->value->attr_case ==
                JOURNAL__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_TIMESTAMP)
            return event->attributes[i]->value->ce_timestamp;
    return NULL;
}

static const ProtobufCMessageDescriptor *event_type(const struct application *application)
{
    return application->rows[0]   ? application->rows[0]->event
           : application->rows[1] ? application->rows[1]->event
                                  : NULL;
}

/* The event's data as call->request. INVALID_ARGUMENT: nobody can read it, so it is refused like
 * any other. UNAVAILABLE: it has an enum value that this version does not know, and a newer one
 * will read it; passed over it would be missing from the copy permanently. */
static enum status unpack(struct call *call, const Journal__CloudEvent *event,
                          const ProtobufCMessageDescriptor *type)
{
    struct violations violations = {0};
    ProtobufCMessage *request;

    if (event->data_case != JOURNAL__CLOUD_EVENT__DATA_PROTO_DATA)
        return STATUS_INVALID_ARGUMENT;
    if (wire_unpack(call, type, event->proto_data->value.data, event->proto_data->value.len,
                    &violations, &request) == STATUS_OK) {
        call->request = request;
        return STATUS_OK;
    }
    return strcmp(violations.item[0].rule, "enum") == 0 ? STATUS_UNAVAILABLE
                                                        : STATUS_INVALID_ARGUMENT;
}

/* Where a version before said nothing the event itself is what it all began with. */
static const char *causation_of(const Journal__CloudEvent *event)
{
    const char *causation = attribute(event, "causationid");

    return causation[0] ? causation : event->id;
}

/* NULL: a newer version will do it. */
static struct call *call_for(const char *street, const struct application *model,
                             const Journal__CloudEvent *event)
{
    const ProtobufCMessageDescriptor *type = event_type(model);
    const struct endpoint *endpoint =
        type && streams_is_first(type) ? &apply_first_endpoint : &apply_endpoint;

    struct call *call = envelope_own(endpoint, street, ORIGIN_EVENT);
    struct application *application = mem_copy(call, model, sizeof *model);
    Bus__RequestHeader *header = (Bus__RequestHeader *)call->header;
    header->traceparent = (char *)attribute(event, "traceparent");
    call->causation = causation_of(event);
    call->source.event = &application->source;
    enum status status = type ? unpack(call, event, type) : STATUS_OK;
    if (status == STATUS_UNAVAILABLE)
        TALLOC_FREE(call);
    if (status == STATUS_INVALID_ARGUMENT) {
        application->rows[0] = application->rows[1] = NULL;
        application->message = "this version cannot read it";
        application->refusal = STATUS_INVALID_ARGUMENT;
        call->endpoint = &pass_over_endpoint;
    }
    return call;
}

static void react_to_here(struct follower_position *position)
{
    position->reacted = position->seq;
    memcpy(position->reacted_id, position->event_id, sizeof position->reacted_id);
}

/* The position behind this event. */
static struct follower_position advance(const struct follower_position *from,
                                        const struct event_source *event)
{
    const struct point point = point_at(event->seq, event->event_id);
    struct follower_position to = *from;

    to.seq = point.seq;
    to.reached = point.seq > from->reached ? point.seq : from->reached;
    memcpy(to.event_id, point.event_id, sizeof to.event_id);
    if (point.seq >= from->reacted)
        react_to_here(&to);
    return to;
}

/* Makes the next batch's calls from events[*next] on. */
static size_t make_calls(const char *street, size_t source, Journal__CloudEvent *const *events,
                         size_t count, size_t *next, const struct follower_position *position,
                         struct call *ret[BATCH_MAX])
{
    struct follower_position from = *position;
    struct application *last = NULL;
    size_t made = 0;

    for (; *next < count && made < BATCH_MAX; ++*next) {
        const Journal__CloudEvent *event = events[*next];
        struct application application = {
            .source = {.service = followers_source(source),
                       .seq = follower_event_seq(event),
                       .event_id = event->id,
                       .subject = attribute(event, "subject"),
                       .actor = attribute(event, "actor"),
                       .time = time_of(event)},
            .type = event->type,
            .from = from,
            .batch_from = *position,
        };
        application.again = application.source.seq <= position->reacted;
        application.to = advance(&from, &application.source);
        if (!followers_rows(source, event->type, application.rows) && *next + 1 < count)
            continue; /* the next one's way leads past it */
        struct call *call = call_for(street, &application, event);
        if (!call) {
            log_warning("follow_waits",
                        "street=%s source=%s seq=%lld type=%s reason=\"a newer version made it\"",
                        street, application.source.service, (long long)application.source.seq,
                        event->type);
            break;
        }
        ret[made++] = call;
        last = (struct application *)call->source.event;
        from = application.to;
        const ProtobufCMessageDescriptor *type = event_type(&application);
        if (type && streams_is_first(type)) {
            ++*next; /* the street is known to the next batch, not within this one */
            break;
        }
    }
    if (last)
        last->is_last = true;
    return made;
}

/* ---- outcomes ---- */

static struct call *call_to_pass_over(const struct call *call)
{
    const struct application *old = (const struct application *)call->source.event;
    struct call *new = envelope_own(&pass_over_endpoint, call->street, ORIGIN_EVENT);
    struct application *application = mem_copy(new, old, sizeof *old);

    new->causation = mem_text(new, call_causation(call));
    ((Bus__RequestHeader *)new->header)->traceparent =
        (char *)mem_text(new, call_traceparent(call));
    application->refusal = call->status;
    application->message = mem_text(new, call->message);
    application->batch_from = old->from;
    application->is_last = true;
    new->source.event = &application->source;
    return new;
}

static bool is_transient(enum status status)
{
    return status == STATUS_UNAVAILABLE || status == STATUS_UNKNOWN ||
           status == STATUS_DEADLINE_EXCEEDED;
}

static bool is_stale(const struct call *call)
{
    return call->status == STATUS_ABORTED && call->violations.count > 0 &&
           strcmp(call->violations.item[0].field, "from_seq") == 0;
}

static void note_applied(const struct call *call, struct follower_position *position)
{
    const struct application *application = (const struct application *)call->source.event;

    if (application->source.seq > application->from.seq)
        metrics_add(&applied, application->source.seq - application->from.seq);
    *position = application->to;
}

static bool is_unknown_street(const struct call *call)
{
    return call->status == STATUS_NOT_FOUND && call->violations.count > 0 &&
           strcmp(call->violations.item[0].field, "street") == 0;
}

/* Runs one call in place of one that was refused. */
static enum status pass_over_refused(struct db_slot *slot, const struct call *call,
                                     struct follower_position *position)
{
    struct call *instead = call_to_pass_over(call);

    log_warning("follow_refused", "street=%s source=%s seq=%lld code=%s reason=%s", call->street,
                call->source.event->service, (long long)call->source.event->seq,
                status_name(call->status), LOG_QUOTED(call->message));
    batch_run(slot, &instead, 1);
    enum status status = instead->status;
    if (status == STATUS_OK) {
        note_applied(instead, position);
        metrics_add(&refused, 1);
    }
    talloc_free(instead);
    return status == STATUS_OK ? STATUS_OK : STATUS_UNAVAILABLE;
}

/* What became of a batch: the first call that was not applied decides how it goes on. */
static enum status read_outcomes(struct db_slot *slot, struct call **calls, size_t count,
                                 struct follower_position *position, bool *ret_again)
{
    for (size_t i = 0; i < count; i++) {
        const struct call *call = calls[i];
        if (call->status == STATUS_OK) {
            note_applied(call, position);
            continue;
        }
        if (is_transient(call->status))
            return STATUS_UNAVAILABLE;
        if (is_stale(call))
            return STATUS_ABORTED;
        if (is_unknown_street(call))
            return STATUS_NOT_FOUND;
        *ret_again = true; /* those behind it fell away with it */
        return pass_over_refused(slot, call, position);
    }
    return STATUS_OK;
}

enum status follower_apply(struct db_slot *slot, const char *street, size_t source,
                           Journal__CloudEvent *const *events, size_t count,
                           struct follower_position *position)
{
    enum status status = STATUS_OK;
    size_t next = 0;

    while (next < count && status == STATUS_OK) {
        struct call *calls[BATCH_MAX];
        bool again = false;
        size_t first = next;
        if (!db_slot_open(slot))
            return STATUS_UNAVAILABLE;
        size_t made = make_calls(street, source, events, count, &next, position, calls);
        if (made == 0)
            return STATUS_UNAVAILABLE; /* until this process is a newer one */
        batch_run(slot, calls, made);
        status = read_outcomes(slot, calls, made, position, &again);
        for (size_t i = 0; i < made; i++)
            talloc_free(calls[i]);
        for (next = again ? first : next; again && next < count; next++)
            if (follower_event_seq(events[next]) > position->seq)
                break;
    }
    return status;
}

/* ---- another history ---- */

/* One call that moves the position to another place than the next event's. */
static enum status revise(struct db_slot *slot, const struct endpoint *endpoint, const char *street,
                          const struct application *application, struct follower_position *position)
{
    if (!db_slot_open(slot))
        return STATUS_UNAVAILABLE;
    struct call *call = envelope_own(endpoint, street, ORIGIN_EVENT);

    call->source.event = &application->source;
    batch_run(slot, &call, 1);
    enum status status = call->status == STATUS_OK ? STATUS_OK
                         : is_stale(call)          ? STATUS_ABORTED
                                                   : STATUS_UNAVAILABLE;
    if (status == STATUS_OK)
        *position = application->to;
    talloc_free(call);
    return status;
}

enum status follower_start_over(struct db_slot *slot, const char *street, size_t source,
                                int64_t head, int64_t common, struct follower_position *position)
{
    struct application application = {
        .source = {.service = followers_source(source), .subject = "", .event_id = ""},
        .from = *position,
        .batch_from = *position,
        .to = {.reached = head, .reacted = position->reacted},
        .is_last = true,
    };

    if (common < position->reacted)
        application.to.reacted = common;
    else
        memcpy(application.to.reacted_id, position->reacted_id, sizeof position->reacted_id);
    log_warning("other_history", "street=%s source=%s seq=%lld head=%lld common=%lld", street,
                followers_source(source), (long long)position->seq, (long long)head,
                (long long)common);
    return revise(slot, &start_over_endpoint, street, &application, position);
}

enum status follower_end_here(struct db_slot *slot, const char *street, size_t source,
                              struct follower_position *position)
{
    struct application application = {
        .source = {.service = followers_source(source), .subject = "", .event_id = ""},
        .from = *position,
        .batch_from = *position,
        .to = *position,
        .is_last = true,
    };

    application.to.reached = position->seq;
    react_to_here(&application.to);
    return revise(slot, &move_only_endpoint, street, &application, position);
}
