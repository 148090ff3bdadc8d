/* SPDX-License-Identifier: Apache-2.0 */
/*
 * envelope.c - between a broker's messages and calls
 *
 * steps[] below is what the bus thread does with a request before it is queued, in order. Each step
 * fills fields of the call for the next; the first that does not return STATUS_OK ends it.
 */
#include "libcommon/service/method/envelope.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "libcommon/bus/ports.h"
#include "libcommon/service/database/db_clock.h"
#include "libcommon/service/method/authority.h"
#include "libcommon/service/method/method.h"

enum {
    ID_AGE_DAYS = 30, /* as long as replies are kept */
    ACTOR_BYTES_MAX = 64,
    ID_AHEAD_MS = 5 * 60 * 1000,
    OWN_MS = 10000, /* for what the service does by itself */
};

/* ---- in ---- */

static enum status read_delivery(struct call *call, const void *data, size_t size)
{
    struct violations violations = {0};
    ProtobufCMessage *message;
    enum status status =
        wire_unpack(call, &bus__delivery__descriptor, data, size, &violations, &message);

    if (status != STATUS_OK)
        return status;
    call->source.delivery = (const Bus__Delivery *)message;
    call->caller = call->source.delivery->caller;
    call->payload = call->source.delivery->payload;
    return STATUS_OK;
}

static enum status read_header(struct call *call)
{
    const ProtobufCBinaryData *bytes = &call->source.delivery->header;
    ProtobufCMessage *message;

    if (!call->caller)
        return call_fail(call, STATUS_UNAUTHENTICATED, "", "certificate", "no caller");
    if (wire_unpack(call, &bus__request_header__descriptor, bytes->data, bytes->len,
                    &call->violations, &message) != STATUS_OK)
        return call_fail_rules(call);
    call->header = (const Bus__RequestHeader *)message;
    call->asked_id = call->header->request_id;
    call->street = call->header->street;
    return STATUS_OK;
}

enum status envelope_check_clock(struct call *call)
{
    if (db_clock_is_off())
        return call_fail(call, STATUS_UNAVAILABLE, "", "clock",
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
    if (made < now - ID_AGE_DAYS * INT64_C(86400000)) {
        (void)!call_fail(call, STATUS_INVALID_ARGUMENT, "request_id", "age",
                         "request_id is older than %d days", ID_AGE_DAYS);
        return call_add_param(call, (struct violation_param){"days", ID_AGE_DAYS});
    }
    if (made > now + ID_AHEAD_MS) {
        (void)!call_fail(call, STATUS_INVALID_ARGUMENT, "request_id", "age",
                         "request_id is more than %d minutes ahead", ID_AHEAD_MS / 60000);
        return call_add_param(call, (struct violation_param){"minutes", ID_AHEAD_MS / 60000});
    }
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
    if (call->header->n_after > AFTER_MAX) {
        (void)!call_fail(call, STATUS_INVALID_ARGUMENT, "after", "count",
                         "a request may wait for at most %d positions", AFTER_MAX);
        return call_add_param(call, (struct violation_param){"max", AFTER_MAX});
    }
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
    if (strlen(actor) > ACTOR_BYTES_MAX || text_has_control(actor)) {
        (void)!call_fail(call, STATUS_INVALID_ARGUMENT, "actor", "length",
                         "actor must have at most %d bytes and no control characters",
                         ACTOR_BYTES_MAX);
        return call_add_param(call, (struct violation_param){"max", ACTOR_BYTES_MAX});
    }
    call->actor = actor;
    return STATUS_OK;
}

static enum status (*const steps[])(struct call *call) = {
    read_header,          /* delivery   -> header, street                  */
    find_method,          /* header     -> endpoint                        */
    envelope_check_clock, /* behind the method, which doubt() asks for     */
    check_request_id,     /* header     -> a fresh UUIDv7 in lower case    */
    find_actor,           /* both       -> actor                           */
    authority_check_role, /* caller, actor -> has the action at all    */
    check_street,         /* header     -> fits the method's scope         */
    check_after,          /* header     -> few positions, of a street       */
};

struct call *envelope_open(const void *delivery, size_t size)
{
    static const Bus__RequestHeader no_header = BUS__REQUEST_HEADER__INIT;
    struct call *call = call_new();

    if (read_delivery(call, delivery, size) != STATUS_OK) {
        talloc_free(call);
        return NULL;
    }
    call->header = &no_header;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && call->status == STATUS_OK; i++)
        call->status = steps[i](call);
    call->began = clock_monotonic_ms();
    if (call->status == STATUS_OK)
        call->deadline = call->began + call->caller->remaining_ms;
    return call;
}

struct call *envelope_own(const struct endpoint *endpoint, const char *street,
                          enum call_origin origin)
{
    struct call *call = call_new();
    Bus__Caller *caller = wire_new(call, &bus__caller__descriptor);
    Bus__RequestHeader *header = wire_new(call, &bus__request_header__descriptor);

    caller->name = (char *)endpoint->service->name;
    caller->role = BUS__ROLE__ROLE_SERVICE;
    header->request_id = call_new_id(call);
    call->asked_id = header->request_id;
    header->method = (char *)endpoint->name;
    call->origin = origin;
    call->endpoint = endpoint;
    call->caller = caller;
    call->header = header;
    call->actor = caller->name;
    call->street = header->street = mem_text(call, street);
    call->began = clock_monotonic_ms();
    call->deadline =
        call->began + OWN_MS; /* for the truth about a COMMIT: it begins however late */
    return call;
}

/* ---- out ---- */

static_assert(RESPONSE_BYTES_MAX + 1024 <= MESSAGE_BYTES_MAX,
              "a broker takes an Answer with the largest response");

/* Another worker was asked before, may be of another version, and may do it yet. So what is said
 * of a command must be what is kept, for the other will find it; a refusal before that decides
 * nothing, whatever it is for. */
static void doubt(struct call *call)
{
    bool is_kept = (call->decided || call->replayed) && call->status != STATUS_UNAVAILABLE &&
                   call->status != STATUS_DEADLINE_EXCEEDED;
    bool is_query = call->endpoint && call->endpoint->row->query;

    if (!is_kept && !is_query && call->caller && call->caller->asked_before)
        (void)!call_fail(call, STATUS_UNKNOWN, "", "unanswered",
                         "another worker was asked before and has not answered; ask again with this"
                         " request_id");
}

void envelope_answer(struct call *call, struct frames *ret)
{
    Bus__Answer answer = BUS__ANSWER__INIT;
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;
    Bus__Position position = BUS__POSITION__INIT;

    doubt(call);
    call_fill_refusal(call, &header);
    header.request_id = (char *)call->asked_id;
    header.replayed = call->replayed;
    if (call->status == STATUS_OK && call->seq >= 0) {
        position.service = (char *)call->endpoint->service->name;
        position.seq = call->seq;
        header.position = &position;
    }
    answer.ticket = call->source.delivery->ticket;
    answer.header = wire_pack(call, &header.base);
    if (call->status == STATUS_OK)
        answer.payload = call->reply;
    frames_add_packed(ret, &answer.base);
}
