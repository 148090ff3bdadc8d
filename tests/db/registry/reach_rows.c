/* SPDX-License-Identifier: Apache-2.0 */
/* reach_rows.c - what the methods of the registry are called with */
#include "reach_rows.h"
#include "services/registry/permissions.h"

#define UNIT(name, status)                                                                         \
    "INSERT INTO unit VALUES ('$STREET', '" name "', '" name "', 'BANK', '', NULL, '',"            \
    " '" status "', now(), now(), 1, '" name "');"
/* Somebody of both, of the community, of the unit, of neither. */
#define PERSON(name, community, unit)                                                              \
    "INSERT INTO person VALUES ('$STREET', '" name "', '某人', 'VOLUNTEER', " community ", " unit  \
    ", '', false, 'ACTIVE', now(), now(), 1);"
/* Who holds these does not call. */
#define GRANT(name, holder, role, community, unit, status)                                         \
    "INSERT INTO role_grant VALUES ('$STREET', '" name "', '" holder "', '" role "', " community   \
    ", " unit ", '2026-01-01', '2100-12-31', '" status "', now(), now(), 1);"
#define AGREEMENT(name, status)                                                                    \
    "INSERT INTO agreement VALUES ('$STREET', '" name "', '$UNIT', NULL, '2000-01-01',"            \
    " '2100-12-31', '', '', NULL, '" status "', now(), now(), 1);"

/* clang-format off */
const char *const reach_objects =
    "INSERT INTO street VALUES ('$STREET', '下沙街道', '', '', 'Asia/Shanghai', NULL, now(), now(), 1)"
    " ON CONFLICT DO NOTHING;"
    "INSERT INTO community VALUES ('$STREET', '$COMMUNITY', '$COMMUNITY', '', '', 'ACTIVE', now(), now(), 1);"
    UNIT("$UNIT", "SIGNED") UNIT("$PROSPECT", "PROSPECT")
    PERSON("$PERSON", "'$COMMUNITY'", "'$UNIT'") PERSON("$RESIDENT", "'$COMMUNITY'", "NULL")
    PERSON("$WORKER", "NULL", "'$UNIT'") PERSON("$VISITOR", "NULL", "NULL")
    GRANT("$STAFF", "$RESIDENT", "COMMUNITY_STAFF", "'$COMMUNITY'", "NULL", "IN_FORCE")
    GRANT("$CONTACT", "$WORKER", "UNIT_CONTACT", "NULL", "'$UNIT'", "IN_FORCE")
    GRANT("$OFFICE", "$VISITOR", "STREET_STAFF", "NULL", "NULL", "IN_FORCE")
    PERSON("$CHIEF", "'$COMMUNITY'", "'$UNIT'")
    GRANT("$CHIEFS", "$CHIEF", "STREET_STAFF", "NULL", "NULL", "IN_FORCE")
    GRANT("$FORMER", "$PERSON", "STREET_STAFF", "NULL", "NULL", "REVOKED")
    "INSERT INTO pairing VALUES ('$STREET', '$PAIRING', '$UNIT', '$COMMUNITY', false, '2026-01-01', NULL, 'ACTIVE',"
    " now(), now(), 1);"
    "INSERT INTO alliance VALUES ('$STREET', '$ALLIANCE', '$ALLIANCE', 'STREET', NULL, now(), now(), 1);"
    "INSERT INTO alliance_member VALUES ('$STREET', '$MEMBER', '$ALLIANCE', '$UNIT', '2026-01-01', NULL, 'ACTIVE',"
    " now(), now(), 1);"
    AGREEMENT("$AGREEMENT", "IN_FORCE") AGREEMENT("$DRAFT", "DRAFT");

#define SOMEBODY "'name': '新人', 'kind': 'VOLUNTEER'}}"
#define STEP(action) "'action': '" action "', 'reason': '因故', 'revision': 1}"
#define DAYS "'fromOn': '2026-01-01', 'untilOn': '2026-12-31'}}"

