/* SPDX-License-Identifier: Apache-2.0 */
/* bed.c - the registry's methods on a real PostgreSQL, without the bus */
#include "bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/method.h"
#include "libcommon/base/types.h"
#include "services/registry/registry.h"

static void *bed_memory;

static const char *conninfo(void)
{
    if (!getenv("JUSHA_TEST_PASSFILE"))
        fail_msg("run me by: ops/lib/with-database PROGRAM");
    return mem_printf(bed_memory, "host=%s port=%s dbname=%s passfile=%s", getenv("PGHOST"),
                      getenv("PGPORT"), getenv("PGDATABASE"), getenv("JUSHA_TEST_PASSFILE"));
}

struct db_slot bed_slot(struct bed *bed)
{
    struct db_slot slot = bed->slot;

    slot.db = NULL;
    slot.known = NULL;
    slot.parent = NULL; /* another thread's, and a talloc tree belongs to one */
    assert_true(db_slot_open(&slot));
    return slot;
}

int bed_up(void **state)
{
    static bool started;

    if (!started && sodium_init() >= 0)
        methods_start(&registry_service);
    started = true;
    bed_memory = talloc_new(NULL);
    struct bed *bed = mem_new(bed_memory, struct bed);
    bed->slot.parent = bed_memory;
    bed->slot.conninfo = conninfo();
    bed->slot.service = &registry_service;
    bed->slot.statements = methods_statements(bed_memory);
    assert_true(db_slot_open(&bed->slot));
    bed->admin = PQconnectdb(getenv("JUSHA_TEST_SUPERUSER_URL"));
    assert_int_equal(PQstatus(bed->admin), CONNECTION_OK);
    snprintf(bed->street, sizeof bed->street, "t%08x", randombytes_random());
    *state = bed;
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
    return 0;
}

static void add_packed(const void *memory, struct frames *frames, const ProtobufCMessage *message)
{
    ProtobufCBinaryData bytes = wire_pack(memory, message);

    frames_add(frames, bytes.data, bytes.len);
}

struct call *bed_call_as(struct bed *bed, Bus__Role role, const char *street, const char *method,
                         const char *request_id, const char *json)
{
    Bus__Caller caller = BUS__CALLER__INIT;
    Bus__RequestHeader header = BUS__REQUEST_HEADER__INIT;
    struct frames frames = {0};
    struct violations violations = {0};
    ProtobufCMessage *request;
    void *memory = talloc_new(NULL); /* threads make calls at the same time */
    char id[ID_CHARS + 1];

    (void)bed;
    id_new(id);
    caller.name = (char *)"tester";
    caller.role = role;
    caller.remaining_ms = 10000;
    header.request_id = request_id ? (char *)request_id : id;
    bool journal = strstr("Read Heads GetCursor MoveCursor", method) != NULL;
    header.method = mem_printf(memory, "jusha.%s.v1.%sService/%s", journal ? "journal" : "registry",
                               journal ? "Journal" : "Registry", method);
    header.street = (char *)street;
    const ProtobufCMethodDescriptor *descriptor = types_method(header.method, NULL);
    assert_non_null(descriptor);
    if (json_parse(memory, descriptor->input, json, &violations, &request) != STATUS_OK)
        fail_msg("%s: %s", json, violations.item[0].message);
    frames_add_text(&frames, "ticket");
    frames_add_text(&frames, "");
    add_packed(memory, &frames, &caller.base);
    add_packed(memory, &frames, &header.base);
    add_packed(memory, &frames, request);
    talloc_free(memory);
    struct call *call = call_new(&frames, 2);
    if (call->status == STATUS_OK)
        call->status = method_decode(call);
    return call;
}

struct call *bed_call(struct bed *bed, const char *method, const char *json)
{
    return bed_call_as(bed, BUS__ROLE__ROLE_STREET_STAFF, bed->street, method, NULL, json);
}

void bed_free(struct call *call)
{
    frames_clear(&call->frames);
    talloc_free(call);
}

struct call *bed_run(struct bed *bed, struct call *call)
{
    if (call->status != STATUS_OK)
        return call;
    assert_true(db_slot_open(&bed->slot));
    if (call->endpoint->row->query)
        query_run(&bed->slot, &call, 1);
    else
        batch_run(&bed->slot, &call, 1);
    return call;
}

static void assert_outcome(const struct call *call, enum status status, const char *field,
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

void bed_ok(struct bed *bed, const char *method, const char *json)
{
    struct call *call = bed_run(bed, bed_call(bed, method, json));

    assert_outcome(call, STATUS_OK, "", "");
    bed_free(call);
}

void bed_refused(struct bed *bed, const char *method, const char *json, enum status status,
                 const char *field, const char *rule)
{
    struct call *call = bed_run(bed, bed_call(bed, method, json));

    assert_outcome(call, status, field, rule);
    bed_free(call);
}

long bed_number(struct bed *bed, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *sql = mem_check(talloc_vasprintf(bed_memory, format, args));
    va_end(args);
    PGresult *result = PQexec(bed->admin, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQresultErrorMessage(result));
    long number = strtol(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return number;
}

char *bed_unit(struct bed *bed, const char *name)
{
    struct call *call = bed_run(
        bed, bed_call(bed, "RegisterUnit",
                      mem_printf(bed_memory, "{\"unit\": {\"name\": \"%s\", \"kind\": \"BANK\"}}",
                                 name)));

    assert_outcome(call, STATUS_OK, "", "");
    const Registry__RegisterUnitResponse *response = call->response;
    char *id = mem_text(bed_memory, response->unit->unit_id);
    bed_free(call);
    return id;
}

void bed_assert_journal(struct bed *bed, long events)
{
    assert_int_equal(
        bed_number(bed, "SELECT count(*) FROM registry.journal WHERE street = '%s'", bed->street),
        events);
    assert_int_equal(bed_number(bed,
                                "SELECT coalesce(max(seq), 0) FROM registry.journal"
                                " WHERE street = '%s'",
                                bed->street),
                     events);
}
