/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - runs a target over files instead of made-up inputs: replay FILE…
 *
 * It stands where libFuzzer's main would, so that inputs which crashed once are a test of every
 * build, with every compiler.
 */
#include <stdio.h>
#include <stdlib.h>

#include "target.h"

/* Of libFuzzer; no input is changed here. */
/* NOLINTNEXTLINE(readability-non-const-parameter) */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    (void)data, (void)max_size;
    return size;
}

static void run_file(const char *path)
{
    enum { INPUT_MAX = 1024 * 1024 };
    static uint8_t room[INPUT_MAX];
    FILE *file = fopen(path, "rb");

    if (!file) {
        perror(path);
        exit(2);
    }
    size_t size = fread(room, 1, sizeof room, file);
    fclose(file);

    uint8_t *data = malloc(size ? size : 1); /* of the exact size: see target.h */

    assert(data);
    memcpy(data, room, size);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

int main(int argc, char **argv)
{
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        printf("%s\n", argv[i]); /* a crash is that of the last line */
        fflush(stdout);
        run_file(argv[i]);
    }
    return 0;
}
