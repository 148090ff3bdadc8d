/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target.h - what a fuzz target exports, and what targets share
 *
 * A target is one parser of foreign bytes and what must hold behind it. It is linked twice: with
 * libFuzzer (ops/fuzz), which makes up inputs, and in every build with replay.c, which runs the
 * inputs of corpus/ as a test. What must hold is an assert: a false one is a crash.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Called once, before the first input. */
void target_start(void);

/* Runs one input; always 0. Memory that is still held afterwards is a leak. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Optional: changes an input in place and returns its new size. libFuzzer has LLVMFuzzerMutate. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* A NUL-terminated copy, to be freed, of exactly this size, so that reading behind it is seen. */
char *fuzz_text(const uint8_t *data, size_t size);

/* Of target.c: whoever drives the target calls it first. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
