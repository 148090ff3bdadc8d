/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint.h - a method as a call knows it: found by name, with what the contract says of it */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "libcommon/base/metrics.h"

struct method;  /* method.h */
struct service; /* method.h */

enum { ENDPOINT_CODES = 17 /* as gRPC has */ };

struct endpoint {
    const struct method *row;
    const char *name; /* full: "jusha.registry.v1.RegistryService/RegisterUnit" */
    const ProtobufCMessageDescriptor *request, *response;
    const ProtobufCFieldDescriptor *into;
    bool reaches; /* a query's statement shows as much as its caller reaches */
    const struct service *service;
    struct metric *seconds;    /* from the socket to the reply */
    _Atomic uint64_t *answers; /* requests that ended so, by enum status; ENDPOINT_CODES of them */
};
