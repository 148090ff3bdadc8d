/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.c - one request in flight
 *
 * steps[] below is what the bus thread does with a request before it is queued, in order. Each step
 * fills fields of the call for the next; the first that does not return STATUS_OK ends it.
 */
#include "libcommon/service/call/call.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/db_clock.h"
#include "libcommon/service/method/method.h"
#include "libcommon/bus/ports.h"
#include "libcommon/base/text.h"

enum {
    POOL_BYTES = 8 * 1024, /* most calls need no more memory than this one piece */
    ID_AGE_DAYS = 30,      /* as long as replies are kept */
    ID_AHEAD_MS = 5 * 60 * 1000,
    AFTER_MAX = 8,  /* positions that a request may wait for */
    OWN_MS = 10000, /* for what the service does by itself */
};

enum status call_fail(struct call *call, enum status status, const char *field, const char *rule,
                      const char *format, ...)
{
    va_list args;

    va_start(args, format);
    call->message = mem_check(talloc_vasprintf(call, format, args));
    va_end(args);
    call->status = status;
    call->violations.count = 0;
    if (field[0])
        violation_add(call, &call->violations, field, rule, "%s", call->message);
    return status;
}

enum status call_fail_rules(struct call *call)
{
    call->status = STATUS_INVALID_ARGUMENT;
    call->message = call->violations.item[0].message;
    return call->status;
}

void call_reset(struct call *call, struct db *db, const Google__Protobuf__Timestamp *now)
{
    call->db = db;
    call->now = now;
    call->response = call->endpoint->response ? wire_new(call, call->endpoint->response) : NULL;
    call->grants = NULL;
    call->grant_count = 0;
    call->community_id = call->unit_id = call->person_id = "";
    call->events = NULL;
    call->events_end = &call->events;
    call->event_count = 0;
    call->careful = call->decided = false;
    call->wrote = false;
    call->rebuilds = NULL;
    call->status = STATUS_OK;
    call->message = "";
    call->violations.count = 0;
    call->replayed = call->repeated = false;
    call->seq = -1;
    call->reply = (ProtobufCBinaryData){0};
}

char *call_new_id(struct call *call)
{
    char *id = mem_bytes(call, ID_CHARS + 1);

    id_new(id);
    return id;
}

bool call_is_done_now(const struct call *call)
{
    return call->status == STATUS_OK && !call->replayed && !call->repeated;
}

void call_copy_outcome(struct call *call, const struct call *other)
{
    call->status = other->status;
    call->message = mem_text(call, other->message);
    call->violations.count = 0;
    for (size_t i = 0; i < other->violations.count; i++) {
        const struct violation *from = &other->violations.item[i];
        struct violation *to =
            violation_add(call, &call->violations, from->field, from->rule, "%s", from->message);
        memcpy(to->params, from->params, sizeof to->params);
    }
    call->reply.len = other->reply.len;
    call->reply.data =
        other->reply.len ? mem_copy(call, other->reply.data, other->reply.len) : NULL;
    call->seq = other->seq;
    call->replayed = true;
}

enum status call_pack_response(struct call *call)
{
    if (!call->response)
        return STATUS_OK;
    call->reply = wire_pack(call, call->response);
    if (call->reply.len > RESPONSE_BYTES_MAX)
        return call_fail(call, STATUS_RESOURCE_EXHAUSTED, "", "",
                         "the response is larger than %d bytes: ask for less at a time",
                         RESPONSE_BYTES_MAX);
    return STATUS_OK;
}

/* ---- in ---- */

static enum status read_delivery(struct call *call, const void *data, size_t size)
{
    struct violations violations = {0};
    ProtobufCMessage *message;
    enum status status =
        wire_unpack(call, &bus__delivery__descriptor, data, size, &violations, &message);

    if (status != STATUS_OK)
        return status;
    call->delivery = (const Bus__Delivery *)message;
    call->caller = call->delivery->caller;
    call->payload = call->delivery->payload;
    return STATUS_OK;
}

static enum status read_header(struct call *call)
{
    const ProtobufCBinaryData *bytes = &call->delivery->header;
    ProtobufCMessage *message;

    if (!call->caller)
        return call_fail(call, STATUS_UNAUTHENTICATED, "", "", "no caller");
    if (wire_unpack(call, &bus__request_header__descriptor, bytes->data, bytes->len,
                    &call->violations, &message) != STATUS_OK)
        return call_fail_rules(call);
    call->header = (const Bus__RequestHeader *)message;
    call->asked_id = call->header->request_id;
    call->street = call->header->street;
    return STATUS_OK;
}

enum status call_check_clock(struct call *call)
{
    if (db_clock_is_off())
        return call_fail(call, STATUS_UNAVAILABLE, "", "",
                         "this worker's clock is off; nothing was done");
    return STATUS_OK;
}

