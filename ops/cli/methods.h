/* SPDX-License-Identifier: Apache-2.0 */
/* methods.h - finding a method of the contract by a short name; pure look-ups in its descriptors */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "libcommon/base/status.h"

struct found_method {
    const char *full_name; /* "jusha.registry.v1.RegistryService/RegisterUnit", under parent */
    const char *service;   /* "registry", under parent; NULL when every service serves it */
    const ProtobufCMethodDescriptor *descriptor;
};

/* name: the full name or the end of it from a '.' or '/' on: "RegisterUnit". NOT_FOUND: there is
 * none; ALREADY_EXISTS: several end so; then ret_candidates (may be NULL) names them, separated by
 * a space. */
enum status method_find(const void *parent, const char *name, struct found_method *ret,
                        char **ret_candidates) MUST_CHECK;

/* The same for whoever typed it: false after a line that says what is wrong and what may have been
 * meant. */
bool method_choose(const void *parent, const char *name, struct found_method *ret);

/* Calls visit for every method in the contract's order. */
void method_each(const void *parent, void (*visit)(void *data, const struct found_method *method),
                 void *data);

/* True if name is a service of the contract that has an address of its own: "registry". */
bool method_serves(const char *service);

/* Ends the program, with what may have been meant, if it is none. */
struct argp_state;
void method_must_serve(const char *service, const struct argp_state *state);

/* All of those, ends with NULL; under parent. */
const char *const *method_services(const void *parent);
