/* SPDX-License-Identifier: Apache-2.0 */
/* bed_registry.c - the registry in a bed */
#include "bed_registry.h"

#include "services/registry/contract.h"
#include "services/registry/registry.h"

const struct service *const bed_service = &registry_service;

char *bed_unit(struct bed *bed, const char *name)
{
    return bed_make(bed, "RegisterUnit",
                    bed_json(bed, "{\"unit\": {\"name\": \"%s\", \"kind\": \"BANK\"}}", name));
}

char *bed_community(struct bed *bed, const char *name)
{
    return bed_make(bed, "CreateCommunity",
                    bed_json(bed, "{\"community\": {\"name\": \"%s\"}}", name));
}
