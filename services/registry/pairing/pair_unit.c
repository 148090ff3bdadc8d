/* SPDX-License-Identifier: Apache-2.0 */
/* pair_unit.c - PairUnit: a unit and a community that work together from a day on */
#include "registry_methods.h"
#include "services/registry/pairing/pairing.h"
#include "services/registry/place.h"

STATEMENT(pairing_community, COMMUNITY_OF("pairing", registry__pairing__descriptor));
STATEMENT(pairing_unit, UNIT_OF("pairing", registry__pairing__descriptor));
STATEMENT(pairing_unit_status, UNIT_GOES_ON("pairing", registry__pairing__descriptor));

static enum status pair_unit(struct call *call)
{
    const Registry__PairUnitRequest *request = call->request;
    Registry__PairUnitResponse *response = call->response;
    Registry__UnitPaired event = REGISTRY__UNIT_PAIRED__INIT;
    Registry__Pairing *pairing = wire_copy(call, &request->pairing->base);

    pairing->pairing_id = call_new_id(call);
    pairing->ended_on = (char *)"";
    pairing->status = REGISTRY__PAIRING_STATUS__PAIRING_STATUS_ACTIVE;
    db_do(call, &pairing_community, &pairing->base);
    db_do(call, &pairing_unit, &pairing->base);
    db_do(call, &pairing_unit_status, &pairing->base);
    object_insert(call, &pairing_object, &pairing->base);

    response->pairing = event.pairing = pairing;
    return journal_append(call, pairing->pairing_id, &event.base);
}

const struct method registry_pair_unit = {
    .may = MAY_WRITE_PARTNERSHIP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_MESSAGE(pairing, pairing_rules)),
    .command = pair_unit,
};
