/* SPDX-License-Identifier: Apache-2.0 */
/* target.c - what targets share */
#include "target.h"

#include <stdlib.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"

char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    mem_check(text);
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/* What is wrong with an input is no news here: only errors are. */
/* NOLINTNEXTLINE(readability-non-const-parameter) */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    log_set_level(LOG_ERROR);
    target_start();
    return 0;
}
