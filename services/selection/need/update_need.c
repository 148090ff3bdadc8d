/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update_need.c - UpdateNeed: change the fields of an open need under the mask; no event when
 * nothing is new
 */
#include "selection_methods.h"
#include "services/selection/need/need.h"

static enum status update_need(struct call *call)
{
    const Selection__UpdateNeedRequest *request = call->request;
    Selection__UpdateNeedResponse *response = call->response;
    Selection__NeedUpdated event = SELECTION__NEED_UPDATED__INIT;
    Selection__Need *need = wire_new(call, &selection__need__descriptor);

    response->need = event.need = need;
    enum status status = object_stage_update(call, &need_object, &request->need->base,
                                             request->update_mask, &need->base, &event.changed);
    if (status != STATUS_OK)
        return status;
    if (need->status != SELECTION__NEED_STATUS__NEED_STATUS_OPEN)
        return call_fail(call, STATUS_FAILED_PRECONDITION, "need.status", "final",
                         "a need changes no more once somebody works on it");
    if (event.changed->n_paths == 0)
        return STATUS_OK;
    if (object_mask_names(event.changed, "wanted_to_on"))
        db_do(call, &need_wanted_ahead, &need->base);
    if (object_mask_names(event.changed, "deadline_on"))
        db_do(call, &need_deadline_ahead, &need->base);
    object_store(call, &need_object, &need->base);
    return journal_append(call, need->need_id, &event.base);
}

const struct method selection_update_need = {
    .may = MAY_RAISE_NEED,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED_OF(need, &place_of_need),
    .rules = RULES(RULE_UPDATE(need, update_mask, "need_id", need_rules)),
    .command = update_need,
};
