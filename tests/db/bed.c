/* SPDX-License-Identifier: Apache-2.0 */
/* bed.c - a service's methods on a real PostgreSQL, without the bus */
#include "bed.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/following/timer_fire.h"
#include "libcommon/service/journal/journal.h"
#include "libcommon/service/method/envelope.h"
#include "libcommon/service/method/method.h"
#include "listed.h"
#include "tests/data_key.h"

static void *bed_memory;

static const char *conninfo(void)
{
    if (!getenv("JUSHA_TEST_PASSFILE"))
        fail_msg("run me by: ops/lib/with-database PROGRAM");
    return mem_printf(bed_memory, "host=%s port=%s dbname=%s passfile=%s", getenv("PGHOST"),
                      getenv("PGPORT"), getenv("PGDATABASE"), getenv("JUSHA_TEST_PASSFILE"));
}

/* ---- refusals that come late ---- */

/* By a handler that decided so when it had written, which costs the others of its batch a second
 * run: each decides first. (What a queued check or a constraint refuses costs that, too: nobody
 * waits for those.) */
static const char *_Atomic refused_late;

static void note_late_refusal(const struct call *call)
{
    if (call_is_own(call)) /* a timer is taken before its handler looks at anything */
        return;
    refused_late = strrchr(call->endpoint->name, '/') + 1;
}

/* ---- up and down ---- */

enum { OPEN_MS = 30000, OPEN_LOOK_US = 10000 };

/* After a session that was refused there is a pause (connects.h). */
static void open_slot(struct db_slot *slot)
{
    int64_t until = clock_monotonic_ms() + OPEN_MS;

    while (!db_slot_open(slot)) {
        assert_true(clock_monotonic_ms() < until);
        usleep(OPEN_LOOK_US);
    }
}

struct db_slot bed_slot(struct bed *bed)
{
    struct db_slot slot = bed->slot;

    slot.db = NULL;
    slot.known = NULL;
    slot.parent = NULL; /* another thread's, and a talloc tree belongs to one */
    open_slot(&slot);
    return slot;
}

static void start(void)
{
    static bool started;

    if (!started && sodium_init() >= 0) {
        data_key_start();
        if (bed_service->start)
            assert_true(bed_service->start());
        methods_start(bed_service);
        follower_start(bed_service);
        timers_start(bed_service);
        batch_after_late_refusal = note_late_refusal;
    }
    started = true;
}

int bed_up(void **state)
{
    bed_memory = talloc_new(NULL);
    start();
    struct bed *bed = mem_new(bed_memory, struct bed);
    bed->slot.parent = bed_memory;
    bed->slot.conninfo = conninfo();
    bed->slot.service = bed_service;
    open_slot(&bed->slot);
    bed->admin = PQconnectdb(getenv("JUSHA_TEST_SUPERUSER_URL"));
    assert_int_equal(PQstatus(bed->admin), CONNECTION_OK);
    snprintf(bed->street, sizeof bed->street, "t%08x", randombytes_random());
    *state = bed;
    if (strcmp(bed_service->name, "registry") != 0) {
        bed_sql(bed, "INSERT INTO %s.stream (street) VALUES ('%s')", bed_service->name,
                bed->street);
        return 0;
    }
    struct call *call =
        bed_run(bed, bed_call_as(bed, BUS__ROLE__ROLE_OPERATOR, bed->street, "CreateStreet", NULL,
                                 "{\"street\": {\"name\": \"试验街道\","
                                 " \"time_zone\": \"Asia/Shanghai\"}}"));
    assert_int_equal(call->status, STATUS_OK);
    bed_free(call);
    return 0;
}

int bed_down(void **state)
{
    struct bed *bed = *state;

    PQfinish(bed->admin);
    HASH_CLEAR(hh, bed->slot.known);
    TALLOC_FREE(bed->slot.db);
    TALLOC_FREE(bed_memory);
    if (refused_late)
        fail_msg("%s refused after it had written: its whole batch ran again", refused_late);
    return 0;
}

