/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change_agreement.c - ChangeAgreement: one step along agreement_life_cycle, and what follows from
 * it
 *
 * SIGN       within its term: timers are set, the agreement that it renews is RENEWED, a prospect
 *            is SIGNED
 * TERMINATE  timers are cancelled, a unit whose last agreement it was is a prospect again
 */
#include "registry_methods.h"
#include "services/registry/agreement/agreement.h"
#include "services/registry/unit/unit.h"

#define STATUS(name) REGISTRY__AGREEMENT_STATUS__AGREEMENT_STATUS_##name
#define ACTION(name) REGISTRY__AGREEMENT_ACTION__AGREEMENT_ACTION_##name
#define UNIT_STATUS(name) REGISTRY__UNIT_STATUS__UNIT_STATUS_##name

static enum status find_running_term(struct call *call, const Registry__Agreement *agreement,
                                     struct term *ret)
{
    enum status status = agreement_read_term(call, agreement, ret);

    if (status != STATUS_OK || ret->runs)
        return status;
    if (!agreement->signed_on[0])
        return call_fail(call, STATUS_FAILED_PRECONDITION, "action", "term",
                         "it does not say when it was signed");
    (void)!call_fail(call, STATUS_FAILED_PRECONDITION, "action", "term",
                     "today is not within its term, %s to %s", agreement->signed_on,
                     agreement->valid_to_on);
    (void)!call_add_param(call, (struct violation_param){"from", .text = agreement->signed_on});
    return call_add_param(call, (struct violation_param){"until", .text = agreement->valid_to_on});
}

static enum status renew(struct call *call, const Registry__Agreement *agreement)
{
    Registry__Agreement *renewed = wire_new(call, &registry__agreement__descriptor);

    if (!agreement->renews_agreement_id[0])
        return STATUS_OK;
    renewed->agreement_id = agreement->renews_agreement_id;
    enum status status = object_load(call, &agreement_object, "agreement_id", &renewed->base);
    if (status != STATUS_OK || renewed->status != STATUS(IN_FORCE))
        return status; /* it ended before */
    return agreement_leave(call, renewed, ACTION(RENEW), BECAUSE(""));
}

static enum status hold_unit(struct call *call, const Registry__Agreement *agreement)
{
    Registry__Unit *unit = wire_new(call, &registry__unit__descriptor);

    unit->unit_id = agreement->unit_id;
    enum status status = object_load(call, &unit_object, "agreement_id", &unit->base);
    if (status != STATUS_OK || unit->status != UNIT_STATUS(PROSPECT))
        return status;
    return unit_step(call, unit, REGISTRY__UNIT_ACTION__UNIT_ACTION_SIGN);
}

static enum status sign(struct call *call, const Registry__Agreement *agreement,
                        const struct term *term)
{
    agreement_set_timers(call, agreement, term);
    enum status status = renew(call, agreement);

    return status == STATUS_OK ? hold_unit(call, agreement) : status;
}

static enum status terminate(struct call *call, const Registry__Agreement *agreement)
{
    agreement_cancel_timers(call, agreement);
    return agreement_release_unit(call, agreement);
}

static enum status change_agreement(struct call *call)
{
    const Registry__ChangeAgreementRequest *request = call->request;
    Registry__ChangeAgreementResponse *response = call->response;
    Registry__AgreementChanged event = REGISTRY__AGREEMENT_CHANGED__INIT;
    Registry__Agreement *agreement = wire_new(call, &registry__agreement__descriptor);
    const struct change change = {request->action, request->reason, request->revision};
    struct term term;

    agreement->agreement_id = request->agreement_id;
    enum status status = object_stage_change(call, &agreement_object, &change, &agreement->base);
    if (status == STATUS_OK && request->action == ACTION(SIGN))
        status = find_running_term(call, agreement, &term);
    if (status != STATUS_OK)
        return status;
    object_store(call, &agreement_object, &agreement->base);
    response->agreement = event.agreement = agreement;
    event.action = request->action;
    event.reason = request->reason;
    status = journal_append(call, agreement->agreement_id, &event.base);
    if (status != STATUS_OK)
        return status;
    return request->action == ACTION(SIGN) ? sign(call, agreement, &term)
                                           : terminate(call, agreement);
}

const struct method registry_change_agreement = {
    .may = MAY_WRITE_PARTNERSHIP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(agreement_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_agreement,
};
