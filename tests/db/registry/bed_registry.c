/* SPDX-License-Identifier: Apache-2.0 */
/* bed_registry.c - the registry in a bed */
#include "bed_registry.h"

#include <stdio.h>
#include <sys/mman.h>

#include "services/registry/contract.h"
#include "services/registry/registry.h"
#include "services/registry/person/seal.h"

const struct service *const bed_service = &registry_service;

/* The registry wants the key of personal data in a file; this one ends with the process. */
__attribute__((constructor)) static void make_data_key(void)
{
    const struct setting *const tables[] = {seal_settings, NULL};
    static char setting[40];
    char *argv[] = {(char *)"bed", setting, NULL};
    int file = memfd_create("data_key", 0);

    dprintf(file, "%064d\n", 7);
    snprintf(setting, sizeof setting, "--data_key=/proc/self/fd/%d", file);
    settings_load(2, argv, "", tables);
}

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
