/* SPDX-License-Identifier: Apache-2.0 */
/* change_resource.c - ChangeResource: one step along resource_life_cycle */
#include "libcommon/service/following/ending.h"
#include "selection_methods.h"
#include "services/selection/parties.h"
#include "services/selection/resource/resource.h"

STATEMENT(owner_of_resumed_resource,
          STILL_TAKES_PART(resource, UNIT_STILL(unit_id) " AND " COMMUNITY_STILL(community_id),
                           "action", "owner_status", "its owner takes no part at present"));

static enum status change_resource(struct call *call)
{
    const Selection__ChangeResourceRequest *request = call->request;
    Selection__ChangeResourceResponse *response = call->response;
    Selection__ResourceChanged event = SELECTION__RESOURCE_CHANGED__INIT;
    Selection__Resource *resource = wire_new(call, &selection__resource__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    resource->resource_id = request->resource_id;
    enum status status = object_stage_change(call, &resource_object, &change, &resource->base);
    if (status != STATUS_OK)
        return status;
    if (request->action == SELECTION__RESOURCE_ACTION__RESOURCE_ACTION_RESUME)
        db_do(call, &owner_of_resumed_resource, &resource->base);
    object_store(call, &resource_object, &resource->base);
    response->resource = event.resource = resource;
    event.action = request->action;
    event.reason = request->reason;
    status = journal_append(call, resource->resource_id, &event.base);
    return status == STATUS_OK ? ends_follow(call, &resource->base, request->reason) : status;
}

const struct method selection_change_resource = {
    .may = MAY_OFFER_RESOURCE,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_resource),
    .rules = RULES(RULE_UUID(resource_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_resource,
};
