/* SPDX-License-Identifier: Apache-2.0 */
/* place.c - what place.h says of ids and masks */
#include "place.h"

#include <string.h>

enum status place_must(struct call *call, const char *field, const char *id, bool wanted)
{
    if (wanted == (id[0] != '\0'))
        return STATUS_OK;
    return call_fail(call, STATUS_INVALID_ARGUMENT, field, wanted ? "required" : "empty",
                     wanted ? "it must be named" : "it must be empty");
}

bool mask_names(const Google__Protobuf__FieldMask *mask, const char *field)
{
    for (size_t i = 0; i < mask->n_paths; i++)
        if (strcmp(mask->paths[i], field) == 0)
            return true;
    return false;
}
