/* SPDX-License-Identifier: Apache-2.0 */
/* toy_answers.h - what the toy registry knows and how it answers; what is made in the registry
 * becomes an event */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "type_code.pb-c.h"

enum { TOY_KINDS = 12 };
#define TOY_UUID "01900000-0000-7000-8000-000000000001"

struct toy_state {
    json_t *street;             /* NULL: not created */
    json_t *objects[TOY_KINDS]; /* communities, units, … */
    json_t *events;             /* CloudEvents */
    json_t *counts;             /* method -> how often OK */
    json_int_t cursor, last_id;
    const char *away; /* "" or the service that is */
    char lease[40];   /* "" or of which load it is */
};

void toy_state_init(struct toy_state *state);
void toy_state_clear(struct toy_state *state);

struct toy_param {
    const char *key, *value;
};
enum { TOY_PARAMS = 2 };

/* One request; response is what becomes the reply, code what went wrong. Texts are constants. */
struct toy_exchange {
    struct toy_state *state;
    const char *method; /* "RegisterUnit" */
    bool of_registry;   /* asked of it, not of another service */
    json_t *request, *response;
    Type__Code code;
    const char *message, *field, *rule;  /* field NULL: no violation */
    struct toy_param params[TOY_PARAMS]; /* key NULL: none */
};

/* Fills in response or code. */
void toy_answer(struct toy_exchange *exchange);
