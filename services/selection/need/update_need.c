/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update_need.c - UpdateNeed: change the fields under the mask; no event when nothing is new
 *
 * Of an open need all of them, its days as long as somebody works on it: who set a day can put it
 * off.
 */
#include <string.h>

#include "selection_methods.h"
#include "services/selection/need/need.h"
#include "services/selection/parties.h"

STATEMENT(asker_of_updated_need,
          STILL_TAKES_PART(need, UNIT_STILL(unit_id), "need.unit_id", "unit_status",
                           "the unit is suspended or withdrawn"));

static bool is_day(const char *field)
{
    return strcmp(field, "wanted_from_on") == 0 || strcmp(field, "wanted_to_on") == 0 ||
           strcmp(field, "deadline_on") == 0;
}

static enum status check_changed(struct call *call, const Selection__Need *need,
                                 const Google__Protobuf__FieldMask *changed)
{
    if (need->status == SELECTION__NEED_STATUS__NEED_STATUS_OPEN)
        return STATUS_OK;
    if (need->status == SELECTION__NEED_STATUS__NEED_STATUS_DONE)
        return call_fail(call, STATUS_FAILED_PRECONDITION, "need.status", "final",
                         "a need changes no more once it is done");
    for (size_t i = 0; i < changed->n_paths; i++)
        if (!is_day(changed->paths[i]))
            return call_fail(call, STATUS_FAILED_PRECONDITION, "need.status", "final",
                             "only its days change once somebody works on it");
    return STATUS_OK;
}

static enum status update_need(struct call *call)
{
    const Selection__UpdateNeedRequest *request = call->request;
    Selection__UpdateNeedResponse *response = call->response;
    Selection__NeedUpdated event = SELECTION__NEED_UPDATED__INIT;
    Selection__Need *need = wire_new(call, &selection__need__descriptor);

    response->need = event.need = need;
    enum status status = object_stage_update(call, &need_object, &request->need->base,
                                             request->update_mask, &need->base, &event.changed);
    if (status == STATUS_OK)
        status = check_changed(call, need, event.changed);
    if (status != STATUS_OK || event.changed->n_paths == 0)
        return status;
    if (object_mask_names(event.changed, "wanted_to_on"))
        db_do(call, &need_wanted_ahead, &need->base);
    if (object_mask_names(event.changed, "deadline_on"))
        db_do(call, &need_deadline_ahead, &need->base);
    db_do(call, &asker_of_updated_need, &need->base);
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
