/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ready.c - READY: a worker registers, or changes its credit
 *
 * It names its service, its credit and, if it serves some streets alone, these: "a b". One street
 * may stand with the service, too: "registry@a".
 *
 * Only a certificate with the service's name may serve it, as SERVICE or as WORKER. READY again by
 * a registered worker sets its credit again (0: it withdraws; what it has it may finish). All
 * workers of a service are of one kind: with credit (our contract) or plain (any Majordomo worker).
 */
#include <stdio.h>
#include <string.h>

#include "libcommon/base/text.h"
#include "services/broker/route/route_state.h"

struct ready {
    struct address address; /* .street: of one that is named with the service */
    bool plain;
    uint32_t credit;
    size_t n_streets; /* 0: the pool */
    char street[STREETS_MAX][STREET_SLUG + 1];
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

static bool names_street(const struct ready *ready, const char *street)
{
    for (size_t i = 0; i < ready->n_streets; i++)
        if (strcmp(ready->street[i], street) == 0)
            return true;
    return false;
}

static bool add_street(struct ready *ready, const char *slug, size_t size)
{
    char street[STREET_SLUG + 1];

    if (size > STREET_SLUG || ready->n_streets == STREETS_MAX)
        return false;
    snprintf(street, sizeof street, "%.*s", (int)size, slug);
    if (strlen(street) != size || !text_is_slug(street) || names_street(ready, street))
        return false;
    memcpy(ready->street[ready->n_streets++], street, sizeof street);
    return true;
}

/* "a b": slugs with one blank between them, none of them twice. */
static bool read_streets(struct frames *frames, size_t index, struct ready *ret)
{
    const char *next = frames_data(frames, index), *end = next + frames_size(frames, index);

    while (next) {
        const char *blank = memchr(next, ' ', (size_t)(end - next));

        if (!add_street(ret, next, (size_t)((blank ? blank : end) - next)))
            return false;
        next = blank ? blank + 1 : NULL;
    }
    return true;
}

static bool read_ready(struct frames *frames, size_t at, struct ready *ret)
{
    size_t count = frames->count - at;

    *ret = (struct ready){.plain = count == 1, .credit = 1};
    if (count < 1 || count > 3 ||
        !address_parse(frames_data(frames, at), frames_size(frames, at), &ret->address) ||
        !(ret->plain || read_credit(frames, at + 1, &ret->credit)))
        return false;
    const char *with_service = ret->address.street;
    if (with_service[0] && !add_street(ret, with_service, strlen(with_service)))
        return false;
    return count < 3 || (!with_service[0] && read_streets(frames, at + 2, ret));
}

/* The same streets, in any order. */
static bool is_seated_as(const struct worker *worker, const struct ready *ready)
{
    const struct seat *seat;
    size_t count = 0;

    LL_FOREACH2(worker->seats, seat, next_of)
    {
        if (seat->group->street[0] && !names_street(ready, seat->group->street))
            return false;
        count += seat->group->street[0] != 0;
    }
    return count == ready->n_streets;
}

static bool grants_all(const struct certificate *caller, const struct ready *ready)
{
    for (size_t i = 0; i < ready->n_streets; i++)
        if (!certificate_grants(caller->streets, ready->street[i]))
            return false;
    return true;
}

/* Why it may not; NULL when it may. */
static const char *objection(struct broker *broker, const struct worker *worker,
                             const struct ready *ready, const struct certificate *caller)
{
    const struct address *address = &ready->address;

    if ((caller->role != BUS__ROLE__ROLE_SERVICE && caller->role != BUS__ROLE__ROLE_WORKER) ||
        strcmp(caller->name, address->service) != 0)
        return "not_its_certificate";
    if (!grants_all(caller, ready))
        return "street_not_granted";
    if (worker &&
        (strcmp(worker->service->name, address->service) != 0 || !is_seated_as(worker, ready)))
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

static void take_seat(struct worker *worker, const char *street)
{
    struct seat *seat = mem_new(worker, struct seat);

    seat->worker = worker;
    seat->group = group_open(worker->service, street);
    seat->group->missed_ms = 0;
    DL_APPEND(seat->group->seats, seat);
    LL_APPEND2(worker->seats, seat, next_of);
}

static void take_seats(struct worker *worker, const struct ready *ready)
{
    if (ready->n_streets == 0)
        take_seat(worker, "");
    for (size_t i = 0; i < ready->n_streets; i++)
        take_seat(worker, ready->street[i]);
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
    worker->service = service;
    take_seats(worker, ready);
    worker->peer = *peer;
    worker->plain = ready->plain;
    worker->heard_ms = broker->now_ms;
    worker->beat_ms = broker->now_ms + HEARTBEAT_MS;
    snprintf(worker->name, sizeof worker->name, "%s", caller->name);
    snprintf(worker->public_key, sizeof worker->public_key, "%s", caller->public_key);
    HASH_ADD_KEYPTR(hh, broker->workers, worker->peer.id, worker->peer.id_size, worker);
    broker->counters.workers_ready++;
    outbox_note(broker->out, LOG_INFO, "worker_ready",
                "service=%s street=%s streets=%zu credit=%u plain=%d", service->name,
                worker->seats->group->street, ready->n_streets, ready->credit, ready->plain);
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
    service_wake(worker->service);
}
