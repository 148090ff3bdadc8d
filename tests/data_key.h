/* SPDX-License-Identifier: Apache-2.0 */
/* data_key.h - data keys for a program that serves without a file of its own */
#pragma once

#include <stdbool.h>

/* Reads these lines as a file of data keys (data_keys.h): does the service start with them? Their
 * file ends with the process. ret_file: its descriptor, to write to; NULL: not needed. */
bool data_key_start_with(const char *lines, int *ret_file);

/* With one key that is always the same. */
void data_key_start(void);
