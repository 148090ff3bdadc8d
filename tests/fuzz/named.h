/* SPDX-License-Identifier: Apache-2.0 */
/*
 * named.h - inputs that say by name what they are: "jusha.registry.v1.Unit\n" and then the bytes
 *
 * A name, unlike a number, stays right when the contract grows, so inputs that are kept stay what
 * they are. libFuzzer would soon break it: the mutator leaves it alone, or takes another one, and
 * changes what stands behind.
 */
#pragma once

#include "target.h"

struct named {
    const char *name;    /* one of the list, or NULL: the input names none */
    const uint8_t *data; /* what stands behind it */
    size_t size;
};

/* names ends with NULL. */
struct named named_read(const char *const *names, const uint8_t *data, size_t size);

/* For LLVMFuzzerCustomMutator. now and then, what stands behind a new name is `made`'s: an input
 * of that name which is valid, at most room bytes; it may be NULL. */
size_t named_mutate(const char *const *names, uint8_t *data, size_t size, size_t max_size,
                    unsigned seed,
                    size_t (*made)(const char *name, unsigned seed, uint8_t *to, size_t room));

/* Full names of all message types and of all methods of the contract, under parent. */
const char *const *named_messages(const void *parent);
const char *const *named_methods(const void *parent);
