/* SPDX-License-Identifier: Apache-2.0 */
/* stmt_list.h - lists of statements, put together at the start */
#pragma once

#include "libcommon/service/database/db.h"

/* Adds those of a list that ends with NULL (NULL: none). *list is a NULL-terminated array under parent, NULL at first. */
void stmt_list_add(const void *parent, const struct db_stmt ***list,
                   const struct db_stmt *const *more);
