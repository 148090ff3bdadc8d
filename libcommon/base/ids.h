/* SPDX-License-Identifier: Apache-2.0 */
/* ids.h - lists of ids, each there once, as repeated fields of messages hold them */
#pragma once

#include <stdbool.h>
#include <stddef.h>

bool ids_have(char *const *ids, size_t count, const char *id);

/* Removes the id; the others stay in order. Returns false if it was not there. */
bool ids_take_out(char **ids, size_t *count, const char *id);
