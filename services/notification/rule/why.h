/* SPDX-License-Identifier: Apache-2.0 */
/* why.h - why something happened, in both languages */
#pragma once

#include <protobuf-c/protobuf-c.h>

enum language { CHINESE, ENGLISH, LANGUAGES };

/* The path that stands in templates for it; of events that have a reason. */
#define WHY "why"

/* What the event followed from, in words, and what somebody said in theirs; "" where it says
 * neither. Text under the parent. */
char *why_words(const void *parent, const ProtobufCMessage *event, enum language language);
