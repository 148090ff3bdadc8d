/* SPDX-License-Identifier: Apache-2.0 */
/* made.h - valid messages of a type for mutators: structure that chance would not find */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "target.h"

/* A packed message; empty if it does not fit. */
size_t made_packed(const ProtobufCMessageDescriptor *type, unsigned seed, uint8_t *to, size_t room);
/* The same as JSON. */
size_t made_json(const ProtobufCMessageDescriptor *type, unsigned seed, uint8_t *to, size_t room);
