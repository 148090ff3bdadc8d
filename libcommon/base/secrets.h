/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secrets.h - keeps keys, passwords and personal data from everybody else on the machine
 *
 * Nothing of a process reaches a disk by a crash, by swapping, or by a file whose mode was left to
 * chance.
 */
#pragma once

#include <stddef.h>

/* To be called first in main. From then on the process dumps no core, nobody but root can look
 * into its memory, and only its user can read the files that it makes. A build with
 * AddressSanitizer stays open to its own search for leaks. */
void secrets_guard(void);

/* Says in the log if the file's mode lets others than its owner at it (600 does not). */
void secrets_look_at(const char *path);

/* Keeps this memory from swap and dumps. Where the system does not allow so much
 * (RLIMIT_MEMLOCK), it goes on with a warning. */
void secrets_lock(void *data, size_t size);
/* Overwrites the memory and releases it. */
void secrets_forget(void *data, size_t size);
