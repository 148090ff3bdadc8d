/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.c - a child process whose stdout and stderr are files
 *
 * Files and not pipes: the parent reads after the child's end and nobody can block.
 */
#include "capture.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void read_all(FILE *file, char *text, size_t room)
{
    rewind(file);
    size_t count = fread(text, 1, room - 1, file);
    text[count] = '\0';
    fclose(file);
}

void capture_run(void (*body)(void *argument), void *argument, struct capture *ret)
{
    FILE *out = tmpfile(), *err = tmpfile();
    int outcome = 0;

    assert(out && err);
    fflush(NULL);
    pid_t child = fork();
    assert(child >= 0);
    if (child == 0) {
        dup2(fileno(out), STDOUT_FILENO);
        dup2(fileno(err), STDERR_FILENO);
        body(argument);
        fflush(NULL);
        _exit(EXIT_SUCCESS);
    }
    pid_t ended = waitpid(child, &outcome, 0);
    assert(ended == child);
    ret->exit_code = WIFEXITED(outcome) ? WEXITSTATUS(outcome) : -1;
    read_all(out, ret->out, sizeof ret->out);
    read_all(err, ret->err, sizeof ret->err);
}
