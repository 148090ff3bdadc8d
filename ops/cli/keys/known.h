/* SPDX-License-Identifier: Apache-2.0 */
/* known.h - the certificates that a folder holds; for the actions of `jusha keys` */
#pragma once

#include "keys/folder.h"

/* Calls `each` for every *.key, by name; stops when it says false. False after a line on stderr if
 * the folder cannot be read. certificate: NULL, with a line, if the file is none. */
bool keys_each(const struct keys_arguments *arguments,
               bool (*each)(void *context, const char *file, const struct certificate *certificate),
               void *context);

/* Is PUBLICKEY a key? */
bool keys_check_public(const struct keys_arguments *arguments);
/* Puts the public key that the owner made into it: one that nobody in the folder has. */
enum exit_code keys_take_public(const struct keys_arguments *arguments, struct certificate *wanted);
