/* SPDX-License-Identifier: Apache-2.0 */
/* services.c - the methods of all services in one process */
#include "services.h"

#include <assert.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/metrics.h"
#include "libcommon/service/method/method.h"
#include "services/service_names.h"
#include "tests/data_key.h"

enum { TABLES_MAX = 16 };

#define X(name, NAME) extern const struct service name##_service;
SERVICE_NAMES(X)
#undef X

/* Nobody looks at the metrics here, and services in processes of their own may each have a
 * method of one name: its metric has no second place. The programs are linked with --wrap. */
void __wrap_metrics_register(struct metric *metric);
void __wrap_metrics_register(struct metric *metric)
{
    (void)metric;
}

/* Each service has JournalService; one process can know it once. */
static bool is_new(const struct methods *const *tables, const struct methods *table)
{
    for (; *tables; tables++)
        if (*tables == table)
            return false;
    return true;
}

void services_start(void)
{
#define X(name, NAME) &name##_service,
    static const struct service *const services[] = {SERVICE_NAMES(X) NULL};
#undef X
    static const struct methods *tables[TABLES_MAX + 1];
    static const struct service all = {.name = "all", .methods = tables};
    size_t count = 0;

    for (const struct service *const *service = services; *service; service++)
        for (const struct methods *const *table = (*service)->methods; *table; table++)
            if (is_new(tables, *table)) {
                assert(count < TABLES_MAX);
                tables[count++] = *table;
            }
    data_key_start();
    methods_start(&all);
}

struct call *services_call(const char *method, const uint8_t *payload, size_t size)
{
    struct call *call = mem_new(NULL, struct call);

    call->endpoint = methods_find(method);
    call->street = "xiasha";
    call->actor = "office";
    call->message = "";
    call->payload = (ProtobufCBinaryData){size, (uint8_t *)payload};
    return call;
}
