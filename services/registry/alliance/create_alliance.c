/* SPDX-License-Identifier: Apache-2.0 */
/* create_alliance.c - CreateAlliance: add an alliance, of the street or of one community */
#include "registry_methods.h"
#include "services/registry/alliance/alliance.h"
#include "services/registry/place.h"

STATEMENT(alliance_community, COMMUNITY_OF("alliance", registry__alliance__descriptor));

static bool is_of_community(const Registry__Alliance *alliance)
{
    return alliance->level == REGISTRY__ALLIANCE_LEVEL__ALLIANCE_LEVEL_COMMUNITY;
}

static enum status check_level(struct call *call)
{
    const Registry__Alliance *alliance =
        ((const Registry__CreateAllianceRequest *)call->request)->alliance;

    return place_must(call, "alliance.community_id", alliance->community_id,
                      is_of_community(alliance));
}

static enum status create_alliance(struct call *call)
{
    const Registry__CreateAllianceRequest *request = call->request;
    Registry__CreateAllianceResponse *response = call->response;
    Registry__AllianceCreated event = REGISTRY__ALLIANCE_CREATED__INIT;
    Registry__Alliance *alliance = wire_copy(call, &request->alliance->base);

    alliance->alliance_id = call_new_id(call);
    alliance->status = REGISTRY__ALLIANCE_STATUS__ALLIANCE_STATUS_ACTIVE;
    if (is_of_community(alliance))
        db_do(call, &alliance_community, &alliance->base);
    object_insert(call, &alliance_object, &alliance->base);

    response->alliance = event.alliance = alliance;
    return journal_append(call, alliance->alliance_id, &event.base);
}

const struct method registry_create_alliance = {
    .may = MAY_WRITE_PARTNERSHIP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_MESSAGE(alliance, alliance_created_rules)),
    .check = check_level,
    .command = create_alliance,
};