/* Upper and lower case are one id; whoever asked compares the reply's with its own. */
static void lower_id(struct call *call)
{
    for (char *c = call->header->request_id; *c; c++) {
        if (!isupper((unsigned char)*c))
            continue;
        if (call->asked_id == call->header->request_id)
            call->asked_id = mem_text(call, call->header->request_id);
        *c = (char)tolower((unsigned char)*c);
    }
}

static enum status check_request_id(struct call *call)
{
    int64_t made = id_unix_ms(call->header->request_id);
    int64_t now = clock_unix_us() / 1000;

    if (made < 0)
        return call_fail(call, STATUS_INVALID_ARGUMENT, "request_id", "uuidv7",
                         "request_id must be a UUIDv7");
    if (made < now - ID_AGE_DAYS * INT64_C(86400000))
        return call_fail(call, STATUS_INVALID_ARGUMENT, "request_id", "age",
                         "request_id is older than %d days", ID_AGE_DAYS);
    if (made > now + ID_AHEAD_MS)
        return call_fail(call, STATUS_INVALID_ARGUMENT, "request_id", "age",
                         "request_id is more than %d minutes ahead", ID_AHEAD_MS / 60000);
    lower_id(call);
    return STATUS_OK;
}

static enum status find_method(struct call *call)
{
    call->endpoint = methods_find(call->header->method);
    if (!call->endpoint)
        return call_fail(call, STATUS_NOT_FOUND, "method", "exists", "no such method here");
    return STATUS_OK;
}

static enum status check_street(struct call *call)
{
    bool spans = call->endpoint->row->scope == SCOPE_ALL_STREETS;

    if (spans && call->street[0])
        return call_fail(call, STATUS_INVALID_ARGUMENT, "street", "empty",
                         "this method spans streets: the header's street must be empty");
    if (!spans && !text_is_slug(call->street))
        return call_fail(call, STATUS_INVALID_ARGUMENT, "street", "slug",
                         "street must be a slug: ^[a-z][a-z0-9-]{1,31}$");
    return STATUS_OK;
}

static enum status check_after(struct call *call)
{
    if (call->header->n_after > AFTER_MAX)
        return call_fail(call, STATUS_INVALID_ARGUMENT, "after", "count",
                         "a request may wait for at most %d positions", AFTER_MAX);
    if (call->header->n_after > 0 && !call->street[0])
        return call_fail(call, STATUS_INVALID_ARGUMENT, "after", "empty",
                         "positions are of a street: this method spans streets");
    return STATUS_OK;
}

/* The caller is responsible, unless its role lets it speak for others. */
static enum status find_actor(struct call *call)
{
    const Bus__Role role = call->caller->role;
    const bool speaks = role == BUS__ROLE__ROLE_GATEWAY || role == BUS__ROLE__ROLE_OPERATOR;
    const char *actor = call->header->actor;

    call->actor = call->caller->name;
    if (!actor[0] || strcmp(actor, call->actor) == 0)
        return STATUS_OK;
    if (!speaks)
        return call_fail(call, STATUS_PERMISSION_DENIED, "actor", "own",
                         "only a gateway or an operator may name another actor");
    if (strlen(actor) > 64 || text_has_control(actor))
        return call_fail(call, STATUS_INVALID_ARGUMENT, "actor", "length",
                         "actor must have at most 64 bytes and no control characters");
    call->actor = actor;
    return STATUS_OK;
}

static enum status (*const steps[])(struct call *call) = {
    read_header,          /* delivery   -> header, street                  */
    find_method,          /* header     -> endpoint                        */
    call_check_clock,     /* behind the method, which doubt() asks for     */
    check_request_id,     /* header     -> a fresh UUIDv7 in lower case    */
    find_actor,           /* both       -> actor                           */
    authority_check_role, /* caller, actor -> has the action at all    */
    check_street,         /* header     -> fits the method's scope         */
    check_after,          /* header     -> few positions, of a street       */
};

struct call *call_new(const void *delivery, size_t size)
{
    static const Bus__RequestHeader no_header = BUS__REQUEST_HEADER__INIT;
    struct call *call = mem_check(talloc_pooled_object(NULL, struct call, 16, POOL_BYTES));

    memset(call, 0, sizeof *call);
    if (read_delivery(call, delivery, size) != STATUS_OK) {
        talloc_free(call);
        return NULL;
    }
    call->header = &no_header;
    call->asked_id = "";
    call->message = "";
    call->seq = -1;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && call->status == STATUS_OK; i++)
        call->status = steps[i](call);
    call->began = clock_monotonic_ms();
    if (call->status == STATUS_OK)
        call->deadline = call->began + call->caller->remaining_ms;
    return call;
}

struct call *call_new_own(const struct endpoint *endpoint, const char *street)
{
    struct call *call = mem_check(talloc_pooled_object(NULL, struct call, 16, POOL_BYTES));
    Bus__Caller *caller;
    Bus__RequestHeader *header;

