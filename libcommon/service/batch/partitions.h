/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partitions.h - the weeks of the table of answers (answers.h)
 *
 * They are kept two weeks ahead, so a week is missing only where the time leapt: a machine that was
 * suspended, a clock that was set. Then no command can be answered until it is made.
 */
#pragma once

#include <stdbool.h>

#include "libcommon/service/database/db.h"

/* Makes what is missing now and takes away what nobody may ask for any more. False: it could not,
 * which is said in the log. The connection is in no transaction, before and after. */
bool partitions_keep(struct db *db);

/* Is the week of now missing, as far as is known? Any thread. */
bool partitions_are_missing(void);
