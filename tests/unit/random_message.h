/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random_message.h - valid messages of any type from a seed
 *
 * The same seed gives the same messages, so a failure can be run again. Maps have distinct keys,
 * Timestamps lie in the years 1-9999, FieldMasks hold snake_case names, an Any holds a contract's
 * type.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

struct random random_start(uint64_t seed);
uint64_t random_next(struct random *random);
/* 0 to below - 1. */
uint64_t random_below(struct random *random, uint64_t below);

/* Under parent. Nested messages stop at depth. */
ProtobufCMessage *random_message(const void *parent, struct random *random,
                                 const ProtobufCMessageDescriptor *type, int depth);
