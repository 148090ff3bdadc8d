/* SPDX-License-Identifier: Apache-2.0 */
/* alliance.c - the tables of alliance.h */
#include "services/registry/alliance/alliance.h"

#define STATUS(name) REGISTRY__ALLIANCE_MEMBER_STATUS__ALLIANCE_MEMBER_STATUS_##name
#define ACTION(name) REGISTRY__ALLIANCE_MEMBER_ACTION__ALLIANCE_MEMBER_ACTION_##name

static const struct transition transitions[] = {
    {STATUS(ACTIVE), ACTION(LEAVE), STATUS(LEFT), MAY_WRITE_PARTNERSHIP, true,
     "final; the unit may join anew"},
    {0},
};

const struct life_cycle alliance_member_life_cycle = {
    .table = transitions,
    .statuses = &registry__alliance_member_status__descriptor,
    .actions = &registry__alliance_member_action__descriptor,
};

#define LEAVING_MEMBERS                                                                            \
    "SELECT membership_id, alliance_id, unit_id, joined_on, coalesce(left_on,"                     \
    " (:update_time::timestamptz AT TIME ZONE s.time_zone)::date) AS left_on, status, "            \
    "create_time,"                                                                                 \
    " update_time, revision FROM registry.stream s JOIN registry.alliance_member m USING (street)" \
    " WHERE street = :street"

STATEMENT(alliance_member_select, .sql = LEAVING_MEMBERS " AND membership_id = :membership_id",
          .of = &registry__alliance_member__descriptor,
          .one_row = {STATUS_NOT_FOUND, "membership_id", "exists",
                      "no such membership in this street"});

STATEMENT(alliance_member_update,
          .sql = "UPDATE registry.alliance_member SET alliance_id = :alliance_id, unit_id"
                 " = :unit_id, joined_on = :joined_on, left_on = nullif(:left_on,"
                 " '')::date, status = :status, create_time = :create_time, update_time ="
                 " :update_time, revision = :revision WHERE street = :street"
                 " AND membership_id = :membership_id",
          .of = &registry__alliance_member__descriptor);

const struct object alliance_member_object = {
    .noun = "membership",
    .id = "membership_id",
    .select = &alliance_member_select,
    .update = &alliance_member_update,
    .life_cycle = &alliance_member_life_cycle,
};

/* ---- ending ---- */

SHARED_STATEMENT(alliance_members_of_unit,
                 .sql = LEAVING_MEMBERS
                 " AND unit_id = :unit_id AND status = 'ACTIVE' ORDER BY alliance_id",
                 .of = &registry__unit__descriptor);

enum status alliance_member_end(struct call *call, ProtobufCMessage *member, const char *reason)
{
    Registry__AllianceMemberChanged event = REGISTRY__ALLIANCE_MEMBER_CHANGED__INIT;
    enum status status = object_step(call, &alliance_member_object, ACTION(LEAVE), member);

    if (status != STATUS_OK)
        return status;
    event.member = (Registry__AllianceMember *)member;
    event.action = ACTION(LEAVE);
    event.reason = (char *)reason;
    return journal_append(call, event.member->membership_id, &event.base);
}
