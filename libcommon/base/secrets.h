/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secrets.h - what a program knows and others of its machine shall not: keys, passwords, people
 *
 * Nothing of a process gets to a disk by a crash, by swapping, or by a mode of a file that was left
 * to chance.
 */
#pragma once

#include <stddef.h>

/* The beginning of main: no core dump of this process, nobody but root looks into its memory, and
 * the files that it makes are its user's own. A build with AddressSanitizer may be looked into: its
 * search for leaks does that. */
void secrets_guard(void);

/* Says in the log if the file's mode lets others than its owner at it (600 does not). */
void secrets_look_at(const char *path);

/* Keeps this memory from swap and dumps. Where the system gives less than that (RLIMIT_MEMLOCK) it
 * goes on, with a warning. */
void secrets_lock(void *data, size_t size);
/* Overwrites it and lets go of it. */
void secrets_forget(void *data, size_t size);
