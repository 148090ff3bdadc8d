/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raise_need.c - RaiseNeed: add one need, as open
 *
 * Request -> need_raised_rules -> does the asker take part, are its days to come? -> one row ->
 * NeedRaised. Queues its statements and waits for nothing.
 */
#include "selection_methods.h"
#include "services/selection/need/need.h"
#include "services/selection/parties.h"

STATEMENT(asking_community, COMMUNITY_TAKES_PART(need, community_id, "need.community_id"));
STATEMENT(asking_unit, UNIT_TAKES_PART(need, unit_id, "need.unit_id"));

static enum status raise_need(struct call *call)
{
    const Selection__RaiseNeedRequest *request = call->request;
    Selection__RaiseNeedResponse *response = call->response;
    Selection__NeedRaised event = SELECTION__NEED_RAISED__INIT;
    Selection__Need *need = wire_copy(call, &request->need->base);

    need->need_id = call_new_id(call);
    need->status = SELECTION__NEED_STATUS__NEED_STATUS_OPEN;
    need->claim_id = need->project_id = (char *)"";
    db_do(call, &asking_community, &need->base);
    db_do(call, &asking_unit, &need->base);
    db_do(call, &need_wanted_ahead, &need->base);
    db_do(call, &need_deadline_ahead, &need->base);
    object_insert(call, &need_object, &need->base);

    response->need = event.need = need;
    return journal_append(call, need->need_id, &event.base);
}

const struct method selection_raise_need = {
    .may = MAY_RAISE_NEED,
    .scope = SCOPE_STREET,
    .place = PLACE_FIELDS(.community_id = "need.community_id", .unit_id = "need.unit_id"),
    .rules = RULES(RULE_MESSAGE(need, need_raised_rules)),
    .command = raise_need,
};
