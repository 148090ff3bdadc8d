/* SPDX-License-Identifier: Apache-2.0 */
/*
 * whole_file.h - writes a small file whole or not at all
 *
 * The text goes to a temporary file beside it and to the disk, then to its name: whoever reads,
 * whenever the writer is killed and however full the disk is, finds the old state or the new one.
 * A killed writer may leave a "NAME.XXXXXX" behind. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "libcommon/base/status.h"

/* Makes a file that must not be there. False with errno, EEXIST if it is. */
bool whole_file_make(const char *path, const char *text, mode_t mode) MUST_CHECK;
/* Makes it, or puts it in the place of the one that is there. False with errno: that one stays. */
bool whole_file_replace(const char *path, const char *text, mode_t mode) MUST_CHECK;
