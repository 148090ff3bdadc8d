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

STATEMENT(member_unit, UNIT_OF("member", registry__alliance_member__descriptor));
STATEMENT(member_unit_status, UNIT_GOES_ON("member", registry__alliance_member__descriptor));
STATEMENT(member_alliance,
          .sql = "SELECT FROM (SELECT status FROM registry.alliance WHERE street = :street"
                 " AND alliance_id = :alliance_id OFFSET 0) a WHERE status = 'ENDED'",
          .of = &registry__alliance_member__descriptor);

static enum status check_alliance(struct call *call, const Registry__AllianceMember *member)
{
    const PGresult *rows;
    enum status status = db_query(call, &member_alliance, &member->base, &rows);

    if (status != STATUS_OK || PQntuples(rows) == 0)
        return status;
    return call_fail(call, STATUS_FAILED_PRECONDITION, "member.alliance_id", "ended",
                     "the alliance has ended");
}

static enum status join_alliance(struct call *call)
{
    const Registry__JoinAllianceRequest *request = call->request;
    Registry__JoinAllianceResponse *response = call->response;
    Registry__AllianceJoined event = REGISTRY__ALLIANCE_JOINED__INIT;
    Registry__AllianceMember *member = wire_copy(call, &request->member->base);

    enum status status = check_alliance(call, member);
    if (status != STATUS_OK)
        return status;
    member->membership_id = call_new_id(call);
    member->left_on = (char *)"";
    member->status = REGISTRY__ALLIANCE_MEMBER_STATUS__ALLIANCE_MEMBER_STATUS_ACTIVE;
    db_do(call, &member_unit, &member->base);
    db_do(call, &member_unit_status, &member->base);
    object_insert(call, &alliance_member_object, &member->base);

    response->member = event.member = member;
    return journal_append(call, member->membership_id, &event.base);
}

const struct method registry_join_alliance = {
    .may = MAY_WRITE_PARTNERSHIP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_MESSAGE(member, member_rules)),
    .command = join_alliance,
};
