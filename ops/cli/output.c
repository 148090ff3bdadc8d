/* SPDX-License-Identifier: Apache-2.0 */
/* output.c - what jusha writes, and whether it arrived */
#include "output.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "language/language.h"
#include "libcommon/base/mem.h"
#include "terminal.h"

static bool machines, may_be_left;

void output_guard(void)
{
    /* Opened the wrong way round, so that using them fails as it did when they were closed. */
    static const int wrong_ways[] = {
        [STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDONLY};

    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        if (fcntl(stream, F_GETFD) == -1)
            (void)open("/dev/null", wrong_ways[stream]); /* takes the lowest number: this one */
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is an error of writing */
}

void output_for_machines(void)
{
    machines = true;
    language_use_english();
}

/* What a machine is told, as the code of a refusal by the server would be. */
static const char *const codes[] = {
    [EXIT_CODE_OK] = "CODE_OK",
    [EXIT_CODE_REFUSED] = "CODE_FAILED_PRECONDITION",
    [EXIT_CODE_USAGE] = "CODE_INVALID_ARGUMENT",
    [EXIT_CODE_UNREACHABLE] = "CODE_UNAVAILABLE",
    [EXIT_CODE_UNWRITTEN] = "CODE_INTERNAL",
};
static_assert(sizeof codes / sizeof *codes == EXIT_CODES, "one for each");

enum exit_code complain(enum exit_code code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *message = mem_check(talloc_vasprintf(NULL, format, args));
    va_end(args);
    if (machines) {
        json_t *line = json_pack("{s:s, s:s}", "code", codes[code], "message", message);
        json_dumpf(line, stderr, JSON_COMPACT);
        fputc('\n', stderr);
        json_decref(line);
    } else {
        terminal_say(stderr, mem_printf(message, "jusha: %s", message), 0, 0);
    }
    talloc_free(message);
    return code;
}

void output_json(const json_t *json, size_t flags)
{
    json_dumpf(json, stdout, flags); /* output_end looks at the stream */
    putchar('\n');
}

bool output_is_unread(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};

    return poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

void output_may_be_left(void)
{
    may_be_left = true;
}

enum exit_code output_end(enum exit_code code)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    int error = errno; /* 0: told by an earlier write */
    bool unread = error == EPIPE || output_is_unread();

    if (unread && may_be_left)
        return code;
    if (!unread)
        complain(EXIT_CODE_UNWRITTEN, speak("the answer cannot be written: %s"),
                 error != 0 ? strerror(error) : speak("standard output takes no more"));
    return EXIT_CODE_UNWRITTEN;
}
