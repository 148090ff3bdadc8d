/* SPDX-License-Identifier: Apache-2.0 */
/* stmt_list.c - lists of statements */
#include "libcommon/service/batch/stmt_list.h"

#include "libcommon/base/mem.h"

static size_t length(const struct db_stmt *const *list)
{
    size_t count = 0;

    while (list && list[count])
        count++;
    return count;
}

void stmt_list_add(const void *parent, const struct db_stmt ***list,
                   const struct db_stmt *const *more)
{
    size_t old = length((const struct db_stmt *const *)*list), added = length(more);

    *list = mem_check(talloc_realloc(parent, *list, const struct db_stmt *, old + added + 1));
    for (size_t i = 0; i < added; i++)
        (*list)[old + i] = more[i];
    (*list)[old + added] = NULL;
}
