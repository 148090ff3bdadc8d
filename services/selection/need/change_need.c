/* SPDX-License-Identifier: Apache-2.0 */
/* change_need.c - ChangeNeed: one step along need_life_cycle, of those that are the asker's own */
#include "selection_methods.h"
#include "services/selection/need/need.h"

static enum status change_need(struct call *call)
{
    const Selection__ChangeNeedRequest *request = call->request;
    Selection__ChangeNeedResponse *response = call->response;
    Selection__Need *need = wire_new(call, &selection__need__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    need->need_id = request->need_id;
    enum status status = object_stage_change(call, &need_object, &change, &need->base);
    if (status != STATUS_OK)
        return status;
    if (need->claim_id[0]) /* the need of a live claim moves with it */
        return call_fail(call, STATUS_FAILED_PRECONDITION, "action", "claim",
                         "its claim is accepted or revoked instead");
    if (need->status == SELECTION__NEED_STATUS__NEED_STATUS_OPEN)
        need->project_id = (char *)""; /* which did not meet it */
    object_store(call, &need_object, &need->base);
    response->need = need;
    status = need_say_changed(call, request->action, BECAUSE(request->reason), need);
    return status == STATUS_OK && need->status == SELECTION__NEED_STATUS__NEED_STATUS_OPEN
               ? need_end_after_asker(call, need, request->reason)
               : status;
}

const struct method selection_change_need = {
    .may = MAY_RAISE_NEED,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_need),
    .rules = RULES(RULE_UUID(need_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_need,
};
