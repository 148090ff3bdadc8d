/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offer_resource.c - OfferResource: add one resource with the first version of its conditions
 *
 * Request -> resource_offered_rules, opening windows -> does the owner take part? -> one row, one
 * version -> ResourceOffered. Queues its statements and waits for nothing.
 */
#include "selection_methods.h"
#include "services/selection/parties.h"
#include "services/selection/resource/resource.h"

STATEMENT(owning_community, COMMUNITY_TAKES_PART(resource, community_id, "resource.community_id"));
STATEMENT(owning_unit, UNIT_TAKES_PART(resource, unit_id, "resource.unit_id"));

static enum status check_offer(struct call *call)
{
    const Selection__OfferResourceRequest *request = call->request;

    return resource_check_opening(call, request->resource->opening);
}

static enum status offer_resource(struct call *call)
{
    const Selection__OfferResourceRequest *request = call->request;
    Selection__OfferResourceResponse *response = call->response;
    Selection__ResourceOffered event = SELECTION__RESOURCE_OFFERED__INIT;
    Selection__Resource *resource = wire_copy(call, &request->resource->base);
    enum status status = resource_check_ends(call, resource->opening);

    if (status != STATUS_OK)
        return status;
    resource->resource_id = call_new_id(call);
    resource->conditions_version = 1;
    resource->status = SELECTION__RESOURCE_STATUS__RESOURCE_STATUS_OFFERED;
    db_do(call, &owning_community, &resource->base);
    db_do(call, &owning_unit, &resource->base);
    resource_check_users(call, resource);
    object_insert(call, &resource_object, &resource->base);
    resource_keep_version(call, resource);

    response->resource = event.resource = resource;
    return journal_append(call, resource->resource_id, &event.base);
}

const struct method selection_offer_resource = {
    .may = MAY_OFFER_RESOURCE,
    .scope = SCOPE_STREET,
    .place = PLACE_FIELDS(.community_id = "resource.community_id", .unit_id = "resource.unit_id",
                          .names = resource_users),
    .rules = RULES(RULE_MESSAGE(resource, resource_offered_rules)),
    .check = check_offer,
    .command = offer_resource,
};
