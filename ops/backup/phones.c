/* SPDX-License-Identifier: Apache-2.0 */
/* phones.c - does a sealed phone open with the data keys? */
#include <stdio.h>
#include <talloc.h>

#include "ops/backup/open.h"
#include "services/registry/person/seal.h"

bool open_phone(char **columns)
{
    void *memory = talloc_new(NULL);
    char *phone;
    bool opens = seal_open(memory, columns[2], columns[0], columns[1], &phone) == STATUS_OK;

    printf("%s\t%s\t%c\n", columns[0], columns[1], opens ? 't' : 'f');
    talloc_free(memory);
    return true;
}
