/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the registry service: who takes part in the street's cooperation, and how they are
 * bound */
#include "libcommon/service/worker/worker.h"
#include "services/registry/registry.h"

int main(int argc, char **argv)
{
    return worker_main(argc, argv, "the unit registry: streets, communities, units, people",
                       &registry_service);
}
