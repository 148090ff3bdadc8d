/* SPDX-License-Identifier: Apache-2.0 */
/* alliance.c - the tables of alliance.h */
#include "services/registry/alliance/alliance.h"

#include "registry_unit.pb-c.h"
#include "services/registry/place.h"

#define ALLIANCE_STATUS(name) REGISTRY__ALLIANCE_STATUS__ALLIANCE_STATUS_##name
#define ALLIANCE_ACTION(name) REGISTRY__ALLIANCE_ACTION__ALLIANCE_ACTION_##name
#define STATUS(name) REGISTRY__ALLIANCE_MEMBER_STATUS__ALLIANCE_MEMBER_STATUS_##name
#define ACTION(name) REGISTRY__ALLIANCE_MEMBER_ACTION__ALLIANCE_MEMBER_ACTION_##name

/* ---- alliances ---- */

const struct rule alliance_rules[] = {RULE_TEXT(name, 1, 60), RULES_END};
const struct rule alliance_created_rules[] = {RULE_TEXT(name, 1, 60), RULE_ENUM(level),
                                              RULE_UUID_IF_SET(community_id), RULES_END};

static const struct transition alliance_transitions[] = {
    {ALLIANCE_STATUS(ACTIVE), ALLIANCE_ACTION(END), ALLIANCE_STATUS(ENDED), MAY_WRITE_PARTNERSHIP,
     true, "dissolved; final; its name becomes free; its members leave"},
    {0},
};

const struct life_cycle alliance_life_cycle = {
    .table = alliance_transitions,
    .statuses = &registry__alliance_status__descriptor,
    .actions = &registry__alliance_action__descriptor,
};

static const struct column alliance_columns[] = {
    COLUMN(alliance_id),          KEYED(name),      COLUMN(level),
    NULLABLE(community_id, uuid), COLUMN(status),   FIXED(create_time),
    COLUMN(update_time),          COLUMN(revision), {0},
};

static const struct db_violation alliance_violations[] = {
    {"alliance_name_key", STATUS_ALREADY_EXISTS, "alliance.name", "unique_in_street",
     "another alliance of this street has this name"},
    {"alliance_name_key_key", STATUS_ALREADY_EXISTS, "alliance.name", "unique_in_street",
     "another alliance of this street has this name, but for case, width or what is invisible"},
    NO_COMMUNITY("alliance", "alliance_community"),
    {"alliance_place", STATUS_INVALID_ARGUMENT, "alliance.community_id", "place",
     "an alliance of a community names it, one of the street names none"},
    {0},
};

OBJECT(alliance, registry__alliance__descriptor, .noun = "alliance", .id = "alliance_id",
       .table = "registry.alliance", .columns = alliance_columns, .violations = alliance_violations,
       .life_cycle = &alliance_life_cycle);

/* ---- members ---- */

static const struct transition transitions[] = {
    {STATUS(ACTIVE), ACTION(LEAVE), STATUS(LEFT), MAY_WRITE_PARTNERSHIP, true,
     "final; the unit may join again"},
    {0},
};

const struct life_cycle alliance_member_life_cycle = {
    .table = transitions,
    .statuses = &registry__alliance_member_status__descriptor,
    .actions = &registry__alliance_member_action__descriptor,
};

static const struct column member_columns[] = {
    COLUMN(membership_id),   COLUMN(alliance_id),
    COLUMN(unit_id),         COLUMN(joined_on),
    NULLABLE(left_on, date), COLUMN(status),
    FIXED(create_time),      COLUMN(update_time),
    COLUMN(revision),        {0},
};

static const struct db_violation member_violations[] = {
    {"alliance_member_active_key", STATUS_ALREADY_EXISTS, "member.unit_id", "member",
     "the unit is a member of this alliance"},
    {"alliance_member_alliance", STATUS_NOT_FOUND, "member.alliance_id", "exists",
     "no such alliance in this street"},
    NO_UNIT("member", "alliance_member_unit"),
    {0},
};

#define LEAVING_MEMBERS                                                                            \
    "SELECT {columns}, coalesce(left_on,"                                                          \
    " (:now::timestamptz AT TIME ZONE s.time_zone)::date) AS left_on"                              \
    " FROM registry.stream s JOIN registry.alliance_member m USING (street)"                       \
    " WHERE street = :street"

STATEMENT(leaving_member_select, .sql = LEAVING_MEMBERS " AND membership_id = :membership_id",
          .object = &alliance_member_object, .of = &registry__alliance_member__descriptor,
          .one_row = {STATUS_NOT_FOUND, .rule = "exists"});
OBJECT_INSERT(alliance_member, registry__alliance_member__descriptor);
OBJECT_UPDATE(alliance_member, registry__alliance_member__descriptor);

const struct object alliance_member_object = {
    .noun = "membership",
    .id = "membership_id",
    .of = &registry__alliance_member__descriptor,
    .table = "registry.alliance_member",
    .columns = member_columns,
    .violations = member_violations,
    .life_cycle = &alliance_member_life_cycle,
    .select = &leaving_member_select,
    .insert = &alliance_member_insert,
    .update = &alliance_member_update,
};

/* ---- ending ---- */

SHARED_STATEMENT(
    alliance_members_of_unit,
    .sql = LEAVING_MEMBERS
    " AND unit_id = :object_id AND status = 'ACTIVE' ORDER BY alliance_id " ENDING_LIMIT,
    .object = &alliance_member_object, .of = &type__cause__descriptor);
SHARED_STATEMENT(alliance_members_of_alliance,
                 .sql = LEAVING_MEMBERS " AND alliance_id = :object_id AND status = 'ACTIVE'"
                                        " ORDER BY membership_id " ENDING_LIMIT,
                 .object = &alliance_member_object, .of = &type__cause__descriptor);
SHARED_STATEMENT(alliances_of_community,
                 .sql = "SELECT {columns} FROM registry.alliance WHERE street = :street"
                        " AND community_id = :object_id AND status = 'ACTIVE'"
                        " ORDER BY alliance_id " ENDING_LIMIT,
                 .object = &alliance_object, .of = &type__cause__descriptor);

enum status alliance_end(struct call *call, ProtobufCMessage *alliance, const struct why *why)
{
    Registry__AllianceChanged event = REGISTRY__ALLIANCE_CHANGED__INIT;
    enum status status = object_step(call, &alliance_object, ALLIANCE_ACTION(END), alliance);

    if (status != STATUS_OK)
        return status;
    event.alliance = (Registry__Alliance *)alliance;
    event.action = ALLIANCE_ACTION(END);
    event.reason = (char *)why->reason;
    event.cause = why->cause;
    status = journal_append(call, event.alliance->alliance_id, &event.base);
    return status == STATUS_OK ? ends_follow(call, alliance, why->reason) : status;
}

enum status alliance_member_end(struct call *call, ProtobufCMessage *member, const struct why *why)
{
    Registry__AllianceMemberChanged event = REGISTRY__ALLIANCE_MEMBER_CHANGED__INIT;
    enum status status = object_step(call, &alliance_member_object, ACTION(LEAVE), member);

    if (status != STATUS_OK)
        return status;
    event.member = (Registry__AllianceMember *)member;
    event.action = ACTION(LEAVE);
    event.reason = (char *)why->reason;
    event.cause = why->cause;
    return journal_append(call, event.member->membership_id, &event.base);
}