/* "RegisterUnit" -> "jusha.registry.v1.RegistryService/RegisterUnit", by the service's own
 * lists. */
static const char *full_name(const void *memory, const char *method)
{
    for (const struct methods *const *methods = bed_service->methods; *methods; methods++) {
        const ProtobufCServiceDescriptor *contract = (*methods)->base.descriptor;
        if (protobuf_c_service_descriptor_get_method_by_name(contract, method))
            return mem_printf(memory, "%s/%s", contract->name, method);
    }
    fail_msg("%s has no method %s", bed_service->name, method);
    return NULL;
}

struct call *bed_call_by(struct bed *bed, struct bed_caller who, const char *street,
                         const char *method, const char *request_id, const char *json)
{
    Bus__Caller caller = BUS__CALLER__INIT;
    Bus__RequestHeader header = BUS__REQUEST_HEADER__INIT;
    Bus__Delivery delivery = BUS__DELIVERY__INIT;
    struct violations violations = {0};
    ProtobufCMessage *request;
    void *memory = talloc_new(NULL); /* threads make calls at the same time */
    char id[ID_CHARS + 1];

    (void)bed;
    id_new(id);
    caller.name = (char *)who.name;
    caller.role = who.role;
    caller.remaining_ms = 10000;
    header.request_id = request_id ? (char *)request_id : id;
    header.method = (char *)full_name(memory, method);
    header.street = (char *)street;
    header.actor = (char *)who.actor;
    const ProtobufCMethodDescriptor *descriptor = types_method(header.method, NULL);
    assert_non_null(descriptor);
    if (json_parse(memory, descriptor->input, json, &violations, &request) != STATUS_OK)
        fail_msg("%s: %s", json, violations.item[0].message);
    delivery.caller = &caller;
    delivery.header = wire_pack(memory, &header.base);
    delivery.payload = wire_pack(memory, request);
    ProtobufCBinaryData packed = wire_pack(memory, &delivery.base);
    struct call *call = envelope_open(packed.data, packed.len);
    talloc_free(memory);
    assert_non_null(call);
    if (call->status == STATUS_OK)
        call->status = method_decode(call);
    return call;
}

struct call *bed_call_as(struct bed *bed, Bus__Role role, const char *street, const char *method,
                         const char *request_id, const char *json)
{
    return bed_call_by(bed, (struct bed_caller){role, "tester", ""}, street, method, request_id,
                       json);
}

struct call *bed_call(struct bed *bed, const char *method, const char *json)
{
    return bed_call_as(bed, BUS__ROLE__ROLE_STREET_STAFF, bed->street, method, NULL, json);
}

struct call *bed_call_for(struct bed *bed, const char *actor, const char *method, const char *json)
{
    return bed_call_by(bed, (struct bed_caller){BUS__ROLE__ROLE_GATEWAY, "gateway", actor},
                       bed->street, method, NULL, json);
}

void bed_free(struct call *call)
{
    listed_assert(call);
    talloc_free(call);
}

struct call *bed_run(struct bed *bed, struct call *call)
{
    if (call->status != STATUS_OK)
        return call;
    open_slot(&bed->slot);
    if (call->endpoint->row->query)
        query_run(&bed->slot, &call, 1);
    else
        batch_run(&bed->slot, &call, 1);
    return call;
}

void bed_assert_outcome(const struct call *call, enum status status, const char *field,
                        const char *rule)
{
    const struct violation none = {.field = "", .rule = ""};
    const struct violation *first = call->violations.count ? &call->violations.item[0] : &none;

    if (call->status != status || strcmp(first->field, field) != 0 ||
        strcmp(first->rule, rule) != 0)
        fail_msg("%s ended %s on '%s' by rule '%s' (%s), expected %s on '%s' by '%s'",
                 call->header->method, status_name(call->status), first->field, first->rule,
                 call->message, status_name(status), field, rule);
}

