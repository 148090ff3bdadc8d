/* SPDX-License-Identifier: Apache-2.0 */
/* change_alliance_member.c - ChangeAllianceMember: one step along alliance_member_life_cycle */
#include "registry_methods.h"
#include "services/registry/alliance/alliance.h"

static enum status change_alliance_member(struct call *call)
{
    const Registry__ChangeAllianceMemberRequest *request = call->request;
    Registry__ChangeAllianceMemberResponse *response = call->response;
    Registry__AllianceMemberChanged event = REGISTRY__ALLIANCE_MEMBER_CHANGED__INIT;
    Registry__AllianceMember *member = wire_new(call, &registry__alliance_member__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    member->membership_id = request->membership_id;
    enum status status = object_change(call, &alliance_member_object, &change, &member->base);
    if (status != STATUS_OK)
        return status;
    response->member = event.member = member;
    event.action = request->action;
    event.reason = request->reason;
    return journal_append(call, member->membership_id, &event.base);
}

const struct method registry_change_alliance_member = {
    .may = MAY_WRITE_PARTNERSHIP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(membership_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_alliance_member,
};
