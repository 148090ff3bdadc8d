/* SPDX-License-Identifier: Apache-2.0 */
/*
 * draft_agreement.c - DraftAgreement: add one agreement, as a draft
 *
 * Request -> agreement_rules -> one row -> AgreementDrafted. Queues its statements and waits for
 * nothing.
 */
#include "registry_methods.h"
#include "services/registry/agreement/agreement.h"

static enum status draft_agreement(struct call *call)
{
    const Registry__DraftAgreementRequest *request = call->request;
    Registry__DraftAgreementResponse *response = call->response;
    Registry__AgreementDrafted event = REGISTRY__AGREEMENT_DRAFTED__INIT;
    Registry__Agreement *agreement = wire_copy(call, &request->agreement->base);

    agreement->agreement_id = call_new_id(call);
    agreement->status = REGISTRY__AGREEMENT_STATUS__AGREEMENT_STATUS_DRAFT;
    if (agreement->community_id[0])
        db_do(call, &agreement_community, &agreement->base);
    db_do(call, &agreement_unit, &agreement->base);
    object_insert(call, &agreement_object, &agreement->base);

    response->agreement = event.agreement = agreement;
    return journal_append(call, agreement->agreement_id, &event.base);
}

const struct method registry_draft_agreement = {
    .may = MAY_WRITE_PARTNERSHIP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_MESSAGE(agreement, agreement_rules)),
    .command = draft_agreement,
};