void bed_assert_param(struct call *call, const char *key, const char *value)
{
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;

    call_fill_refusal(call, &header);
    assert_true(header.n_violations > 0);
    const Type__Violation *first = header.violations[0];
    for (size_t i = 0; i < first->n_params; i++)
        if (strcmp(first->params[i]->key, key) == 0) {
            assert_string_equal(first->params[i]->value, value);
            return;
        }
    fail_msg("%s: no parameter %s (%s)", call->header->method, key, call->message);
}

void bed_ok(struct bed *bed, const char *method, const char *json)
{
    struct call *call = bed_run(bed, bed_call(bed, method, json));

    bed_assert_outcome(call, STATUS_OK, "", "");
    bed_free(call);
}

void bed_refused(struct bed *bed, const char *method, const char *json, enum status status,
                 const char *field, const char *rule)
{
    struct call *call = bed_run(bed, bed_call(bed, method, json));

    bed_assert_outcome(call, status, field, rule);
    bed_free(call);
}

char *bed_json(struct bed *bed, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *json = mem_check(talloc_vasprintf(bed->slot.parent, format, args));
    va_end(args);
    for (char *c = json; *c; c++)
        if (*c == '\'')
            *c = '"';
    return json;
}

char *bed_make(struct bed *bed, const char *method, const char *json)
{
    struct call *call = bed_run(bed, bed_call(bed, method, json));

    bed_assert_outcome(call, STATUS_OK, "", "");
    const ProtobufCMessage *response = call->response;
    const ProtobufCMessage *made = *(
        ProtobufCMessage *const *)((const char *)response + response->descriptor->fields[0].offset);
    char *id = mem_text(bed->slot.parent,
                        *(char *const *)((const char *)made + made->descriptor->fields[0].offset));
    bed_free(call);
    return id;
}

void bed_outcome_for(struct bed *bed, const char *actor, const char *method, const char *json,
                     enum status status, const char *field, const char *rule)
{
    struct call *call = bed_run(bed, bed_call_for(bed, actor, method, json));

    bed_assert_outcome(call, status, field, rule);
    bed_free(call);
}

long bed_events(struct bed *bed, const char *type)
{
    return bed_number(
        bed, "SELECT count(*) FROM %s.journal WHERE street = '%s' AND type = 'jusha.%s.v1.%s'",
        bed_service->name, bed->street, bed_service->name, type);
}

static char *first_value(struct bed *bed, const char *format, va_list args) PRINTF(2, 0);
static char *first_value(struct bed *bed, const char *format, va_list args)
{
    char *sql = mem_check(talloc_vasprintf(bed_memory, format, args));
    PGresult *result = PQexec(bed->admin, sql);

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQresultErrorMessage(result));
    char *value = mem_text(bed_memory, PQgetvalue(result, 0, 0));
    PQclear(result);
    return value;
}

long bed_number(struct bed *bed, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    long number = strtol(first_value(bed, format, args), NULL, 10);
    va_end(args);
    return number;
}

char *bed_text(struct bed *bed, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = first_value(bed, format, args);
    va_end(args);
    return text;
}

