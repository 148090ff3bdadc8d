/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refusal.h - every error that the broker itself answers, in one table
 *
 * UNAVAILABLE and DEADLINE_EXCEEDED are only said where no worker ever had the request: nothing was
 * done. Where one had it, the word is UNKNOWN: ask again with the same request_id.
 */
#pragma once

#include <stdint.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/status.h"

/* X(name, status, field, rule, message) */
#define REFUSALS(X)                                                                                \
    X(SERVICE_NAME, INVALID_ARGUMENT, "service", "pattern",                                        \
      "a service is named like registry or registry@xiasha")                                       \
    X(PROTOCOL, INVALID_ARGUMENT, "", "protocol", "this port speaks Majordomo 0.2: MDPC02")        \
    X(COMMAND, INVALID_ARGUMENT, "", "command", "a caller sends the command 0x01, REQUEST")        \
    X(BODY, INVALID_ARGUMENT, "", "frames",                                                        \
      "a request's body is a RequestHeader and a payload, or one Request")                         \
    X(HEADER, INVALID_ARGUMENT, "", "wire_format", "the body holds no RequestHeader")              \
    X(REQUEST_ID, INVALID_ARGUMENT, "request_id", "uuid", "request_id is no UUID")                 \
    X(STREET_OTHER, INVALID_ARGUMENT, "street", "addressed",                                       \
      "the header's street is not the one that the service frame addresses")                       \
    X(TIMEOUT, INVALID_ARGUMENT, "timeout_ms", "range", "timeout_ms is more than 60000")           \
    X(ACTOR_LENGTH, INVALID_ARGUMENT, "actor", "length", "actor has more than 64 bytes")           \
    X(ROUTING_ID, INVALID_ARGUMENT, "routing_id", "assigned",                                      \
      "leave the routing id of your socket unset: the broker numbers its peers")                   \
    X(REVOKED, UNAUTHENTICATED, "", "certificate", "the certificate is not honoured any more")     \
    X(ROLE, PERMISSION_DENIED, "", "role", "the certificate has no role")                          \
    X(STREET, PERMISSION_DENIED, "street", "granted",                                              \
      "the certificate does not grant this street")                                                \
    X(SPAN, PERMISSION_DENIED, "street", "granted",                                                \
      "only operators and services may ask across streets")                                        \
    X(ACTOR, PERMISSION_DENIED, "actor", "granted",                                                \
      "only gateways and operators may ask for somebody else")                                     \
    X(RATE, RESOURCE_EXHAUSTED, "", "rate", "too many requests a second; come back later")         \
    X(STREET_FULL, RESOURCE_EXHAUSTED, "street", "queue",                                          \
      "too many requests of this street are unanswered")                                           \
    X(CALLER_FULL, RESOURCE_EXHAUSTED, "", "queue",                                                \
      "too many requests of this certificate are unanswered")                                      \
    X(CALLER_BYTES, RESOURCE_EXHAUSTED, "", "queue",                                               \
      "unanswered requests of this certificate, or answers that it does not take, hold too much")  \
    X(FULL, RESOURCE_EXHAUSTED, "", "queue", "the broker holds too many unanswered requests")      \
    X(BYTES, RESOURCE_EXHAUSTED, "", "queue", "unanswered requests hold too much of the broker")   \
    X(STRANGE, UNAVAILABLE, "service", "known",                                                    \
      "no such service ever came to this broker; nothing was done")                                \
    X(NOBODY, UNAVAILABLE, "service", "served", "nobody serves this now; nothing was done")        \
    X(DRAINING, UNAVAILABLE, "", "draining", "the broker is going down; nothing was done")         \
    X(WAITED, DEADLINE_EXCEEDED, "timeout_ms", "deadline",                                         \
      "every worker was busy until the deadline; nothing was done")                                \
    X(UNANSWERED, UNKNOWN, "", "unanswered",                                                       \
      "a worker had it and did not answer; ask again with the same request_id")                    \
    X(POISON, UNKNOWN, "", "dead_letter",                                                          \
      "two workers went down with it; ask again with the same request_id only after that is "      \
      "clear")                                                                                     \
    X(FOREIGN_DIED, UNKNOWN, "service", "died", "the worker that had it is gone")                  \
    X(BAD_REPLY, UNKNOWN, "service", "reply", "the worker's reply has no body")                    \
    X(FOLLOW_FORM, INVALID_ARGUMENT, "", "frames",                                                 \
      "one frame: FOLLOW, UNFOLLOW or PING, its prefix of at most 200 bytes, its types")           \
    X(FOLLOW_TYPES, INVALID_ARGUMENT, "types", "pattern",                                          \
      "at most 32 names of event types, such as UnitRegistered, of at most 64 bytes")              \
    X(FOLLOW_PREFIX, PERMISSION_DENIED, "prefix", "granted",                                       \
      "the certificate grants nothing that begins like this")                                      \
    X(FOLLOW_COUNT, RESOURCE_EXHAUSTED, "prefix", "count",                                         \
      "too many prefixes are followed, by this connection, this certificate or all")               \
    X(FOLLOW_UNKNOWN, NOT_FOUND, "prefix", "followed",                                             \
      "this broker knows of nothing that you follow; follow again")                                \
    X(FOLLOW_RATE, RESOURCE_EXHAUSTED, "", "rate", "too many messages of this certificate")        \
    X(FOLLOW_REVOKED, UNAUTHENTICATED, "", "certificate",                                          \
      "the certificate was taken away or changed")

/* X(name, max): the limit that a message names, told as the violation's parameter max, too */
#define REFUSAL_LIMITS(X)                                                                          \
    X(TIMEOUT, 60000)                                                                              \
    X(ACTOR_LENGTH, 64)

enum refusal {
    REFUSAL_NONE,
#define X(name, status, field, rule, message) REFUSAL_##name,
    REFUSALS(X)
#undef X
        REFUSAL_COUNT,
};

enum status refusal_status(enum refusal refusal);
/* "granted" */
const char *refusal_rule(enum refusal refusal);
/* A packed ReplyHeader under parent. retry_ms: when to come back, as the violation's parameter of
 * this name; 0: none. */
ProtobufCBinaryData refusal_pack(const void *parent, enum refusal refusal, const char *request_id,
                                 int64_t retry_ms);
