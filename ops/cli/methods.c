/* SPDX-License-Identifier: Apache-2.0 */
/*
 * methods.c - finding a method of the contract by a short name
 *
 * The second part of a package is the address of the service ("jusha.registry.v1" -> "registry"),
 * but for packages that every service serves for its own data.
 */
#include "methods.h"

#include <stdbool.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"

static const char *const served_by_all[] = {"journal"};

/* "registry" of "jusha.registry.v1"; NULL when it is served by all or has no second part. */
static char *address_of(const void *parent, const char *package)
{
    const char *dot = strchr(package, '.');

    if (dot == NULL)
        return NULL;
    char *address = mem_check(talloc_strndup(parent, dot + 1, strcspn(dot + 1, ".")));
    for (size_t i = 0; i < sizeof served_by_all / sizeof *served_by_all; i++) {
        if (strcmp(address, served_by_all[i]) == 0) {
            talloc_free(address);
            return NULL;
        }
    }
    return address;
}

void method_each(const void *parent, void (*visit)(void *data, const struct found_method *method),
                 void *data)
{
    for (size_t i = 0; types_services[i] != NULL; i++) {
        const ProtobufCServiceDescriptor *service = types_services[i];

        for (unsigned j = 0; j < service->n_methods; j++) {
            const struct found_method method = {
                .full_name = mem_printf(parent, "%s/%s", service->name, service->methods[j].name),
                .service = address_of(parent, service->package),
                .descriptor = &service->methods[j],
            };
            visit(data, &method);
        }
    }
}

struct search {
    const void *parent;
    const char *name;
    struct found_method found;
    size_t count;
    char *candidates;
};

static bool ends_with_name(const char *full_name, const char *name)
{
    size_t full = strlen(full_name), size = strlen(name);

    if (size == 0 || size > full || strcmp(full_name + full - size, name) != 0)
        return false;
    return size == full || strchr("./", full_name[full - size - 1]) != NULL;
}

static void consider(void *data, const struct found_method *method)
{
    struct search *search = data;

    if (!ends_with_name(method->full_name, search->name))
        return;
    search->found = *method;
    search->candidates =
        search->count++ == 0
            ? mem_text(search->parent, method->full_name)
            : mem_check(talloc_asprintf_append(search->candidates, " %s", method->full_name));
}

enum status method_find(const void *parent, const char *name, struct found_method *ret,
                        char **ret_candidates)
{
    struct search search = {.parent = parent, .name = name};

    method_each(parent, consider, &search);
    if (search.count == 0)
        return STATUS_NOT_FOUND;
    if (search.count > 1) {
        if (ret_candidates != NULL)
            *ret_candidates = search.candidates;
        return STATUS_ALREADY_EXISTS;
    }
    *ret = search.found;
    return STATUS_OK;
}

bool method_serves(const char *service)
{
    void *memory = talloc_new(NULL);
    bool serves = false;

    for (size_t i = 0; types_services[i] != NULL && !serves; i++) {
        const char *address = address_of(memory, types_services[i]->package);
        serves = address != NULL && strcmp(address, service) == 0;
    }
    talloc_free(memory);
    return serves;
}
