/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - calling methods over the bus
 *
 * One client per thread. It holds a connection to every broker, sends by one of them and turns to the
 * next when that one is silent or says UNAVAILABLE before the work began; then it asks again with the
 * same request_id, so an effect never doubles. It gives up at the deadline: DEADLINE_EXCEEDED for a
 * request that no broker accepted, UNKNOWN for one that was sent and not answered.
 */
#pragma once

#include <stdint.h>
#include <protobuf-c/protobuf-c.h>

#include "bus_envelope.pb-c.h"
#include "certificate.h"
#include "settings.h"

struct client;

struct client_request {
    const char *service;     /* "registry"; with a street the frame becomes "registry@xiasha" */
    const char *street;      /* slug or "" */
    const char *method;      /* full name */
    const char *actor;       /* "" unless the certificate's role may speak for others */
    const char *request_id;  /* UUIDv7; NULL makes a new one */
    const char *traceparent; /* NULL or W3C Trace Context */
    uint32_t timeout_ms;     /* 0 means 10000 */
    ProtobufCBinaryData payload;
};

struct client_reply {
    uint64_t number;                   /* what client_send returned */
    const Bus__ReplyHeader *header;    /* never NULL: a missing reply has a header made here */
    ProtobufCBinaryData payload;
};

/* brokers: "host:port,host:port", the client port of each (libcommon/ports.h). own is copied. NULL with a
 * log line when brokers cannot be read. context is a ZeroMQ context. */
struct client *client_new(const void *parent, void *zmq_context, const char *brokers,
                          const struct certificate *own, const char *broker_key);

/* Starts a request; any number may be under way. Nothing is lost when a broker is away: it waits. */
uint64_t client_send(struct client *client, const struct client_request *request);

/* Waits up to wait_ms (-1: as long as anything is under way) for the next reply; false if none came.
 * The reply is a child of parent. */
bool client_next(struct client *client, const void *parent, int wait_ms, struct client_reply *ret);

/* One request, one reply. Returns the reply's code. */
enum status client_call(struct client *client, const void *parent,
                        const struct client_request *request, struct client_reply *ret) MUST_CHECK;

/* One typed call: packs request, unpacks the response (*ret_response, on OK only, may be NULL). */
enum status client_invoke(struct client *client, const void *parent, const char *street,
                          const char *method, const ProtobufCMessage *request,
                          struct client_reply *ret_reply, ProtobufCMessage **ret_response) MUST_CHECK;

/* Asks one broker (by its place in the list) a management question (RFC 8): "mmi.service". The answer's
 * frames after the service name are text code and body. UNAVAILABLE when that broker is silent. */
enum status client_mmi(struct client *client, const void *parent, size_t broker, const char *service,
                       const char *question, ProtobufCBinaryData *ret_answer) MUST_CHECK;
size_t client_brokers(const struct client *client);
const char *client_broker(const struct client *client, size_t broker); /* "host:port" */
