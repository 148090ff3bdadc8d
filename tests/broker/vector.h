/* SPDX-License-Identifier: Apache-2.0 */
/* vector.h - a file of byte-level vectors (vectors/README.md) as a list of steps */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VECTOR_FRAMES_MAX = 16, VECTOR_WORDS_MAX = 4, VECTOR_TICKET = 16 /* bytes */ };

struct vector_frame {
    uint8_t *data;
    size_t size;
    const char *ticket; /* name of the one in it; NULL: none */
    size_t ticket_at;   /* where in data its bytes belong, which are zero here */
    const char *type;   /* full message name; NULL: not given */
};

struct vector_step {
    struct vector_step *prev, *next;
    int line; /* where it begins */
    const char *word[VECTOR_WORDS_MAX];
    size_t count; /* of frames */
    struct vector_frame frame[VECTOR_FRAMES_MAX];
};

/* Ends the program with file and line when the file is not well-formed. */
struct vector_step *vector_read(const void *parent, const char *path);
