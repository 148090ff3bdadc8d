/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bed.h - what every test of the program stands on: keys in a folder of its own, a toy registry,
 * and an environment that names both
 */
#pragma once

#include "program.h"
#include "toy_registry.h"

struct bed {
    char folder[32], keys[48];
    struct toy_registry *toy;
    void *memory; /* dies with the test */
};

/* cmocka group and test fixtures: *state is the bed; each test begins without a street. */
int bed_up(void **state);
int bed_down(void **state);
int bed_fresh(void **state);
int bed_sweep(void **state);

/* Writes folder/name and returns its path under the bed's memory. */
const char *bed_file(struct bed *bed, const char *name, const char *content);

/* Runs jusha with these arguments. */
#define bed_run(bed, ...) program_run((bed)->memory, (const char *const[]){__VA_ARGS__, NULL})

#define assert_contains(text, piece)                                                               \
    do {                                                                                           \
        if (strstr(text, piece) == NULL)                                                           \
            fail_msg("\"%s\" does not hold \"%s\"", text, piece);                                  \
    } while (0)
