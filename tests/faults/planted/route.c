/* SPDX-License-Identifier: Apache-2.0 */
/* route.c - planted bugs of the broker's core for requests */
#include <stdio.h>
#include <string.h>

#include "services/broker/route/route_state.h"
#include "tests/faults/planted/fault.h"

WRAPS(from_client);
WRAPS(from_worker);
WRAPS(check_body);
WRAPS(client_gone);
WRAPS(answer_refusal);
WRAPS(request_settle);

/* ---- who is it? ---- */

static void take_for(struct certificate *caller, const char *name, const char *public_key)
{
    snprintf(caller->name, sizeof caller->name, "%.*s", CERTIFICATE_NAME, name);
    snprintf(caller->public_key, sizeof caller->public_key, "%s", public_key);
}

/* Whoever has this routing id now is taken for the one who had it first. */
static void take_for_first(struct broker *broker, struct frames *frames, bool is_worker,
                           struct certificate *caller)
{
    struct mdp_peer peer = {0};
    const struct connection *connection;

    mdp_read_peer(frames, &peer);
    const struct worker *worker = is_worker ? worker_find(broker, &peer) : NULL;
    HASH_FIND(hh, broker->connections, peer.id, peer.id_size, connection);
    if (worker)
        take_for(caller, worker->name, worker->public_key);
    else if (!is_worker && connection)
        take_for(caller, connection->certificate->name, connection->public_key);
}

/* As if each connection had a certificate of its own. */
static void name_by_connection(struct frames *frames, struct certificate *caller)
{
    uint32_t connection = 0;
    char name[sizeof caller->name];

    if (frames_size(frames, 0) > sizeof connection)
        memcpy(&connection, (const uint8_t *)frames_data(frames, 0) + 1, sizeof connection);
    snprintf(name, sizeof name, "%.50s.%08x", caller->name, (unsigned)connection);
    memcpy(caller->name, name, sizeof caller->name);
}

static const struct certificate *asking; /* as it is in truth, while from_client runs */

void __wrap_from_client(struct broker *broker, struct frames *frames,
                        const struct certificate *caller)
{
    struct certificate taken = *caller;

    if (fault_planted(BUG_SQUATTED_ID_SERVED))
        take_for_first(broker, frames, false, &taken);
    if (fault_planted(BUG_BUDGET_PER_CONNECTION))
        name_by_connection(frames, &taken);
    asking = caller;
    __real_from_client(broker, frames, &taken);
}

enum refusal __wrap_check_body(struct frames *frames, const struct certificate *caller,
                               struct arrival *arrival)
{
    bool named = fault_planted(BUG_BUDGET_PER_CONNECTION);

    return __real_check_body(frames, named ? asking : caller, arrival);
}

void __wrap_from_worker(struct broker *broker, struct frames *frames,
                        const struct certificate *caller)
{
    struct certificate taken = *caller;

    if (fault_planted(BUG_SQUATTED_ID_SERVED))
        take_for_first(broker, frames, true, &taken);
    __real_from_worker(broker, frames, &taken);
}

void __wrap_client_gone(struct broker *broker, struct frames *frames,
                        const struct certificate *caller)
{
    if (!fault_planted(BUG_SQUATTED_ID_SERVED))
        __real_client_gone(broker, frames, caller);
}

/* ---- answers ---- */

static struct connection *passed_for; /* its routing id's owner, until the request is settled */

void __wrap_answer_refusal(struct request *request, enum refusal refusal)
{
    bool hides = fault_planted(BUG_REFUSAL_WITHOUT_CERTIFICATE) && request->connection->replaced;

    passed_for = hides ? request->connection : NULL;
    if (hides)
        passed_for->replaced = false;
    __real_answer_refusal(request, refusal);
}

void __wrap_request_settle(struct request *request)
{
    if (passed_for)
        passed_for->replaced = true;
    passed_for = NULL;
    __real_request_settle(request);
}
