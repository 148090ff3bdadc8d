/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.c - one caller's connection to the brokers, made from the common options
 */
#include "session.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "language/language.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/context.h"
#include "output.h"

static bool is_given(const char *value, const char *option, const char *variable)
{
    if (value != NULL && *value != '\0')
        return true;
    complain(EXIT_CODE_USAGE, speak("--%s or %s is missing"), option, variable);
    return false;
}

static bool load(const char *path, struct certificate *ret)
{
    const char *why;

    if (certificate_read(path, ret, &why) == STATUS_OK)
        return true;
    complain(EXIT_CODE_USAGE, speak("%s is no certificate that can be read: %s"), path, why);
    return false;
}

static bool read_certificates(struct session *session, const char *path)
{
    const char *broker_path = session->options->broker_key;
    struct certificate broker;

    if (!is_given(session->options->brokers, "brokers", "JUSHA_BROKERS") ||
        !is_given(path, "certificate", "JUSHA_CERTIFICATE") ||
        !is_given(broker_path, "broker-key", "JUSHA_BROKER_KEY"))
        return false;
    if (!load(path, &session->own))
        return false;
    if (session->own.secret_key[0] == '\0') {
        complain(EXIT_CODE_USAGE, speak("%s holds no secret key: name the .key_secret file"), path);
        return false;
    }
    if (!load(broker_path, &broker))
        return false;
    session->broker_keys = broker_keys_open(session, broker_path);
    return session->broker_keys != NULL;
}

/* What to look for in the logs afterwards. */
static void tell_trace(const struct session *session)
{
    const char *id = session->trace.trace_id;

    if (session->options->json)
        fprintf(stderr, "{\"trace\": \"%s\"}\n", id);
    else
        fprintf(stderr, speak("trace %s: \"jusha trace\" finds it in the programs' logs\n"), id);
}

struct session *session_open(const struct options *options, const char *certificate)
{
    struct session *session = mem_new(NULL, struct session);

    session->options = options;
    session->seen = seen_new(session);
    trace_context_start(&session->trace, options->trace);
    if (!read_certificates(session, certificate != NULL ? certificate : options->certificate)) {
        session_close(&session);
        return NULL;
    }
    session->zmq_context = mem_check(context_new());
    zmq_ctx_set(session->zmq_context, ZMQ_BLOCKY, 0); /* a silent broker must not hold up the end */
    session->client = client_new(session, session->zmq_context, options->brokers, &session->own,
                                 session->broker_keys);
    if (session->client == NULL) {
        complain(EXIT_CODE_USAGE, speak("brokers \"%s\" are not HOST:PORT,HOST:PORT"),
                 options->brokers);
        session_close(&session);
    } else if (options->trace) {
        tell_trace(session);
    }
    return session;
}

void session_close(struct session **session)
{
    if (*session == NULL)
        return;
    void *zmq_context = (*session)->zmq_context;

    TALLOC_FREE(*session); /* closes the client's sockets, which the context waits for */
    if (zmq_context != NULL)
        zmq_ctx_term(zmq_context);
}

struct client_request session_request(const struct session *session, const void *parent,
                                      const char *service, const char *method,
                                      const ProtobufCMessage *message)
{
    struct client_request request = {
        .service = service,
        .street = session->options->street,
        .method = method,
        .actor = session->options->actor,
        .timeout_ms = session->options->timeout_ms,
        .payload = wire_pack(parent, message),
        .traceparent = trace_context_next(&session->trace, parent),
    };

    request.after = seen_positions(session->seen, &request.n_after);
    return request;
}

void session_note(struct session *session, const Bus__ReplyHeader *reply)
{
    if (reply->position != NULL)
        seen_note(session->seen, reply->position->service, reply->position->seq);
}

ProtobufCMessage *session_unpack(const void *parent, const char *method,
                                 const ProtobufCBinaryData *payload)
{
    struct violations violations = {0};
    ProtobufCMessage *message;

    if (wire_unpack(parent, types_method(method, NULL)->output, payload->data, payload->len,
                    &violations, &message) != STATUS_OK)
        return NULL;
    return message;
}

enum status session_call(struct session *session, const void *parent,
                         const struct client_request *request, struct client_reply *ret_reply,
                         ProtobufCMessage **ret_response)
{
    enum status status = client_call(session->client, parent, request, ret_reply);

    session_note(session, ret_reply->header);
    if (status != STATUS_OK)
        return status;
    ProtobufCMessage *response = session_unpack(parent, request->method, &ret_reply->payload);
    if (response == NULL) {
        Bus__ReplyHeader *header = wire_copy(parent, &ret_reply->header->base);
        header->code = TYPE__CODE__CODE_INTERNAL;
        header->message = mem_text(header, SPOKEN("the answer is no message of its type"));
        ret_reply->header = header;
        return STATUS_INTERNAL;
    }
    *ret_response = response;
    return STATUS_OK;
}

enum exit_code exit_code_of(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return EXIT_CODE_OK;
    case STATUS_UNAVAILABLE:
    case STATUS_UNKNOWN:
    case STATUS_DEADLINE_EXCEEDED:
        return EXIT_CODE_UNREACHABLE;
    default:
        return EXIT_CODE_REFUSED;
    }
}
