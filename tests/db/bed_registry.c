/* SPDX-License-Identifier: Apache-2.0 */
/* bed_registry.c - the registry in a bed */
#include "bed_registry.h"

#include <stdio.h>
#include <sys/mman.h>

#include "libcommon/base/mem.h"
#include "services/registry/registry.h"
#include "services/registry/seal.h"

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

char *bed_json(struct bed *bed, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *json = mem_check(talloc_vasprintf(bed->slot.parent, format, args));
    va_end(args);
    return json;
}

/* The first field of the message in the response's first field. */
static const char *first_id(const struct call *call)
{
    const ProtobufCMessage *response = call->response;
    const ProtobufCMessage *made =
        *(ProtobufCMessage *const *)((const char *)response + response->descriptor->fields->offset);

    return *(const char *const *)((const char *)made + made->descriptor->fields->offset);
}

char *bed_make(struct bed *bed, const char *method, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *json = mem_check(talloc_vasprintf(bed->slot.parent, format, args));
    va_end(args);
    struct call *call = bed_run(bed, bed_call(bed, method, json));
    bed_assert_outcome(call, STATUS_OK, "", "");
    char *id = mem_text(bed->slot.parent, first_id(call));
    bed_free(call);
    return id;
}

char *bed_unit(struct bed *bed, const char *name)
{
    return bed_make(bed, "RegisterUnit", "{\"unit\": {\"name\": \"%s\", \"kind\": \"BANK\"}}",
                    name);
}

char *bed_community(struct bed *bed, const char *name)
{
    return bed_make(bed, "CreateCommunity", "{\"community\": {\"name\": \"%s\"}}", name);
}
