/* SPDX-License-Identifier: Apache-2.0 */
/* rotate_broker.c - jusha keys rotate broker [--finish]: the brokers' own key */
#include "keys/folder.h"
#include "language/language.h"
#include "output.h"

enum exit_code keys_rotate_broker(const struct keys_arguments *arguments)
{
    return complain(EXIT_CODE_USAGE, "%s", arguments->name);
}
