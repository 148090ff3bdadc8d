/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the registry service: streets, communities, units */
#include "libcommon/worker.h"
#include "methods.h"
#include "registry.h"

/* The contract lists the methods; each name here is a row in the file of that name. */
static const struct methods registry_methods = REGISTRY__REGISTRY_SERVICE__INIT(&registry_);

static const struct service registry = {
    .name = "registry",
    .methods = (const struct methods *const[]){&registry_methods, &journal_methods, NULL},
};

int main(int argc, char **argv)
{
    return worker_main(argc, argv, "the unit registry: streets, communities, units", &registry);
}
