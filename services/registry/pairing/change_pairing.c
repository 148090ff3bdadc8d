/* SPDX-License-Identifier: Apache-2.0 */
/* change_pairing.c - ChangePairing: one step along pairing_life_cycle */
#include "registry_methods.h"
#include "services/registry/pairing/pairing.h"

static enum status change_pairing(struct call *call)
{
    const Registry__ChangePairingRequest *request = call->request;
    Registry__ChangePairingResponse *response = call->response;
    Registry__PairingChanged event = REGISTRY__PAIRING_CHANGED__INIT;
    Registry__Pairing *pairing = wire_new(call, &registry__pairing__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    pairing->pairing_id = request->pairing_id;
    enum status status = object_change(call, &ending_pairing_object, &change, &pairing->base);
    if (status != STATUS_OK)
        return status;
    response->pairing = event.pairing = pairing;
    event.action = request->action;
    event.reason = request->reason;
    return journal_append(call, pairing->pairing_id, &event.base);
}

const struct method registry_change_pairing = {
    .may = MAY_WRITE_PARTNERSHIP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(pairing_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_pairing,
};
