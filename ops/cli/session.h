/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - one caller's connection to the brokers, made from the common options
 */
#pragma once

#include "command.h"
#include "libcommon/bus/client.h"
#include "seen.h"
#include "trace_context.h"

struct session {
    const struct options *options; /* borrowed */
    void *zmq_context;
    struct certificate own;
    struct broker_keys *broker_keys;
    struct client *client;
    struct trace_context trace;
    struct seen *seen;   /* its own, or one that several sessions share: never NULL */
    struct known *known; /* what known.c was told so far, or NULL */
};

/* certificate: path of a .key_secret, NULL for the one of the options. NULL after one line on
 * stderr that says what is missing or wrong: EXIT_CODE_USAGE. options are borrowed. */
struct session *session_open(const struct options *options, const char *certificate);
void session_close(struct session **session);

/* What client_send takes, with street, actor and timeout of the options, all positions seen and the
 * run's trace.
 * service and method are borrowed, the payload is under parent. Whoever takes the reply himself
 * gives it to session_note. */
struct client_request session_request(const struct session *session, const void *parent,
                                      const char *service, const char *method,
                                      const ProtobufCMessage *message);

void session_note(struct session *session, const Bus__ReplyHeader *reply);

/* One call in whole; an OK reply is unpacked. reply->header is there whatever the status. A reply
 * that is no message of its type is INTERNAL. All under parent. */
enum status session_call(struct session *session, const void *parent,
                         const struct client_request *request, struct client_reply *ret_reply,
                         ProtobufCMessage **ret_response) MUST_CHECK;

/* Unpacks the payload of an OK reply to method; NULL if it is no such message. */
ProtobufCMessage *session_unpack(const void *parent, const char *method,
                                 const ProtobufCBinaryData *payload);

enum exit_code exit_code_of(enum status status);