void bed_sql(struct bed *bed, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *sql = mem_check(talloc_vasprintf(bed_memory, format, args));
    va_end(args);
    PGresult *result = PQexec(bed->admin, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s in %s", PQresultErrorMessage(result), sql);
    PQclear(result);
}

static const char *id_or_null(const char *id)
{
    return id ? mem_printf(bed_memory, "'%s'", id) : "NULL";
}

void bed_grant(struct bed *bed, const char *holder, const char *role, const char *community,
               const char *unit)
{
    char id[ID_CHARS + 1];

    id_new(id);
    bed_sql(
        bed,
        "INSERT INTO %s.role_grant (street, grant_id, holder, role, community_id, unit_id, from_on,"
        " until_on, status, create_time, update_time, revision) VALUES ('%s', '%s', '%s', '%s', "
        "%s, %s,"
        " current_date - 180, current_date + 180, 'IN_FORCE', now(), now(), 1)",
        bed_service->name, bed->street, id, holder, role, id_or_null(community), id_or_null(unit));
}

/* ---- what the steward does ---- */

Journal__CloudEvent *bed_cloud_event(struct bed *bed, int64_t seq, const ProtobufCMessage *data)
{
    const void *memory = bed->slot.parent;
    static const char *const names[] = {"subject", "sequence", "actor"};
    Journal__CloudEvent *event = wire_new(memory, &journal__cloud_event__descriptor);
    char *id = mem_bytes(memory, ID_CHARS + 1);

    id_new(id);
    event->id = id;
    event->type = (char *)data->descriptor->name;
    event->attributes = mem_array(memory, Journal__CloudEvent__AttributesEntry *, 4);
    for (size_t i = 0; i < 3; i++) {
        Journal__CloudEvent__AttributesEntry *entry =
            wire_new(memory, &journal__cloud_event__attributes_entry__descriptor);
        entry->key = (char *)names[i];
        entry->value = wire_new(memory, &journal__cloud_event_attribute_value__descriptor);
        entry->value->attr_case = JOURNAL__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_STRING;
        entry->value->ce_string = i == 1 ? mem_printf(memory, "%020lld", (long long)seq)
                                         : (char *)(i == 0 ? id : "somebody");
        event->attributes[event->n_attributes++] = entry;
    }
    Journal__CloudEvent__AttributesEntry *time =
        wire_new(memory, &journal__cloud_event__attributes_entry__descriptor);
    time->key = (char *)"time";
    time->value = wire_new(memory, &journal__cloud_event_attribute_value__descriptor);
    time->value->attr_case = JOURNAL__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_TIMESTAMP;
    time->value->ce_timestamp = timestamp_new(memory, clock_unix_us());
    event->attributes[event->n_attributes++] = time;
    event->data_case = JOURNAL__CLOUD_EVENT__DATA_PROTO_DATA;
    event->proto_data = wire_new(memory, &google__protobuf__any__descriptor);
    event->proto_data->value = wire_pack(memory, data);
    return event;
}

static long position_number(struct bed *bed, const char *service, const char *column)
{
    return bed_number(
        bed, "SELECT coalesce(max(%s), 0) FROM %s.follower WHERE street = '%s' AND source = '%s'",
        column, bed_service->name, bed->street, service);
}

static void read_id(struct bed *bed, const char *service, const char *column,
                    char ret[static ID_CHARS + 1])
{
    char *id = bed_text(bed,
                        "SELECT coalesce(max(%s::text), '') FROM %s.follower"
                        " WHERE street = '%s' AND source = '%s'",
                        column, bed_service->name, bed->street, service);

    snprintf(ret, ID_CHARS + 1, "%s", id);
}

struct follower_position bed_follower_position(struct bed *bed, const char *service)
{
    struct follower_position position = {position_number(bed, service, "seq"),
                                         position_number(bed, service, "reached"),
                                         position_number(bed, service, "reacted"), "", ""};

    read_id(bed, service, "event_id", position.event_id);
    read_id(bed, service, "reacted_id", position.reacted_id);
    return position;
}

enum status bed_follow(struct bed *bed, const char *service, const ProtobufCMessage *const *events)
{
    enum { EVENTS_MAX = 300 };
    Journal__CloudEvent *list[EVENTS_MAX];
    size_t count = 0;
    struct follower_position position = bed_follower_position(bed, service);

    for (; count < EVENTS_MAX && events[count]; count++)
        list[count] = bed_cloud_event(bed, position.seq + 1 + (int64_t)count, events[count]);
    enum status status =
        follower_apply(&bed->slot, bed->street, followers_find(service), list, count, &position);
    return status;
}

void bed_fire_timers(struct bed *bed)
{
    open_slot(&bed->slot);
    timers_fire(&bed->slot);
}

void bed_assert_journal(struct bed *bed, long events)
{
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM %s.journal WHERE street = '%s'",
                                bed_service->name, bed->street),
                     events);
    assert_int_equal(bed_number(bed,
                                "SELECT coalesce(max(seq), 0) FROM %s.journal WHERE street = '%s'",
                                bed_service->name, bed->street),
                     events);
}
