/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - may this caller ask this, and is it a request at all?
 *
 * Reads the RequestHeader, never the payload. What the caller is comes from the certificate; the
 * header only says what is asked.
 */
#include <stdio.h>
#include <string.h>

#include "bus_envelope.pb-c.h"
#include "libcommon/base/text.h"
#include "libcommon/base/wire.h"
#include "services/broker/route/route_state.h"

enum { HEADER_BYTES_MAX = 16 * 1024 };

enum refusal check_caller(const struct certificate *caller, const struct address *address)
{
    if (caller->role == BUS__ROLE__ROLE_UNSPECIFIED)
        return REFUSAL_ROLE;
    if (address->street[0] && !certificate_grants(caller->streets, address->street))
        return REFUSAL_STREET;
    return REFUSAL_NONE;
}

static bool may_span_streets(const struct certificate *caller)
{
    return caller->role == BUS__ROLE__ROLE_OPERATOR || caller->role == BUS__ROLE__ROLE_SERVICE;
}

static bool may_act_for(const struct certificate *caller, const char *actor)
{
    return actor[0] == 0 || caller->role == BUS__ROLE__ROLE_GATEWAY ||
           caller->role == BUS__ROLE__ROLE_OPERATOR || strcmp(actor, caller->name) == 0;
}

static enum refusal check_header(const Bus__RequestHeader *header, const struct certificate *caller,
                                 const struct address *address)
{
    if (!text_is_uuid(header->request_id))
        return REFUSAL_REQUEST_ID;
    if (strcmp(header->street, address->street) != 0)
        return REFUSAL_STREET_OTHER;
    if (!address->street[0] && !may_span_streets(caller))
        return REFUSAL_SPAN;
    if (header->timeout_ms > TIMEOUT_MAX_MS)
        return REFUSAL_TIMEOUT;
    if (strlen(header->actor) > ACTOR_BYTES_MAX)
        return REFUSAL_ACTOR_LENGTH;
    if (!may_act_for(caller, header->actor))
        return REFUSAL_ACTOR;
    return REFUSAL_NONE;
}

static enum refusal read_header(const void *scratch, ProtobufCBinaryData packed,
                                const struct certificate *caller, struct arrival *arrival)
{
    struct violations violations = {0};
    ProtobufCMessage *message;

    if (packed.len > HEADER_BYTES_MAX ||
        wire_unpack(scratch, &bus__request_header__descriptor, packed.data, packed.len, &violations,
                    &message) != STATUS_OK)
        return REFUSAL_HEADER;

    const Bus__RequestHeader *header = (const Bus__RequestHeader *)message;
    /* With an id it is a header and not some foreign frame that reads like one by chance. */
    if (text_is_uuid(header->request_id) && header->timeout_ms > 0 &&
        header->timeout_ms <= TIMEOUT_MAX_MS)
        arrival->timeout_ms = header->timeout_ms;
    arrival->traced = log_why_traced(header->traceparent);
    enum refusal refusal = check_header(header, caller, &arrival->address);
    if (refusal == REFUSAL_NONE)
        snprintf(arrival->actor, sizeof arrival->actor, "%s", header->actor);
    return refusal;
}

enum refusal check_body(struct frames *frames, const struct certificate *caller,
                        struct arrival *arrival)
{
    ProtobufCBinaryData header, payload;

    arrival->timeout_ms = TIMEOUT_INITIAL_MS;
    if (!body_open(frames, arrival->body, &header, &payload)) {
        body_find_id(frames, arrival->body, arrival->request_id);
        return arrival->in_one ? REFUSAL_HEADER : REFUSAL_BODY;
    }
    body_request_id(header, arrival->request_id);
    void *scratch = mem_check(talloc_new(NULL));
    enum refusal refusal = read_header(scratch, header, caller, arrival);
    talloc_free(scratch);
    return refusal;
}
