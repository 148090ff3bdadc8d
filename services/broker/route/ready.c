/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ready.c - READY: a worker registers, or changes its credit
 *
 * Only a certificate with the service's name may serve it, as SERVICE or as WORKER. READY again by
 * a registered worker sets its credit anew (0: it withdraws; what it has it may finish). All
 * workers of a service are of one kind: with credit (our contract) or plain (any Majordomo worker).
 */
#include <stdio.h>
#include <string.h>

#include "services/broker/route/route_state.h"

struct ready {
    struct address address;
    bool plain;
    uint32_t credit;
};

/* Decimal without sign or leading zero. */
static bool read_credit(struct frames *frames, size_t index, uint32_t *ret)
{
    const char *digits = frames_data(frames, index);
    size_t size = frames_size(frames, index);
    uint32_t value = 0;

    if (size == 0 || size > 4 || (size > 1 && digits[0] == '0'))
        return false;
    for (size_t i = 0; i < size; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        value = value * 10 + (uint32_t)(digits[i] - '0');
    }
    *ret = value;
    return value <= CREDIT_MAX;
}

static bool read_ready(struct frames *frames, size_t at, struct ready *ret)
{
    size_t count = frames->count - at;

    *ret = (struct ready){.plain = count == 1, .credit = 1};
    return count >= 1 && count <= 2 &&
           address_parse(frames_data(frames, at), frames_size(frames, at), &ret->address) &&
           (ret->plain || read_credit(frames, at + 1, &ret->credit));
}

/* Why it may not; NULL when it may. */
static const char *objection(struct broker *broker, const struct worker *worker,
                             const struct ready *ready, const struct certificate *caller)
{
    const struct address *address = &ready->address;

    if ((caller->role != BUS__ROLE__ROLE_SERVICE && caller->role != BUS__ROLE__ROLE_WORKER) ||
        strcmp(caller->name, address->service) != 0)
        return "not_its_certificate";
    if (address->street[0] && !certificate_grants(caller->streets, address->street))
        return "street_not_granted";
    if (worker && (strcmp(worker->group->service->name, address->service) != 0 ||
                   strcmp(worker->group->street, address->street) != 0))
        return "registered_for_another";
    const struct routed_service *service = service_find(broker, address->service);
    if (service && service->workers > 0 && service->foreign != ready->plain)
        return "other_kind_of_worker";
    /* What one of ours served once no foreign worker serves, and the two never serve together. */
    if (service && service->role != caller->role &&
        (service->workers > 0 || service->role == BUS__ROLE__ROLE_SERVICE))
        return "other_role_of_worker";
    return NULL;
}

static struct worker *register_worker(struct broker *broker, const struct ready *ready,
                                      const struct mdp_peer *peer, const struct certificate *caller)
{
    struct routed_service *service = service_open(broker, ready->address.service);
    struct worker *worker = mem_new(broker, struct worker);

    service->seen = true;
    service->foreign = ready->plain;
    service->role = caller->role;
    service->workers++;
    worker->group = group_open(service, ready->address.street);
    worker->peer = *peer;
    worker->plain = ready->plain;
    worker->heard_ms = broker->now_ms;
    worker->beat_ms = broker->now_ms + HEARTBEAT_MS;
    snprintf(worker->name, sizeof worker->name, "%s", caller->name);
    snprintf(worker->public_key, sizeof worker->public_key, "%s", caller->public_key);
    DL_APPEND(worker->group->workers, worker);
    HASH_ADD_KEYPTR(hh, broker->workers, worker->peer.id, worker->peer.id_size, worker);
    broker->counters.workers_ready++;
    outbox_note(broker->out, LOG_INFO, "worker_ready", "service=%s street=%s credit=%u plain=%d",
                service->name, ready->address.street, ready->credit, ready->plain);
    return worker;
}

void worker_ready(struct broker *broker, struct worker *worker, struct frames *frames,
                  const struct mdp_message *message, const struct certificate *caller)
{
    struct ready ready;
    const char *why = "malformed";

    if (broker->draining)
        return; /* a DISCONNECT would only make it try again */
    if (read_ready(frames, message->rest, &ready))
        why = objection(broker, worker, &ready, caller);
    if (why) {
        broker->counters.workers_refused++;
        outbox_note(broker->out, LOG_WARNING, "worker_refused", "name=%s reason=%s", caller->name,
                    why);
        worker_say(broker, &message->peer, MDP_WORKER_DISCONNECT);
        if (worker)
            worker_remove(worker, FAREWELL_LEFT);
        return;
    }
    if (!worker)
        worker = register_worker(broker, &ready, &message->peer, caller);
    worker_credit(worker, ready.credit);
    service_wake(worker->group->service);
}
