/* SPDX-License-Identifier: Apache-2.0 */
/* secrets.c - prctl, limits and libsodium's locks */
#include "libcommon/base/secrets.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "libcommon/base/log.h"

#if defined __SANITIZE_ADDRESS__
#define IS_LOOKED_INTO 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define IS_LOOKED_INTO 1
#endif
#endif
#ifndef IS_LOOKED_INTO
#define IS_LOOKED_INTO 0
#endif

/* The limit counts for a file, the flag also for a program that the kernel would give the dump
 * to. */
void secrets_guard(void)
{
    umask(S_IRWXG | S_IRWXO);
    if (setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) != 0 ||
        (!IS_LOOKED_INTO && prctl(PR_SET_DUMPABLE, 0) != 0))
        log_warning("dumps_not_refused", "reason=%s", LOG_QUOTED(strerror(errno)));
}

void secrets_look_at(const char *path)
{
    struct stat file;

    if (stat(path, &file) == 0 && file.st_mode & (S_IRWXG | S_IRWXO))
        log_warning("secret_exposed",
                    "path=%s mode=%03o reason=\"others than its owner may read it\"",
                    LOG_QUOTED(path), (unsigned)file.st_mode & 0777);
}

void secrets_lock(void *data, size_t size)
{
    if (sodium_mlock(data, size) != 0)
        log_warning("memory_not_locked", "reason=%s", LOG_QUOTED(strerror(errno)));
}

void secrets_forget(void *data, size_t size)
{
    sodium_munlock(data, size); /* it overwrites, whether it was locked or not */
}
