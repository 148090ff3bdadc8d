/* SPDX-License-Identifier: Apache-2.0 */
/* process.c - programs as child processes, and their admin port by plain HTTP */
#include "process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "libcommon/base/clock.h"

enum { LOOK_MS = 5, HTTP_MS = 1000, HTTP_BYTES = 256 * 1024 };

int64_t deadline_ms(void)
{
    return clock_monotonic_ms() + WAIT_MS;
}

void look_again(int64_t end_ms, const char *what)
{
    if (clock_monotonic_ms() > end_ms)
        fail_msg("waited without success for: %s", what);
    poll(NULL, 0, LOOK_MS);
}

static void become(const struct process *process, const char *const *argv)
{
    int log = open(process->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct rlimit core;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    getrlimit(RLIMIT_CORE, &core);
    core.rlim_cur = core.rlim_max; /* whether it leaves dumps is its own to say */
    setrlimit(RLIMIT_CORE, &core);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execv(argv[0], (char *const *)argv);
    _exit(127);
}

void process_start(struct process *process, const char *const *argv)
{
    assert_int_equal(process->pid, 0);
    fflush(NULL);
    process->pid = fork();
    assert_int_not_equal(process->pid, -1);
    if (process->pid == 0)
        become(process, argv);
}

int process_end(struct process *process, int signal, int64_t limit_ms)
{
    int64_t end_ms = clock_monotonic_ms() + limit_ms;
    pid_t pid = process->pid;
    int status;

    assert_true(pid > 0);
    if (signal)
        kill(pid, signal);
    while (waitpid(pid, &status, WNOHANG) == 0)
        look_again(end_ms, process->name);
    process->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void process_kill(struct process *process)
{
    if (process->pid <= 0)
        return;
    kill(process->pid, SIGKILL);
    waitpid(process->pid, NULL, 0);
    process->pid = 0;
}

bool process_finish(struct process *process)
{
    int64_t end_ms = deadline_ms();
    pid_t pid = process->pid, ended = 0;
    int status = 0;

    if (pid <= 0)
        return true;
    kill(pid, SIGCONT);
    kill(pid, SIGTERM);
    while ((ended = waitpid(pid, &status, WNOHANG)) == 0 && clock_monotonic_ms() < end_ms)
        poll(NULL, 0, LOOK_MS);
    if (ended == pid)
        process->pid = 0;
    process_kill(process);
    return ended == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The letter behind the name in /proc/PID/stat: 'T' is stopped. */
static char state_of(pid_t pid)
{
    char path[64], line[512] = "";

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    char *got = fgets(line, sizeof line, file);
    fclose(file);
    const char *name_end = got ? strrchr(line, ')') : NULL;
    if (!name_end || !name_end[1])
        return 0;
    return name_end[2];
}

void process_stop(const struct process *process)
{
    int64_t end_ms = deadline_ms();

    assert_true(process->pid > 0); /* 0 would be this program's own group */
    kill(process->pid, SIGSTOP);
    while (state_of(process->pid) != 'T')
        look_again(end_ms, "a process is stalled");
}

void process_continue(const struct process *process)
{
    assert_true(process->pid > 0);
    kill(process->pid, SIGCONT);
}

bool process_runs(const struct process *process)
{
    return process->pid > 0 && waitpid(process->pid, NULL, WNOHANG) == 0;
}

/* ---- admin port ---- */

static int connect_admin(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = HTTP_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The whole answer as text in a buffer of HTTP_BYTES; "" if there is none. */
static void get(int port, const char *path, char *ret)
{
    char question[128];
    size_t size = 0;
    ssize_t got;
    int fd = connect_admin(port);

    ret[0] = 0;
    if (fd == -1)
        return;
    int length =
        snprintf(question, sizeof question, "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", path);
    if (send(fd, question, (size_t)length, MSG_NOSIGNAL) == length)
        while ((got = read(fd, ret + size, HTTP_BYTES - 1 - size)) > 0)
            size += (size_t)got;
    close(fd);
    ret[size] = 0;
}

int process_http(const struct process *process, const char *path)
{
    static char answer[HTTP_BYTES];

    get(process->admin, path, answer);
    const char *code = strchr(answer, ' ');
    return code ? (int)strtol(code, NULL, 10) : -1;
}

const char *process_page(const struct process *process, const char *path)
{
    static char answer[HTTP_BYTES];

    get(process->admin, path, answer);
    const char *body = strstr(answer, "\r\n\r\n");
    return body ? body + 4 : "";
}

long process_metric(const struct process *process, const char *name)
{
    static char answer[HTTP_BYTES];
    char wanted[160];

    get(process->admin, "/metrics", answer);
    snprintf(wanted, sizeof wanted, "\n%s ", name);
    const char *at = strstr(answer, wanted);
    return at ? strtol(at + strlen(wanted), NULL, 10) : -1;
}

void process_wait_metric(const struct process *process, const char *name, long at_least)
{
    int64_t end_ms = deadline_ms();

    while (process_metric(process, name) < at_least)
        look_again(end_ms, name);
}

long process_rss_kib(const struct process *process)
{
    char path[64], line[256];
    long kib = -1;

    snprintf(path, sizeof path, "/proc/%d/status", process->pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (kib < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    fclose(file);
    return kib;
}
