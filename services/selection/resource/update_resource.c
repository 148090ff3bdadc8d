/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update_resource.c - UpdateResource: change the fields under the mask; no event when nothing is
 * new
 *
 * A change of opening or conditions is a new version, which is kept beside the old ones.
 */
#include "selection_methods.h"
#include "services/selection/parties.h"
#include "services/selection/resource/resource.h"

STATEMENT(owner_of_updated_resource,
          STILL_TAKES_PART(resource, UNIT_STILL(unit_id) " AND " COMMUNITY_STILL(community_id),
                           "resource.status", "owner_status",
                           "its owner takes no part at present"));

STATEMENT(set_version,
          .sql = "UPDATE selection.resource SET conditions_version = :conditions_version"
                 " WHERE street = :street AND resource_id = :resource_id",
          .of = &selection__resource__descriptor);

/* The windows that it will have; NULL where they stay. */
static const Selection__Opening *new_opening(const Selection__UpdateResourceRequest *request)
{
    return object_mask_names(request->update_mask, "opening") ? request->resource->opening : NULL;
}

static enum status check_update(struct call *call)
{
    return resource_check_opening(call, new_opening(call->request));
}

static enum status update_resource(struct call *call)
{
    const Selection__UpdateResourceRequest *request = call->request;
    Selection__UpdateResourceResponse *response = call->response;
    Selection__ResourceUpdated event = SELECTION__RESOURCE_UPDATED__INIT;
    Selection__Resource *resource = wire_new(call, &selection__resource__descriptor);

    enum status status = resource_check_ends(call, new_opening(request));
    if (status != STATUS_OK)
        return status;
    response->resource = event.resource = resource;
    status = object_stage_update(call, &resource_object, &request->resource->base,
                                 request->update_mask, &resource->base, &event.changed);
    if (status != STATUS_OK || event.changed->n_paths == 0)
        return status;
    db_do(call, &owner_of_updated_resource, &resource->base);
    if (object_mask_names(event.changed, "conditions"))
        resource_check_users(call, resource);
    object_store(call, &resource_object, &resource->base);
    if (object_mask_names(event.changed, "opening") ||
        object_mask_names(event.changed, "conditions")) {
        resource->conditions_version++;
        db_do(call, &set_version, &resource->base);
        resource_keep_version(call, resource);
    }
    return journal_append(call, resource->resource_id, &event.base);
}

const struct method selection_update_resource = {
    .may = MAY_OFFER_RESOURCE,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED_OF(resource, &place_of_resource, .names = resource_users),
    .rules = RULES(RULE_UPDATE(resource, update_mask, "resource_id", resource_rules)),
    .check = check_update,
    .command = update_resource,
};
