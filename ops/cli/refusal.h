/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.h - how a call that failed is told on stderr, to people or, with --json, to machines */
#pragma once

#include "bus_envelope.pb-c.h"
#include "libcommon/base/status.h"
#include "session.h"

/* A reply whose code is not OK: code and message, a line for each violation, and the request's id
 * where somebody may want to ask again, or to ask the operator. In Chinese rules and codes speak
 * for themselves, and the server's English stands only where no rule says it. As JSON: the
 * ReplyHeader in one line. session, unless NULL, is asked for names and local times (known.h). */
void refusal_print(struct session *session, const struct options *options,
                   const Bus__ReplyHeader *header);

/* The same for an end that no reply tells. message is SPOKEN, "" for what the status means. */
void refusal_print_status(const struct options *options, enum status status, const char *message);

/* What a code says where nobody said more: a constant in the terminal's language. */
const char *refusal_meaning(enum status status);

/* The header's message, or what its code says where its rules say the rest. */
const char *refusal_message(const Bus__ReplyHeader *header);

/* What a violation says to people: the rule in Chinese with its params, or the server's English.
 * Under parent. */
const char *refusal_words(const void *parent, const Type__Violation *violation);
