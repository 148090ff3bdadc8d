/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refusal.h - every error that the broker itself answers, in one table
 *
 * UNAVAILABLE and DEADLINE_EXCEEDED are only said where no worker ever had the request: nothing was
 * done. Where one had it, the word is UNKNOWN: ask again with the same request_id.
 */
#pragma once

#include "libcommon/base/mem.h"
#include "libcommon/base/status.h"

/* X(name, status, field, rule, message) */
#define REFUSALS(X)                                                                                \
    X(SERVICE_NAME, INVALID_ARGUMENT, "service", "pattern",                                        \
      "a service is named like registry or registry@xiasha")                                       \
    X(BODY, INVALID_ARGUMENT, "", "frames", "a request's body is a RequestHeader and a payload")   \
    X(HEADER, INVALID_ARGUMENT, "", "wire_format", "the first body frame is no RequestHeader")     \
    X(REQUEST_ID, INVALID_ARGUMENT, "request_id", "uuid", "request_id is no UUID")                 \
    X(STREET_OTHER, INVALID_ARGUMENT, "street", "addressed",                                       \
      "the header's street is not the one that the service frame addresses")                       \
    X(TIMEOUT, INVALID_ARGUMENT, "timeout_ms", "range", "timeout_ms is more than 60000")           \
    X(ACTOR_LENGTH, INVALID_ARGUMENT, "actor", "length", "actor has more than 64 bytes")           \
    X(ROLE, PERMISSION_DENIED, "", "role", "the certificate has no role")                          \
    X(STREET, PERMISSION_DENIED, "street", "granted",                                              \
      "the certificate does not grant this street")                                                \
    X(SPAN, PERMISSION_DENIED, "street", "granted",                                                \
      "only operators and services may ask across streets")                                        \
    X(ACTOR, PERMISSION_DENIED, "actor", "granted",                                                \
      "only gateways and operators may ask for somebody else")                                     \
    X(STREET_FULL, RESOURCE_EXHAUSTED, "street", "queue",                                          \
      "too many requests of this street are unanswered")                                           \
    X(CONNECTION_FULL, RESOURCE_EXHAUSTED, "", "queue",                                            \
      "too many requests of this connection are unanswered")                                       \
    X(FULL, RESOURCE_EXHAUSTED, "", "queue", "the broker holds too many unanswered requests")      \
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
    X(BAD_REPLY, UNKNOWN, "service", "reply", "the worker's reply has no body")

enum refusal {
    REFUSAL_NONE,
#define X(name, status, field, rule, message) REFUSAL_##name,
    REFUSALS(X)
#undef X
        REFUSAL_COUNT,
};

enum status refusal_status(enum refusal refusal);
/* A packed ReplyHeader under parent. */
ProtobufCBinaryData refusal_pack(const void *parent, enum refusal refusal, const char *request_id);
