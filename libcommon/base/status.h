/* SPDX-License-Identifier: Apache-2.0 */
/* status.h - every way a call can end, in one table; the wire numbers are type.v1.Code's */
#pragma once

#include "type_code.pb-c.h"

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF(format_index, args_index) __attribute__((format(printf, format_index, args_index)))

/* X(name, HTTP code): the mapping of canonical codes to HTTP that gRPC gateways use. */
#define STATUSES(X)                                                                                \
    X(OK, 200)                                                                                     \
    X(UNKNOWN, 500)                                                                                \
    X(INVALID_ARGUMENT, 400)                                                                       \
    X(DEADLINE_EXCEEDED, 504)                                                                      \
    X(NOT_FOUND, 404)                                                                              \
    X(ALREADY_EXISTS, 409)                                                                         \
    X(PERMISSION_DENIED, 403)                                                                      \
    X(RESOURCE_EXHAUSTED, 429)                                                                     \
    X(FAILED_PRECONDITION, 400)                                                                    \
    X(ABORTED, 409)                                                                                \
    X(INTERNAL, 500)                                                                               \
    X(UNAVAILABLE, 503)                                                                            \
    X(UNAUTHENTICATED, 401)

enum status {
#define X(name, http) STATUS_##name = TYPE__CODE__CODE_##name,
    STATUSES(X)
#undef X
};

/* "NOT_FOUND"; "UNKNOWN" for a number that is none of ours. */
const char *status_name(enum status status);
int status_http_code(enum status status);
