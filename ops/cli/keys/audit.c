/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit.c - a line in the folder's audit.log for everything that changed its keys
 *
 * logfmt, as logs are. A line is appended by one write, and taken back if the disk takes a part of
 * it only: lines are whole or not there. Who cannot be noted is told so: the key has changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys/folder.h"
#include "language/language.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "output.h"

/* False with errno. */
static bool append(const char *path, const char *line)
{
    size_t length = strlen(line);
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat before;

    if (file == -1)
        return false;
    bool known = fstat(file, &before) == 0;
    ssize_t written = known ? write(file, line, length) : -1;
    bool done = written == (ssize_t)length && fsync(file) == 0;
    int error = written >= 0 && written < (ssize_t)length ? ENOSPC : errno;

    if (!done && written > 0 && ftruncate(file, before.st_size) != 0)
        error = errno;
    close(file);
    errno = error;
    return done;
}

/* Under parent. */
static const char *who(const void *parent)
{
    const struct passwd *user = getpwuid(getuid());

    return user ? mem_text(parent, user->pw_name) : mem_printf(parent, "%u", (unsigned)getuid());
}

/* facts: " name=… …" */
static enum exit_code note(const struct keys_arguments *arguments, const char *event,
                           const char *facts)
{
    char *path = keys_path(NULL, arguments, "audit", ".log"), now[CLOCK_TEXT];
    int64_t now_us = clock_unix_us();
    enum exit_code code = EXIT_CODE_OK;

    if (!clock_format(now_us / 1000000, 0, now))
        now[0] = '\0';
    const char *line =
        mem_printf(path, "ts=%s event=key_%s who=%s%s\n", now, event, LOG_QUOTED(who(path)), facts);

    if (!append(path, line))
        code = complain(EXIT_CODE_UNWRITTEN, speak("it was done, but %s cannot be written: %s"),
                        path, strerror(errno));
    talloc_free(path);
    return code;
}

enum exit_code keys_audit(const struct keys_arguments *arguments, const char *event,
                          const struct certificate *certificate)
{
    char *facts =
        mem_printf(NULL, " name=%s role=%s streets=%s until=%s public_key=%s", certificate->name,
                   role_name(certificate->role), LOG_QUOTED(certificate->streets),
                   certificate->until, LOG_QUOTED(certificate->public_key));
    enum exit_code code = note(arguments, event, facts);

    talloc_free(facts);
    return code;
}

enum exit_code keys_audit_data(const struct keys_arguments *arguments, const char *event,
                               const char *service, int number)
{
    char *facts = mem_printf(NULL, " name=%s data_key=%d", service, number);
    enum exit_code code = note(arguments, event, facts);

    talloc_free(facts);
    return code;
}
