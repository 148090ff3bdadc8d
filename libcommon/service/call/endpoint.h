/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint.h - a method as a call knows it: found by name, with what the contract says of it */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "libcommon/base/metrics.h"

struct db_stmt; /* db.h */
struct method;  /* method.h */
struct service; /* method.h */

struct endpoint {
    const struct method *row;
    const char *name; /* full: "jusha.registry.v1.RegistryService/RegisterUnit" */
    const ProtobufCMessageDescriptor *request, *response;
    const ProtobufCFieldDescriptor *into;
    const struct db_stmt *query[2]; /* a query's statement and NULL */
    const struct service *service;
    struct metric *requests, *refusals, *seconds; /* seconds: from the socket to the reply */
};
