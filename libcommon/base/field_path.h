/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field_path.h - a field of a message by its path from the top: "sign_up.person_id"
 *
 * Steps lead through messages that do not repeat. Paths are checked at the start, so reading one is
 * never refused; what lies behind an absent message is absent, too.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>

/* NULL: this type has no such field. */
const ProtobufCFieldDescriptor *path_field(const ProtobufCMessageDescriptor *type,
                                           const char *path);

/* Where the field's value stands in the message; NULL: a message on the way is absent. */
const void *path_value(const ProtobufCMessage *message, const char *path);
