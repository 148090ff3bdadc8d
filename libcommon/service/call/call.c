/* SPDX-License-Identifier: Apache-2.0 */
/* call.c - one request in flight */
#include "libcommon/service/call/call.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/ports.h"
#include "libcommon/service/call/endpoint.h"

enum { POOL_BYTES = 8 * 1024 }; /* most calls need no more memory than this one piece */

struct call *call_new(void)
{
    struct call *call = mem_check(talloc_pooled_object(NULL, struct call, 16, POOL_BYTES));

    memset(call, 0, sizeof *call);
    call->asked_id = call->message = "";
    call->seq = -1;
    return call;
}

bool call_is_own(const struct call *call)
{
    return call->origin != ORIGIN_REQUEST;
}

enum status call_fail(struct call *call, enum status status, const char *field, const char *rule,
                      const char *format, ...)
{
    va_list args;

    assert(rule[0]);
    va_start(args, format);
    call->message = mem_check(talloc_vasprintf(call, format, args));
    va_end(args);
    call->status = status;
    call->violations.count = 0;
    violation_add(call, &call->violations, field, rule, "%s", call->message);
    return status;
}

enum status call_fail_size(struct call *call, const char *what, int bytes_max)
{
    (void)!call_fail(call, STATUS_RESOURCE_EXHAUSTED, "", "size",
                     "%s is larger than %d bytes: ask for less at a time", what, bytes_max);
    return call_add_param(call, (struct violation_param){"max", bytes_max});
}

enum status call_fail_rebuilding(struct call *call)
{
    return call_fail(call, STATUS_UNAVAILABLE, "street", "rebuilding",
                     "copies of another service's objects are being rebuilt; nothing was done");
}

enum status call_add_param(struct call *call, struct violation_param param)
{
    struct violation_param *params = call->violations.item[0].params;
    int i = 0;

    assert(call->violations.count == 1);
    while (i < VIOLATION_PARAMS && params[i].key)
        i++;
    assert(i < VIOLATION_PARAMS);
    params[i] = param;
    return call->status;
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
    call->last_id = NULL;
    call->now = now;
    call->response = call->endpoint->response ? wire_new(call, call->endpoint->response) : NULL;
    call->grants = NULL;
    call->grant_count = 0;
    call->grants_rebuilt = false;
    call->kept = NULL;
    call->spot = (struct spot){.community_id = "", .unit_id = "", .person_id = "", .held_at = ""};
    call->events = NULL;
    call->events_end = &call->events;
    call->event_count = 0;
    call->careful = call->decided = false;
    call->wrote = call->moved_grants = call->unreadable = false;
    call->rebuilds = NULL;
    call->status = STATUS_OK;
    call->message = "";
    call->violations.count = 0;
    call->replayed = call->repeated = false;
    call->seq = -1;
    call->reply = (ProtobufCBinaryData){0};
}

void call_make_id(struct call *call, char id[static ID_CHARS + 1])
{
    if (!call->last_id) {
        id_new(id);
        return;
    }
    id_new_above(call->last_id, id);
    memcpy(call->last_id, id, ID_CHARS + 1);
}

char *call_new_id(struct call *call)
{
    char *id = mem_bytes(call, ID_CHARS + 1);

    call_make_id(call, id);
    return id;
}

bool call_is_done_now(const struct call *call)
{
    return call->status == STATUS_OK && !call->replayed && !call->repeated;
}

/* The other call may be answered, and gone, before this one. */
static void copy_params(struct call *call, const struct violation *from, struct violation *to)
{
    for (int i = 0; i < VIOLATION_PARAMS && from->params[i].key; i++)
        to->params[i] = (struct violation_param){
            .key = mem_text(call, from->params[i].key),
            .value = from->params[i].value,
            .text = from->params[i].text ? mem_text(call, from->params[i].text) : NULL,
        };
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
        to->rule = mem_text(call, from->rule);
        copy_params(call, from, to);
    }
    call->reply.len = other->reply.len;
    call->reply.data =
        other->reply.len ? mem_copy(call, other->reply.data, other->reply.len) : NULL;
    call->seq = other->seq;
    call->replayed = true;
}

/* Whoever stored such a row: a caller learns that this request cannot be done; what the service
 * does by itself waits for a version that can read it. */
enum status call_outcome(struct call *call, enum status status)
{
    if (call->unreadable)
        return call_fail(call, call_is_own(call) ? STATUS_UNAVAILABLE : STATUS_INTERNAL, "",
                         "unreadable", "what is stored cannot be read; nothing was done");
    return status == STATUS_OK ? call->status : status;
}

enum status call_pack_response(struct call *call)
{
    if (!call->response)
        return STATUS_OK;
    call->reply = wire_pack(call, call->response);
    if (call->reply.len > RESPONSE_BYTES_MAX)
        return call_fail_size(call, "the response", RESPONSE_BYTES_MAX);
    return STATUS_OK;
}

const char *call_causation(const struct call *call)
{
    return call->causation ? call->causation : call->header->request_id;
}

const char *call_traceparent(const struct call *call)
{
    return text_is_traceparent(call->header->traceparent) ? call->header->traceparent : "";
}

int64_t call_queue_ms(const struct call *call)
{
    return call->times.taken ? call->times.taken - call->began : 0;
}

int64_t call_database_ms(const struct call *call)
{
    return call->times.ended - call->times.taken - call->times.lock_ms;
}

bool call_is_of_same_caller(const struct call *a, const struct call *b)
{
    return strcmp(a->caller->name, b->caller->name) == 0 &&
           (a->caller->role != BUS__ROLE__ROLE_GATEWAY || strcmp(a->actor, b->actor) == 0);
}

/* ---- out ---- */

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
        param->value = from->params[i].text
                           ? (char *)from->params[i].text
                           : mem_printf(call, "%lld", (long long)from->params[i].value);
        to->params[to->n_params++] = param;
    }
    return to;
}

void call_fill_refusal(struct call *call, Bus__ReplyHeader *header)
{
    header->code = (Type__Code)call->status;
    header->message = (char *)call->message;
    if (call->status != STATUS_OK && call->violations.count > 0)
        header->violations = mem_array(call, Type__Violation *, call->violations.count);
    for (size_t i = 0; i < call->violations.count && call->status != STATUS_OK; i++)
        header->violations[header->n_violations++] =
            violation_message(call, &call->violations.item[i]);
}

ProtobufCBinaryData call_pack_refusal(struct call *call)
{
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;

    call_fill_refusal(call, &header);
    return wire_pack(call, &header.base);
}

void call_unpack_refusal(struct call *call, const uint8_t *data, size_t size)
{
    struct violations wrong = {0};
    ProtobufCMessage *message;

    if (wire_unpack(call, &bus__reply_header__descriptor, data, size, &wrong, &message) !=
        STATUS_OK) { /* another version packed it */
        (void)!call_fail(call, STATUS_UNKNOWN, "", "version",
                         "it was refused before, and this version cannot read why");
        return;
    }
    const Bus__ReplyHeader *header = (const Bus__ReplyHeader *)message;
    call->status = (enum status)header->code;
    call->message = header->message;
    call->violations.count = 0;
    for (size_t i = 0; i < header->n_violations; i++) {
        const Type__Violation *from = header->violations[i];
        struct violation *to =
            violation_add(call, &call->violations, from->field, from->rule, "%s", from->message);
        for (size_t p = 0; p < from->n_params && p < VIOLATION_PARAMS; p++)
            to->params[p] = (struct violation_param){.key = from->params[p]->key,
                                                     .text = from->params[p]->value};
    }
}
