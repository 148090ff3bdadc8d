/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_sink.c - stderr by the way that does not wait, which depends on what it is
 *
 *   socket            send(MSG_DONTWAIT)
 *   pipe, terminal    opened again by /proc/self/fd/2: O_NONBLOCK belongs to an open file, which stderr shares with
 *                     whoever started us, and theirs must not change
 *   … which may not   (a container's pipe is root's) asked for room before each write: a pipe that has any takes a
 *   be opened again   line whole. Another process that writes to it between the two could still make us wait.
 *   file              write()
 *
 * The kind of stderr is looked up for each line, as it may be replaced at any time (dup2 by a test,
 * a wrapper).
 */
#include "libcommon/base/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static struct sink {
    dev_t device; /* what it was when it was looked at last, 0: never */
    ino_t inode;
    mode_t mode;
    int again; /* stderr, opened a second time; -1: it is not */
    bool torn; /* the last line has no end */
} sink = {.again = -1};

/* False: there is no stderr. */
static bool look(void)
{
    struct stat now;

    if (fstat(STDERR_FILENO, &now) != 0)
        return false;
    if (now.st_dev == sink.device && now.st_ino == sink.inode)
        return true;
    if (sink.again != -1)
        close(sink.again);
    sink = (struct sink){now.st_dev, now.st_ino, now.st_mode, -1, false};
    if (!S_ISREG(now.st_mode) && !S_ISSOCK(now.st_mode))
        sink.again = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return true;
}

static bool has_room(void)
{
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};

    return poll(&room, 1, 0) == 1 && (room.revents & POLLOUT);
}

static ssize_t write_some(struct iovec *parts, int count)
{
    if (S_ISSOCK(sink.mode))
        return sendmsg(STDERR_FILENO,
                       &(struct msghdr){.msg_iov = parts, .msg_iovlen = (size_t)count},
                       MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sink.again != -1)
        return writev(sink.again, parts, count);
    if (!S_ISREG(sink.mode) && !has_room())
        return -1;
    return writev(STDERR_FILENO, parts, count);
}

/* A reader that went away is a lost line, not the end of this process: a SIGPIPE of ours is taken
 * back. */
static ssize_t write_unharmed(struct iovec *parts, int count)
{
    sigset_t pipe, before, pending;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    sigpending(&pending);
    ssize_t written = write_some(parts, count);
    if (written == -1 && errno == EPIPE && !sigismember(&pending, SIGPIPE))
        sigtimedwait(&pipe, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return written;
}

bool log_sink_write(const char *line, size_t size)
{
    int error = errno; /* whoever logs may look at it afterwards */

    if (!look()) {
        errno = error;
        return false;
    }
    bool torn = sink.torn; /* then the line begins with the end of the other */
    struct iovec parts[] = {{"\n", 1}, {(char *)line, size}};
    ssize_t written = write_unharmed(torn ? parts : parts + 1, torn ? 2 : 1);
    if (written > 0)
        sink.torn = (size_t)written < size + torn;
    errno = error;
    return written == (ssize_t)(size + torn);
}
