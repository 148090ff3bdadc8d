/* SPDX-License-Identifier: Apache-2.0 */
/* update_agreement.c - UpdateAgreement: change the fields of a draft; no event when nothing is
 * new */
#include "registry_methods.h"
#include "services/registry/agreement/agreement.h"
#include "services/registry/place.h"

static void check_place(struct call *call, const Registry__Agreement *agreement,
                        const Google__Protobuf__FieldMask *changed)
{
    if (object_mask_names(changed, "community_id") && agreement->community_id[0])
        db_do(call, &agreement_community, &agreement->base);
    if (object_mask_names(changed, "unit_id"))
        db_do(call, &agreement_unit, &agreement->base);
}

static enum status update_agreement(struct call *call)
{
    const Registry__UpdateAgreementRequest *request = call->request;
    Registry__UpdateAgreementResponse *response = call->response;
    Registry__AgreementUpdated event = REGISTRY__AGREEMENT_UPDATED__INIT;
    Registry__Agreement *agreement = wire_new(call, &registry__agreement__descriptor);

    response->agreement = event.agreement = agreement;
    enum status status =
        object_stage_update(call, &agreement_object, &request->agreement->base,
                            request->update_mask, &agreement->base, &event.changed);
    if (status != STATUS_OK)
        return status;
    if (agreement->status != REGISTRY__AGREEMENT_STATUS__AGREEMENT_STATUS_DRAFT)
        return call_fail(call, STATUS_FAILED_PRECONDITION, "agreement.status", "final",
                         "the agreement was signed and changes no more");
    if (event.changed->n_paths == 0)
        return STATUS_OK;
    object_store(call, &agreement_object, &agreement->base);
    check_place(call, agreement, event.changed);
    return journal_append(call, agreement->agreement_id, &event.base);
}

const struct method registry_update_agreement = {
    .may = MAY_WRITE_PARTNERSHIP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UPDATE(agreement, update_mask, "agreement_id", agreement_rules)),
    .command = update_agreement,
};