const struct reach_row reach_rows[] = {
    {"Rebuild", OF_STREET, "{'service': 'registry'}", .ends = STATUS_NOT_FOUND}, /* it follows nobody */

    {"CreateStreet", OF_STREET, "{'street': {'name': '下沙街道', 'timeZone': 'Asia/Shanghai'}}",
        .ends = STATUS_ALREADY_EXISTS},
    {"GetStreet", OF_STREET, "{}", .shows = "$STREET"},
    {"ListStreets", OF_STREET, "{}"},
    {"UpdateStreet", OF_STREET, "{'street': {'name': '白杨街道', 'revision': 1}, 'updateMask': 'name'}"},
    {"GetCalendar", OF_STREET, "{'year': 2026}", .shows = "春节"},
    {"FindWorkingDay", OF_STREET, "{'afterOn': '2026-02-13', 'count': 1}", .shows = "2026-02-14"},
    {"MakeNameKeys", OF_STREET, "{}"},
    {"LeaseLoad", OF_STREET, "{'leaseId': '019336a0-0000-7000-8000-00000000001e', 'seconds': 60}"},

    {"CreateCommunity", OF_STREET, "{'community': {'name': '七格社区'}}"},
    {"GetCommunity", OF_STREET, "{'communityId': '$COMMUNITY'}", .shows = "$COMMUNITY"},
    {"BatchGetCommunities", OF_STREET, "{'communityIds': ['$COMMUNITY']}", .shows = "$COMMUNITY"},
    {"ListCommunities", OF_STREET, "{}", .shows = "$COMMUNITY"},
    {"UpdateCommunity", OF_STREET, "{'community': {'communityId': '$COMMUNITY', 'address': '三号', 'revision': 1},"
        " 'updateMask': 'address'}"},
    {"ChangeCommunity", OF_STREET, "{'communityId': '$COMMUNITY', " STEP("DISSOLVE")},

    {"RegisterUnit", OF_STREET, "{'unit': {'name': '中策橡胶集团', 'kind': 'ENTERPRISE'}}"},
    {"GetUnit", OF_STREET, "{'unitId': '$UNIT'}", .shows = "$UNIT"},
    {"BatchGetUnits", OF_STREET, "{'unitIds': ['$UNIT']}", .shows = "$UNIT"},
    {"ListUnits", OF_STREET, "{}", .shows = "$UNIT"},
    {"UpdateUnit", OF_STREET, "{'unit': {'unitId': '$UNIT', 'address': '三号', 'revision': 1}, 'updateMask': 'address'}"},
    {"ChangeUnit", OF_STREET, "{'unitId': '$UNIT', " STEP("SUSPEND"), .step = MAY_SUSPEND_UNIT},
    {"ChangeUnit", OF_STREET, "{'unitId': '$UNIT', " STEP("WITHDRAW")},

    {"RegisterPerson", OF_COMMUNITY, "{'person': {'communityId': '$COMMUNITY', " SOMEBODY},
    {"RegisterPerson", OF_UNIT, "{'person': {'unitId': '$UNIT', " SOMEBODY},
    {"RegisterPerson", OF_STREET, "{'person': {" SOMEBODY},
    {"GetPerson", OF_COMMUNITY | OF_UNIT | OF_PERSON, "{'personId': '$PERSON'}", .shows = "$PERSON"},
    {"GetPerson", OF_COMMUNITY, "{'personId': '$RESIDENT'}", .shows = "$RESIDENT"},
    {"GetPerson", OF_UNIT, "{'personId': '$WORKER'}", .shows = "$WORKER"},
    {"GetPerson", OF_STREET, "{'personId': '$VISITOR'}", .shows = "$VISITOR"},
    {"BatchGetPeople", OF_COMMUNITY | OF_UNIT | OF_PERSON, "{'personIds': ['$PERSON']}", .shows = "$PERSON"},
    {"BatchGetPeople", OF_COMMUNITY, "{'personIds': ['$PERSON', '$RESIDENT']}", .shows = "$RESIDENT"},
    {"BatchGetPeople", OF_UNIT, "{'personIds': ['$PERSON', '$WORKER']}", .shows = "$WORKER"},
    {"ListPeople", OF_COMMUNITY | OF_UNIT | OF_PERSON, "{}", .shows = "$PERSON"},
    {"ListPeople", OF_COMMUNITY, "{}", .shows = "$RESIDENT"},
    {"ListPeople", OF_UNIT, "{}", .shows = "$WORKER"},
    {"ListPeople", OF_STREET, "{}", .shows = "$VISITOR"},
    {"ListPeople", OF_COMMUNITY, "{'communityId': '$COMMUNITY'}", .shows = "$RESIDENT"},
    {"ListPeople", OF_UNIT, "{'unitId': '$UNIT', 'nameContains': '某'}", .shows = "$WORKER"},
    {"UpdatePerson", OF_COMMUNITY, "{'person': {'personId': '$RESIDENT', 'name': '新名', 'phone': '13800005678',"
        " 'revision': 1}, 'updateMask': 'name,phone'}"},
    {"UpdatePerson", OF_UNIT, "{'person': {'personId': '$WORKER', 'name': '新名', 'revision': 1}, 'updateMask': 'name'}"},
    {"UpdatePerson", OF_STREET, "{'person': {'personId': '$VISITOR', 'name': '新名', 'revision': 1},"
        " 'updateMask': 'name'}"},
    {"UpdatePerson", OF_COMMUNITY | AWAY, "{'person': {'personId': '$RESIDENT', 'communityId': '$THEIR_COMMUNITY',"
        " 'revision': 1}, 'updateMask': 'communityId'}"},
    {"UpdatePerson", OF_UNIT | AWAY, "{'person': {'personId': '$WORKER', 'unitId': '$THEIR_UNIT', 'revision': 1},"
        " 'updateMask': 'unitId'}"},
    {"UpdatePerson", OF_COMMUNITY | AWAY, "{'person': {'personId': '$RESIDENT', 'communityId': '', 'revision': 1},"
        " 'updateMask': 'communityId'}"},
    {"UpdatePerson", OF_COMMUNITY | OF_UNIT | ABOVE, "{'person': {'personId': '$CHIEF', 'name': '新名', 'revision': 1},"
        " 'updateMask': 'name'}"},
    {"ChangePerson", OF_COMMUNITY | OF_UNIT | ABOVE, "{'personId': '$CHIEF', " STEP("LEAVE")},
    {"ChangePerson", OF_COMMUNITY, "{'personId': '$RESIDENT', " STEP("LEAVE")},
    {"ChangePerson", OF_UNIT, "{'personId': '$WORKER', " STEP("LEAVE")},
    {"ChangePerson", OF_STREET, "{'personId': '$VISITOR', " STEP("LEAVE")},
    {"RevealPhone", OF_COMMUNITY | OF_UNIT | OF_PERSON, "{'personId': '$PERSON'}"},
    {"RevealPhone", OF_COMMUNITY, "{'personId': '$RESIDENT'}"},
    {"RevealPhone", OF_UNIT, "{'personId': '$WORKER'}"},

    {"GrantRole", OF_STREET, "{'roleGrant': {'holder': 'ccb', 'role': 'STREET_STAFF', " DAYS},
    {"GrantRole", OF_STREET, "{'roleGrant': {'holder': 'ccb', 'role': 'COMMUNITY_STAFF',"
        " 'communityId': '$COMMUNITY', " DAYS},
    {"GetRoleGrant", OF_COMMUNITY, "{'grantId': '$STAFF'}", .shows = "$STAFF"},
    {"GetRoleGrant", OF_UNIT, "{'grantId': '$CONTACT'}", .shows = "$CONTACT"},
    {"GetRoleGrant", OF_STREET, "{'grantId': '$OFFICE'}", .shows = "$OFFICE"},
    {"GetRoleGrant", OF_PERSON, "{'grantId': '$FORMER'}", .shows = "$FORMER"},
    {"ListRoleGrants", OF_COMMUNITY, "{}", .shows = "$STAFF"},
    {"ListRoleGrants", OF_UNIT, "{}", .shows = "$CONTACT"},
    {"ListRoleGrants", OF_STREET, "{}", .shows = "$OFFICE"},
    {"ListRoleGrants", OF_PERSON, "{}", .shows = "$FORMER"},
    {"ListRoleGrants", OF_COMMUNITY, "{'holder': '$RESIDENT'}", .shows = "$STAFF"},
    {"ChangeRoleGrant", OF_STREET, "{'grantId': '$STAFF', " STEP("REVOKE")},

    {"PairUnit", OF_STREET, "{'pairing': {'unitId': '$PROSPECT', 'communityId': '$COMMUNITY', 'sinceOn': '2026-01-01'}}"},
    {"ListPairings", OF_STREET, "{}", .shows = "$PAIRING"},
    {"UpdatePairing", OF_STREET, "{'pairing': {'pairingId': '$PAIRING', 'leads': true, 'revision': 1},"
        " 'updateMask': 'leads'}"},
    {"ChangePairing", OF_STREET, "{'pairingId': '$PAIRING', " STEP("END")},

    {"CreateAlliance", OF_STREET, "{'alliance': {'name': '微益圈', 'level': 'COMMUNITY', 'communityId': '$COMMUNITY'}}"},
    {"ListAlliances", OF_STREET, "{}", .shows = "$ALLIANCE"},
    {"UpdateAlliance", OF_STREET, "{'alliance': {'allianceId': '$ALLIANCE', 'name': '聚沙联盟', 'revision': 1},"
        " 'updateMask': 'name'}"},
    {"ChangeAlliance", OF_STREET, "{'allianceId': '$ALLIANCE', " STEP("END")},
    {"JoinAlliance", OF_STREET, "{'member': {'allianceId': '$ALLIANCE', 'unitId': '$PROSPECT',"
        " 'joinedOn': '2026-01-01'}}"},
    {"ListAllianceMembers", OF_STREET, "{}", .shows = "$MEMBER"},
    {"ChangeAllianceMember", OF_STREET, "{'membershipId': '$MEMBER', " STEP("LEAVE")},

    {"DraftAgreement", OF_STREET, "{'agreement': {'unitId': '$UNIT', 'validToOn': '2100-12-31'}}"},
    {"GetAgreement", OF_STREET, "{'agreementId': '$AGREEMENT'}", .shows = "$AGREEMENT"},
    {"ListAgreements", OF_STREET, "{}", .shows = "$AGREEMENT"},
    {"GetAgreement", OF_UNIT, "{'agreementId': '$DRAFT'}", .shows = "$DRAFT", .step = MAY_SEE_AGREEMENT},
    {"ListAgreements", OF_UNIT, "{}", .shows = "$DRAFT", .step = MAY_SEE_AGREEMENT},
    {"UpdateAgreement", OF_STREET, "{'agreement': {'agreementId': '$DRAFT', 'document': '一号', 'revision': 1},"
        " 'updateMask': 'document'}"},
    {"ChangeAgreement", OF_STREET, "{'agreementId': '$DRAFT', " STEP("SIGN")},
    {0},
};
/* clang-format on */
