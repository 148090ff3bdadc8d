/* SPDX-License-Identifier: Apache-2.0 */
/* lease.c - what lease.h says, by the registry's LeaseLoad */
#include "lease.h"

#include "ask.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "send.h"

/* What is sent just before a renewal is due ends by its deadline, and so does the renewal. */
enum { RENEW_MS = 15000, SPARE_SECONDS = 30, DEADLINES = 2, GIVE_BACK = 0 };

static int seconds_for(const struct lease *lease)
{
    return SPARE_SECONDS + DEADLINES * (int)(lease->session->options->timeout_ms / 1000);
}

static bool ask_lease(struct lease *lease, int seconds, bool renews, struct report *report)
{
    void *memory = talloc_new(NULL);
    json_t *request =
        json_pack("{s:s, s:i, s:b}", "leaseId", lease->id, "seconds", seconds, "renews", renews);
    const Bus__ReplyHeader *header;
    json_t *response = NULL;
    enum status status =
        ask(lease->session, memory, "LeaseLoad", NULL, request, &header, &response);

    lease->renew_ms = clock_monotonic_ms() + RENEW_MS;
    if (status != STATUS_OK && report != NULL)
        load_refused(lease->session, report, &street_sheet, 0, header);
    json_decref(response);
    json_decref(request);
    talloc_free(memory);
    return status == STATUS_OK;
}

bool lease_take(struct lease *lease, struct session *session, struct report *report)
{
    *lease = (struct lease){.session = session};
    id_new(lease->id);
    if (ask_lease(lease, seconds_for(lease), false, report))
        return true;
    lease->session = NULL;
    return false;
}

bool lease_keep(struct lease *lease, struct report *report)
{
    if (lease->session == NULL || clock_monotonic_ms() < lease->renew_ms ||
        ask_lease(lease, seconds_for(lease), true, report))
        return true;
    report->unreachable = true;
    return false;
}

void lease_give_back(struct lease *lease, const struct report *report)
{
    if (lease->session != NULL && !report->unreachable)
        (void)ask_lease(lease, GIVE_BACK, true, NULL);
    lease->session = NULL;
}
