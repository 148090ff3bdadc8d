/* SPDX-License-Identifier: Apache-2.0 */
/* program.c - running the jusha program and looking at what it wrote */
#include "program.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"

enum { ARGUMENTS_MAX = 32, WAIT_MS = 20000, LOOK_MS = 10, TERMINAL_BYTES = 65536 };

struct running {
    pid_t pid;
    FILE *out, *err;
    int terminal; /* our end of it; -1 */
};

/* By pread: the program writes through the same open file, and its place must not move. */
static char *content(const void *parent, FILE *file)
{
    struct stat about;

    assert_int_equal(fstat(fileno(file), &about), 0);
    char *text = mem_bytes(parent, (size_t)about.st_size + 1);
    ssize_t size = pread(fileno(file), text, (size_t)about.st_size, 0);
    assert_true(size >= 0);
    text[size] = '\0';
    return text;
}

static int close_files(struct running *running)
{
    fclose(running->out);
    fclose(running->err);
    if (running->terminal >= 0)
        close(running->terminal);
    return 0;
}

/* A descriptor of ours that becomes the program's stdout; -1: none, the action is enough. */
static int open_sink(enum sink sink, struct running *running, posix_spawn_file_actions_t *files)
{
    const struct winsize narrow = {.ws_row = 24, .ws_col = TERMINAL_COLUMNS};
    int ends[2], slave;

    switch (sink) {
    case SINK_FULL:
        return open("/dev/full", O_WRONLY | O_CLOEXEC);
    case SINK_LEFT:
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        close(ends[0]);
        return ends[1];
    case SINK_TERMINAL:
        assert_int_equal(openpty(&running->terminal, &slave, NULL, NULL, &narrow), 0);
        fcntl(running->terminal, F_SETFD, FD_CLOEXEC);
        fcntl(slave, F_SETFD, FD_CLOEXEC);
        return slave;
    case SINK_CLOSED:
        posix_spawn_file_actions_addclose(files, STDOUT_FILENO);
        return -1;
    default:
        return dup(fileno(running->out));
    }
}

static struct running *start(const void *parent, enum sink sink, const char *const *arguments)
{
    struct running *running = mem_new(parent, struct running);
    char *argv[ARGUMENTS_MAX + 2] = {getenv("JUSHA_PROGRAM")};
    posix_spawn_file_actions_t files;

    if (argv[0] == NULL) {
        fail_msg("JUSHA_PROGRAM does not name the program");
        abort();
    }
    for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i] != NULL; i++)
        argv[i + 1] = (char *)arguments[i];
    running->out = tmpfile();
    running->err = tmpfile();
    running->terminal = -1;
    talloc_set_destructor(running, close_files);
    posix_spawn_file_actions_init(&files);
    int out = open_sink(sink, running, &files);
    if (out >= 0)
        posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, sink == SINK_TERMINAL ? out : fileno(running->err),
                                     STDERR_FILENO);
    assert_int_equal(posix_spawn(&running->pid, argv[0], &files, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&files);
    if (out >= 0)
        close(out);
    return running;
}

struct running *program_start(const void *parent, const char *const *arguments)
{
    return start(parent, SINK_FILE, arguments);
}

void program_wait_for(struct running *running, const char *text)
{
    int64_t end_ms = clock_monotonic_ms() + WAIT_MS;
    bool found = false;

    while (!found && clock_monotonic_ms() < end_ms) {
        char *out = content(NULL, running->out);
        found = strstr(out, text) != NULL;
        talloc_free(out);
        poll(NULL, 0, LOOK_MS);
    }
    assert_true(found);
}

struct outcome program_end(const void *parent, struct running *running, int signal)
{
    int status;

    if (signal != 0)
        kill(running->pid, signal);
    assert_int_equal(waitpid(running->pid, &status, 0), running->pid);
    struct outcome outcome = {
        .code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
        .out = content(parent, running->out),
        .err = content(parent, running->err),
    };
    talloc_free(running);
    return outcome;
}

struct outcome program_run(const void *parent, const char *const *arguments)
{
    return program_end(parent, program_start(parent, arguments), 0);
}

/* All that it writes to its terminal, until it closes it. */
static char *read_terminal(const void *parent, const struct running *running)
{
    char *text = mem_bytes(parent, TERMINAL_BYTES);
    size_t size = 0;
    ssize_t more;

    while (size + 1 < TERMINAL_BYTES &&
           (more = read(running->terminal, text + size, TERMINAL_BYTES - 1 - size)) > 0)
        size += (size_t)more;
    text[size] = '\0';
    return text;
}

struct outcome program_run_to(const void *parent, enum sink sink, const char *const *arguments)
{
    struct running *running = start(parent, sink, arguments);
    char *seen = sink == SINK_TERMINAL ? read_terminal(parent, running) : NULL;
    struct outcome outcome = program_end(parent, running, 0);

    if (seen != NULL)
        outcome.out = seen;
    return outcome;
}
