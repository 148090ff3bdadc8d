/* SPDX-License-Identifier: Apache-2.0 */
/* registry.c - the registry's table of methods, and what else it is made of */
#include "services/registry/registry.h"

#include "services/registry/contract.h"

#include "registry_methods.h"
#include "services/registry/ends.h"

REGISTRY_PERMISSIONS(PERMISSION_DEFINE)
const struct permission *const registry_permissions[] = {REGISTRY_PERMISSIONS(PERMISSION_POINTER)
                                                             NULL};

/* The contract lists the methods; each name here is a row in the file of that name. */
static const struct methods registry_methods = REGISTRY__REGISTRY_SERVICE__INIT(&registry_);

const struct service registry_service = {
    .name = "registry",
    .methods = (const struct methods *const[]){&registry_methods, &journal_methods, NULL},
    .timers = registry_timers,
    .ends = registry_ends,
};
