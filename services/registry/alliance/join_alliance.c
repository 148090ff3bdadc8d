/* SPDX-License-Identifier: Apache-2.0 */
/* join_alliance.c - JoinAlliance: a unit becomes a member from a day on */
#include "registry_methods.h"
#include "services/registry/alliance/alliance.h"
#include "services/registry/place.h"

#include "libcommon/base/text.h"

static const struct rule member_rules[] = {
    RULE_UUID(alliance_id),
    RULE_UUID(unit_id),
    RULE_DATE(joined_on),
    RULES_END,
};

static const struct db_violation violations[] = {
    {"alliance_member_active_key", STATUS_ALREADY_EXISTS, "member.unit_id", "member",
     "the unit is a member of this alliance"},
    {"alliance_member_alliance", STATUS_NOT_FOUND, "member.alliance_id", "exists",
     "no such alliance in this street"},
    NO_UNIT("member", "alliance_member_unit"),
    {0},
};

STATEMENT(member_unit, UNIT_OF("member", registry__alliance_member__descriptor));
STATEMENT(insert_alliance_member,
          .sql = "INSERT INTO registry.alliance_member (street, " ALLIANCE_MEMBER_COLUMNS
                 ") VALUES (:street, :membership_id, :alliance_id, :unit_id, :joined_on,"
                 " nullif(:left_on, '')::date, :status, :create_time, :update_time, :revision)",
          .of = &registry__alliance_member__descriptor, .violations = violations);

static enum status join_alliance(struct call *call)
{
    const Registry__JoinAllianceRequest *request = call->request;
    Registry__JoinAllianceResponse *response = call->response;
    Registry__AllianceJoined event = REGISTRY__ALLIANCE_JOINED__INIT;
    Registry__AllianceMember *member = wire_copy(call, &request->member->base);

    member->membership_id = call_new_id(call);
    member->left_on = (char *)"";
    member->status = REGISTRY__ALLIANCE_MEMBER_STATUS__ALLIANCE_MEMBER_STATUS_ACTIVE;
    member->create_time = member->update_time = (Google__Protobuf__Timestamp *)call->now;
    member->revision = 1;
    db_do(call, &member_unit, &member->base);
    db_do(call, &insert_alliance_member, &member->base);

    response->member = event.member = member;
    return journal_append(call, member->membership_id, &event.base);
}

const struct method registry_join_alliance = {
    .may = MAY_WRITE_PARTNERSHIP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_MESSAGE(member, member_rules)),
    .command = join_alliance,
};
