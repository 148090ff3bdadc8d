/* SPDX-License-Identifier: Apache-2.0 */
/* place.c - what place.h says of ids and masks */
#include "services/registry/place.h"

#include <string.h>

enum status place_must(struct call *call, const char *field, const char *id, bool wanted)
{
    if (wanted == (id[0] != '\0'))
        return STATUS_OK;
    return call_fail(call, STATUS_INVALID_ARGUMENT, field, wanted ? "required" : "empty",
                     wanted ? "it must be named" : "it must be empty");
}
