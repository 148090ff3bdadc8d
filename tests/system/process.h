/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - a program of Jusha as a real process: started, looked at, stopped by its number
 *
 * Its output goes to a log file. It dies with the test program, however that ends. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { WAIT_MS = 30000 }; /* for whatever has to come; far beyond what it takes */

struct process {
    char name[32];
    char log[160]; /* path; opened to append, so that a second life does not hide the first */
    int admin;     /* port of /readyz and /metrics */
    pid_t pid;     /* 0: not running */
};

/* argv as of execv, ends with NULL. */
void process_start(struct process *process, const char *const *argv);
/* Sends signal (0: none), waits and returns the exit code, 128 + signal if it was killed. Fails the
 * test if it does not end within limit_ms. */
int process_end(struct process *process, int signal, int64_t limit_ms);
/* SIGKILL, also to one that is stopped; nothing if it does not run. Never fails a test. */
void process_kill(struct process *process);
/* Lets it go down orderly, kills it if it does not; says whether its exit code was 0, also when it
 * does not run. Never fails a test. */
bool process_finish(struct process *process);
/* SIGSTOP, and waits until it stands. */
void process_stop(const struct process *process);
void process_continue(const struct process *process);
/* False also when it ended by itself. */
bool process_runs(const struct process *process);

/* Code of GET path, -1 if it does not answer within a second. */
int process_http(const struct process *process, const char *path);
/* The page's text, good until the next one is asked for; "" if there is none. */
const char *process_page(const struct process *process, const char *path);
/* A metric's value ("name" or "name{labels}"); -1: none. */
long process_metric(const struct process *process, const char *name);
/* Waits until it is at least this. */
void process_wait_metric(const struct process *process, const char *name, long at_least);
long process_rss_kib(const struct process *process);

/* Between two looks at a condition: pauses for a moment; fails the test when end_ms has passed. */
int64_t deadline_ms(void); /* WAIT_MS from now */
void look_again(int64_t end_ms, const char *what);
