/* SPDX-License-Identifier: Apache-2.0 */
/* mistakes.h - what is wrong with a request that was typed, and what may have been meant */
#pragma once

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "libcommon/base/violation.h"
#include "options.h"
#include "type_violation.pb-c.h"

/* Tells why text is no request of this type: "it was not sent", then each violation, an enum's with
 * the names that it may have, an unknown field's with those that are there. They are params
 * ("values", "nearest") of the violations. */
void mistakes_print(const struct options *options, const ProtobufCMessageDescriptor *type,
                    const char *text, const struct violations *violations);

/* One of them in full, under parent, for whoever tells it elsewhere; json is what was typed, or
 * NULL. */
Type__Violation *mistakes_explain(const void *parent, const ProtobufCMessageDescriptor *type,
                                  const json_t *json, const struct violation *from);
