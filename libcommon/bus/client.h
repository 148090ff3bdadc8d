/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - calling methods over the bus
 *
 * One client per thread. It holds a connection to every broker, sends by one of them and turns to
 * the next when that one is lost, silent for 3.5 s, says UNAVAILABLE before the work began or does
 * not know our certificate any more; then it asks again with the same request_id, so an effect
 * never doubles. A RESOURCE_EXHAUSTED that says when to come back (retry_ms) is asked again then,
 * if that is before the deadline, and else returned at once. At the deadline (1.2 s later while a
 * broker that lives still owes the answer) it gives up with a reply of its own:
 *   UNAVAILABLE        the brokers said so until the end: nothing was done
 *   DEADLINE_EXCEEDED  no broker took it: nothing was done
 *   UNAUTHENTICATED    every broker refuses our certificate: nothing was done. At once if they say
 *                      so to this request, as they do when a certificate is taken away while we
 *                      are connected
 *   UNKNOWN            it was sent and not answered
 *   INVALID_ARGUMENT   at once: the request is too large to be sent
 *   ABORTED            at once: this request_id is under way already
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>
#include <zmq.h>

#include "bus_envelope.pb-c.h"
#include "libcommon/bus/broker_keys.h"
#include "libcommon/bus/certificate.h"
#include "libcommon/bus/ports.h"

enum { CLIENT_POLL_MAX = 2 * BROKERS_MAX };

struct client;

struct client_request {
    const char *service;     /* "registry"; with a street the frame becomes "registry@xiasha" */
    const char *street;      /* slug or "" */
    const char *method;      /* full name */
    const char *actor;       /* "" unless the certificate's role may speak for others */
    const char *request_id;  /* UUIDv7; NULL makes a new one */
    const char *traceparent; /* NULL or W3C Trace Context */
    uint32_t timeout_ms;     /* 0 means 10000 */
    const Bus__Position *const *after; /* answer only when these are applied; NULL for none */
    size_t n_after;
    bool aside; /* client_next leaves its reply out: client_take fetches it */
    ProtobufCBinaryData payload;
};

struct client_reply {
    uint64_t number;                /* what client_send returned */
    const Bus__ReplyHeader *header; /* never NULL: a missing reply has a header made here */
    ProtobufCBinaryData payload;
};

/* brokers: "host:port,host:port", the client port of each (bus/ports.h). own is copied,
 * broker_keys borrowed. NULL
 * with a log line when brokers cannot be read. Ends with talloc_free, before its ZeroMQ context
 * ends. */
struct client *client_new(const void *parent, void *zmq_context, const char *brokers,
                          const struct certificate *own, struct broker_keys *broker_keys);

/* Starts a request and returns its number; any number may be under way. Everything in request is
 * copied. Nothing is lost while a broker cannot be reached: the request waits. */
uint64_t client_send(struct client *client, const struct client_request *request);

/* Waits up to wait_ms (-1: as long as anything is under way) for the next reply; false if none
 * came. The reply is a child of parent. */
bool client_next(struct client *client, const void *parent, int wait_ms, struct client_reply *ret);

/* Waits in the same way for the reply to one request, by its number; false also if it was taken
 * before. */
bool client_take(struct client *client, const void *parent, uint64_t number, int wait_ms,
                 struct client_reply *ret);

/* Drops the reply to this request, whether it has come or not. */
void client_forget(struct client *client, uint64_t number);

/* For a caller that waits for other sockets too: what to give to zmq_poll, and for how long at most
 * (lowers *wait_ms; -1 is for ever). Returns how many items; they hold until the next call of this
 * client. Then call client_pump, always: what is due stays due until it was done, and the next wait
 * would be none at all. */
size_t client_poll(const struct client *client, zmq_pollitem_t items[static CLIENT_POLL_MAX],
                   long *wait_ms);

/* Takes what arrived and does what is due, without waiting. Replies are then at hand for
 * client_next and client_take with wait_ms 0. */
void client_pump(struct client *client);

/* One request, one reply; replies to other requests stay. Returns the reply's code. */
enum status client_call(struct client *client, const void *parent,
                        const struct client_request *request, struct client_reply *ret) MUST_CHECK;

/* One typed call, with the default timeout, to the service that the method's name holds.
 * *ret_response is written on OK only. ret_reply and ret_response may be NULL. INTERNAL: the answer
 * has another type. */
enum status client_invoke(struct client *client, const void *parent, const char *street,
                          const char *method, const ProtobufCMessage *request,
                          struct client_reply *ret_reply,
                          ProtobufCMessage **ret_response) MUST_CHECK;

/* Asks one broker (by its place in the list) a management question (RFC 8): "mmi.service". The
 * answer is an HTTP-like code, returned as its status (501, unknown question: NOT_FOUND), and a
 * body, written whenever there is an answer. UNAVAILABLE when that broker says nothing for 3 s. */
enum status client_mmi(struct client *client, const void *parent, size_t broker,
                       const char *service, const char *question,
                       ProtobufCBinaryData *ret_answer) MUST_CHECK;
size_t client_brokers(const struct client *client);
const char *client_broker(const struct client *client, size_t broker); /* "host:port" */