    memset(call, 0, sizeof *call);
    caller = wire_new(call, &bus__caller__descriptor);
    header = wire_new(call, &bus__request_header__descriptor);
    caller->name = (char *)endpoint->service->name;
    caller->role = BUS__ROLE__ROLE_SERVICE;
    header->request_id = call_new_id(call);
    call->asked_id = header->request_id;
    header->method = (char *)endpoint->name;
    call->is_own = true;
    call->endpoint = endpoint;
    call->caller = caller;
    call->header = header;
    call->actor = caller->name;
    call->street = header->street = mem_text(call, street);
    call->message = "";
    call->seq = -1;
    call->began = clock_monotonic_ms();
    call->deadline = call->began + OWN_MS;
    return call;
}

bool call_is_of_same_caller(const struct call *a, const struct call *b)
{
    return strcmp(a->caller->name, b->caller->name) == 0 &&
           (a->caller->role != BUS__ROLE__ROLE_GATEWAY || strcmp(a->actor, b->actor) == 0);
}

/* ---- out ---- */

static_assert(RESPONSE_BYTES_MAX + 1024 <= MESSAGE_BYTES_MAX,
              "a broker takes an Answer with the largest response");

static Type__Violation *violation_message(struct call *call, const struct violation *from)
{
    Type__Violation *to = wire_new(call, &type__violation__descriptor);

    to->field = (char *)from->field;
    to->rule = (char *)from->rule;
    to->message = (char *)from->message;
    to->params = mem_array(call, Type__Violation__ParamsEntry *, VIOLATION_PARAMS);
    for (int i = 0; i < VIOLATION_PARAMS && from->params[i].key; i++) {
        Type__Violation__ParamsEntry *param =
            wire_new(call, &type__violation__params_entry__descriptor);
        param->key = (char *)from->params[i].key;
        param->value = mem_printf(call, "%lld", (long long)from->params[i].value);
        to->params[to->n_params++] = param;
    }
    return to;
}

/* The header's violations point into `violations`. */
static void fill_refusal(struct call *call, Type__Violation *violations[static VIOLATIONS_MAX],
                         Bus__ReplyHeader *header)
{
    header->code = (Type__Code)call->status;
    header->message = (char *)call->message;
    header->violations = violations;
    for (size_t i = 0; i < call->violations.count && call->status != STATUS_OK; i++)
        violations[header->n_violations++] = violation_message(call, &call->violations.item[i]);
}

ProtobufCBinaryData call_pack_refusal(struct call *call)
{
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;
    Type__Violation *violations[VIOLATIONS_MAX];

    fill_refusal(call, violations, &header);
    return wire_pack(call, &header.base);
}

void call_unpack_refusal(struct call *call, const uint8_t *data, size_t size)
{
    struct violations wrong = {0};
    ProtobufCMessage *message;

    if (wire_unpack(call, &bus__reply_header__descriptor, data, size, &wrong, &message) !=
        STATUS_OK)
        abort(); /* we packed it */
    const Bus__ReplyHeader *header = (const Bus__ReplyHeader *)message;
    call->status = (enum status)header->code;
    call->message = header->message;
    call->violations.count = 0;
    for (size_t i = 0; i < header->n_violations; i++) {
        const Type__Violation *from = header->violations[i];
        struct violation *to =
            violation_add(call, &call->violations, from->field, from->rule, "%s", from->message);
        for (size_t p = 0; p < from->n_params && p < VIOLATION_PARAMS; p++)
            to->params[p] = (struct violation_param){from->params[p]->key,
                                                     strtoll(from->params[p]->value, NULL, 10)};
    }
}

/* Another worker was asked before and may do it yet, so that nobody can say that it is not done. */
static void doubt(struct call *call)
{
    bool not_decided =
        call->status == STATUS_UNAVAILABLE || call->status == STATUS_DEADLINE_EXCEEDED;

    if (not_decided && call->caller && call->caller->asked_before && call->endpoint &&
        !call->endpoint->row->query)
        (void)!call_fail(call, STATUS_UNKNOWN, "", "",
                         "another worker was asked before and has not answered; ask again with this"
                         " request_id");
}

void call_reply(struct call *call, struct frames *ret)
{
    Bus__Answer answer = BUS__ANSWER__INIT;
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;
    Bus__Position position = BUS__POSITION__INIT;
    Type__Violation *violations[VIOLATIONS_MAX];

    doubt(call);
    fill_refusal(call, violations, &header);
    header.request_id = (char *)call->asked_id;
    header.replayed = call->replayed;
    if (call->status == STATUS_OK && call->seq >= 0) {
        position.service = (char *)call->endpoint->service->name;
        position.seq = call->seq;
        header.position = &position;
    }
    answer.ticket = call->delivery->ticket;
    answer.header = wire_pack(call, &header.base);
    if (call->status == STATUS_OK)
        answer.payload = call->reply;
    frames_add_packed(ret, &answer.base);
}
