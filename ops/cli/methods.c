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

#include "language/language.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "output.h"
#include "usage.h"

enum { METHODS_MAX = 512, SERVICES_MAX = 16 };

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

struct names {
    size_t count;
    const char *short_names[METHODS_MAX + 1];
};

static void add_name(void *data, const struct found_method *method)
{
    struct names *names = data;

    if (names->count < METHODS_MAX)
        names->short_names[names->count++] = method->descriptor->name;
}

bool method_choose(const void *parent, const char *name, struct found_method *ret)
{
    char *candidates = NULL;
    enum status status = method_find(parent, name, ret, &candidates);

    if (status == STATUS_OK)
        return true;
    if (status == STATUS_ALREADY_EXISTS) {
        complain(EXIT_CODE_USAGE, speak("several methods end in \"%s\": %s"), name, candidates);
        return false;
    }
    struct names *names = mem_new(parent, struct names);
    method_each(names, add_name, names);
    complain(EXIT_CODE_USAGE, speak("there is no method \"%s\"; \"jusha call --list\" shows all%s"),
             name, usage_hint(names, name, names->short_names));
    return false;
}

const char *const *method_services(const void *parent)
{
    const char **names = mem_array(parent, const char *, SERVICES_MAX + 1);
    size_t count = 0;

    for (size_t i = 0; types_services[i] != NULL; i++) {
        const char *address = address_of(names, types_services[i]->package);

        if (address != NULL && count < SERVICES_MAX)
            names[count++] = address;
    }
    return names;
}

bool method_serves(const char *service)
{
    const char *const *names = method_services(NULL);
    size_t i = 0;

    while (names[i] != NULL && strcmp(names[i], service) != 0)
        i++;
    bool serves = names[i] != NULL;
    talloc_free((void *)names);
    return serves;
}

void method_must_serve(const char *service, const struct argp_state *state)
{
    const char *const *names = method_services(NULL);

    if (!method_serves(service))
        usage_error(state, speak("there is no service \"%s\"%s"), service,
                    usage_hint(names, service, names));
    talloc_free((void *)names);
}
