/* SPDX-License-Identifier: Apache-2.0 */
/* update_pairing.c - UpdatePairing: change the fields under the mask; no event when nothing is
 * new */
#include "registry_methods.h"
#include "services/registry/pairing/pairing.h"

#include "libcommon/base/text.h"

/* Whom it pairs stays. */
static const struct rule updatable[] = {RULE_ANY(leads), RULE_DATE(since_on), RULES_END};

static enum status update_pairing(struct call *call)
{
    const Registry__UpdatePairingRequest *request = call->request;
    Registry__UpdatePairingResponse *response = call->response;
    Registry__PairingUpdated event = REGISTRY__PAIRING_UPDATED__INIT;
    Registry__Pairing *pairing = wire_new(call, &registry__pairing__descriptor);

    response->pairing = event.pairing = pairing;
    enum status status = object_update(call, &pairing_object, &request->pairing->base,
                                       request->update_mask, &pairing->base, &event.changed);
    if (status != STATUS_OK || event.changed->n_paths == 0)
        return status;
    return journal_append(call, pairing->pairing_id, &event.base);
}

const struct method registry_update_pairing = {
    .may = MAY_WRITE_PARTNERSHIP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UPDATE(pairing, update_mask, "pairing_id", updatable)),
    .command = update_pairing,
};
