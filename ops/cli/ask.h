/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask.h - calls with JSON in and out
 *
 * method is a full name or the end of one ("RegisterUnit") and a constant, as are the requests'
 * fields: a request that is no message of its type is our mistake.
 */
#pragma once

#include <jansson.h>

#include "methods.h"
#include "session.h"

/* The service that serves it and its types; all under parent. */
struct found_method ask_method(const void *parent, const char *method);

/* What client_send takes, under parent. */
struct client_request ask_request(struct session *session, const void *parent, const char *method,
                                  const json_t *request);

/* Sends it and waits. *ret_response is a new reference, on OK only; a refusal is left to the
 * caller: header lives under parent. actor NULL: the options'. */
enum status ask(struct session *session, const void *parent, const char *method, const char *actor,
                const json_t *request, const Bus__ReplyHeader **ret_header,
                json_t **ret_response) MUST_CHECK;
