/* SPDX-License-Identifier: Apache-2.0 */
/* whole_file.c - a temporary file, fsync, then link(2) or rename(2) to its name */
#include "libcommon/base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

/* To the disk; false with errno. */
static bool write_all(int file, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        ssize_t written = write(file, text, left);

        if (written == -1)
            return false;
        text += written;
        left -= (size_t)written;
    }
    return fsync(file) == 0;
}

/* A name that was given is found after a crash of the machine, too. The file is there in any case,
 * so that a failure is none of the caller's. */
static void sync_folder(const char *path)
{
    char folder[PATH_BYTES];
    const char *slash = strrchr(path, '/');

    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    int opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (opened == -1)
        return;
    fsync(opened);
    close(opened);
}

static bool write_file(const char *path, const char *text, mode_t mode,
                       int (*give_name)(const char *, const char *))
{
    char temporary[PATH_BYTES];

    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary) {
        errno = ENAMETOOLONG;
        return false;
    }
    int file = mkostemp(temporary, O_CLOEXEC); /* mode 600 */

    if (file == -1)
        return false;
    bool written =
        write_all(file, text) && fchmod(file, mode) == 0 && give_name(temporary, path) == 0;
    int error = errno;

    close(file);
    if (!written || give_name == link)
        unlink(temporary);
    if (written)
        sync_folder(path);
    errno = error;
    return written;
}

bool whole_file_make(const char *path, const char *text, mode_t mode)
{
    return write_file(path, text, mode, link);
}

bool whole_file_replace(const char *path, const char *text, mode_t mode)
{
    return write_file(path, text, mode, rename);
}
