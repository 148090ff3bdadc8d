/* SPDX-License-Identifier: Apache-2.0 */
/* reach_rows.c - what the methods of project selection are called with */
#include "reach_rows.h"
#include "services/selection/permissions.h"

/* A sheet is one of its unit and programme, so each status has a programme of its own. */
#define PROGRAMME(name, status)                                                                    \
    "INSERT INTO programme VALUES ('$STREET', '" name "', 2026, '" name "', jsonb_build_object("   \
    "'projects', jsonb_build_array(jsonb_build_object('projectId', '$TICKED', 'title', '共建',"  \
    " 'kind', 'CATALOGUE_PROJECT_KIND_MANDATORY'))), 0, '2000-01-01', '2100-12-31', '" status "'," \
    " now(), now(), 1);"
#define SHEET(name, programme, status)                                                             \
    "INSERT INTO tick_sheet VALUES ('$STREET', '" name "', '" programme "', '$UNIT',"              \
    " '{$TICKED}', '" status "', '', now(), now(), 1);"
#define RESOURCE(name, community, unit)                                                            \
    "INSERT INTO resource VALUES ('$STREET', '" name "', " community ", " unit ", '" name "',"     \
    " 'VENUE', 10, NULL, '{\"everyone\": true}', 1, 'OFFERED', now(), now(), 1);"
#define NEED(name, community, unit, status, claim)                                                 \
    "INSERT INTO need VALUES ('$STREET', '" name "', " community ", " unit ", '停车位', '',"    \
    " 'VENUE', 1, '2026-07-01', '2099-12-31', 'HIGH', NULL, '" status "', " claim ", NULL, now()," \
    " now(), 1);"
#define CLAIM(name, need, unit, status)                                                            \
    "INSERT INTO claim VALUES ('$STREET', '" name "', '" need "', '" unit "', '{}', NULL, '',"     \
    " '" status "', '', now(), now(), 1);"

/* clang-format off */
const char *const reach_objects =
    "INSERT INTO community VALUES ('$STREET', '$COMMUNITY', '社区', 'ACTIVE', 1);"
    "INSERT INTO unit VALUES ('$STREET', '$UNIT', '单位', 'BANK', 'SIGNED', 1);"
    "INSERT INTO follower VALUES ('$STREET', 'registry', 9, 9) ON CONFLICT DO NOTHING;"
    PROGRAMME("$DRAFT", "DRAFT") PROGRAMME("$PROGRAMME", "PUBLISHED")
    PROGRAMME("$TICKING", "PUBLISHED") PROGRAMME("$REVIEWING", "PUBLISHED")
    SHEET("$SHEET", "$TICKING", "DRAFT") SHEET("$SUBMITTED", "$REVIEWING", "SUBMITTED")
    RESOURCE("$COURT", "'$COMMUNITY'", "NULL") RESOURCE("$HALL", "NULL", "'$UNIT'")
    RESOURCE("$SQUARE", "NULL", "NULL")
    "INSERT INTO resource_version VALUES ('$STREET', '$VERSION', '$COURT', 1, NULL,"
    " '{\"everyone\": true}', now());"
    NEED("$NEED", "'$COMMUNITY'", "NULL", "OPEN", "NULL")
    NEED("$UNIT_NEED", "NULL", "'$UNIT'", "OPEN", "NULL")
    NEED("$STREET_NEED", "NULL", "NULL", "OPEN", "NULL")
    NEED("$CLAIMED", "'$COMMUNITY'", "NULL", "CLAIMED", "'$CLAIM'")
    NEED("$UNIT_CLAIMED", "NULL", "'$UNIT'", "CLAIMED", "'$UNIT_CLAIM'")
    NEED("$MET", "'$COMMUNITY'", "NULL", "IN_PROGRESS", "'$WORK'")
    CLAIM("$CLAIM", "$CLAIMED", "$UNIT", "SUBMITTED")
    CLAIM("$UNIT_CLAIM", "$UNIT_CLAIMED", "$THEIR_UNIT", "SUBMITTED")
    CLAIM("$WORK", "$MET", "$UNIT", "APPROVED")
    NEED("$JOINT", "NULL", "NULL", "CLAIMED", "'$JOINTLY'")
    "INSERT INTO claim VALUES ('$STREET', '$JOINTLY', '$JOINT', '$LEADER', '{$UNIT}', NULL, '', 'SUBMITTED', '',"
    " now(), now(), 1);"
    "INSERT INTO project VALUES ('$STREET', '$JOINED', NULL, '共享停车', '{$UNIT}', '$UNIT', '{$COMMUNITY}', NULL,"
    " NULL, '', 'PLANNED', now(), now(), 1);"
    "INSERT INTO project VALUES ('$STREET', '$PROJECT', '$COMMUNITY', '共享停车', '{$UNIT}',"
    " '$UNIT', '{}', NULL, NULL, '', 'PLANNED', now(), now(), 1);";

#define WANTED                                                                                     \
    "'title': '停车位', 'category': 'VENUE', 'quantity': 1, 'wantedFromOn': '2026-07-01',"         \
    " 'wantedToOn': '2099-12-31', 'priority': 'HIGH'}}"
#define OPENING "'opening': {'windows': [{'rrule': 'FREQ=DAILY', 'from': '08:00', 'until': '20:00'}]}"
#define OFFERED "'name': '球场', 'category': 'VENUE', 'conditions': {'everyone': true}, " OPENING "}}"
#define STEP(action) "'action': '" action "', 'reason': '因故', 'revision': 1}"

const struct reach_row reach_rows[] = {
    {"Rebuild", OF_STREET, "{'service': 'registry'}"},

    {"CreateProgramme", OF_STREET, "{'programme': {'year': 2026, 'name': '13355', 'tickFromOn': '2026-01-01',"
        " 'tickUntilOn': '2026-12-31', 'catalogue': {'projects': [{'kind': 'MANDATORY', 'title': '共建'}]}}}"},
    {"MakeNameKeys", OF_STREET, "{}"},
    {"GetProgramme", OF_STREET, "{'programmeId': '$PROGRAMME'}", .shows = "$PROGRAMME"},
    {"ListProgrammes", OF_STREET, "{}", .shows = "$PROGRAMME"},
    {"GetProgramme", OF_STREET, "{'programmeId': '$DRAFT'}", .shows = "$DRAFT", .step = MAY_SEE_PROGRAMME},
    {"ListProgrammes", OF_STREET, "{}", .shows = "$DRAFT", .step = MAY_SEE_PROGRAMME},
    {"UpdateProgramme", OF_STREET, "{'programme': {'programmeId': '$DRAFT', 'name': '13355', 'revision': 1},"
        " 'updateMask': 'name'}"},
    {"ChangeProgramme", OF_STREET, "{'programmeId': '$DRAFT', " STEP("PUBLISH")},

    {"OpenTickSheet", OF_UNIT, "{'programmeId': '$PROGRAMME', 'unitId': '$UNIT'}"},
    {"GetTickSheet", OF_UNIT, "{'sheetId': '$SHEET'}", .shows = "$SHEET"},
    {"ListTickSheets", OF_UNIT, "{}", .shows = "$SHEET"},
    {"ListTickSheets", OF_UNIT, "{'unitId': '$UNIT'}", .shows = "$SHEET"},
    {"UpdateTickSheet", OF_UNIT, "{'sheet': {'sheetId': '$SHEET', 'projectIds': [], 'revision': 1},"
        " 'updateMask': 'projectIds'}"},
    {"ChangeTickSheet", OF_UNIT, "{'sheetId': '$SHEET', " STEP("SUBMIT")},
    {"ChangeTickSheet", OF_UNIT, "{'sheetId': '$SUBMITTED', " STEP("CONFIRM"), .step = MAY_REVIEW_SHEET},
    {"ChangeTickSheet", OF_UNIT, "{'sheetId': '$SUBMITTED', " STEP("RETURN"), .step = MAY_REVIEW_SHEET},

    {"OfferResource", OF_COMMUNITY, "{'resource': {'communityId': '$COMMUNITY', " OFFERED},
    {"OfferResource", OF_UNIT, "{'resource': {'unitId': '$UNIT', " OFFERED},
    {"OfferResource", OF_STREET, "{'resource': {" OFFERED},
    {"GetResource", OF_STREET, "{'resourceId': '$COURT'}", .shows = "$COURT"},
    {"ListResources", OF_STREET, "{}", .shows = "$HALL"},
    {"UpdateResource", OF_COMMUNITY, "{'resource': {'resourceId': '$COURT', 'capacity': 5, 'revision': 1},"
        " 'updateMask': 'capacity'}"},
    {"UpdateResource", OF_UNIT, "{'resource': {'resourceId': '$HALL', 'capacity': 5, 'revision': 1},"
        " 'updateMask': 'capacity'}"},
    {"UpdateResource", OF_STREET, "{'resource': {'resourceId': '$SQUARE', 'capacity': 5, 'revision': 1, " OPENING "},"
        " 'updateMask': 'capacity,opening'}"},
    {"ChangeResource", OF_COMMUNITY, "{'resourceId': '$COURT', " STEP("PAUSE")},
    {"ChangeResource", OF_UNIT, "{'resourceId': '$HALL', " STEP("WITHDRAW")},
    {"ListResourceVersions", OF_STREET, "{'resourceId': '$COURT'}", .shows = "$VERSION"},
    {"ListResourceVersions", OF_STREET, "{}", .shows = "$VERSION"},

    {"RaiseNeed", OF_COMMUNITY, "{'need': {'communityId': '$COMMUNITY', " WANTED},
    {"RaiseNeed", OF_UNIT, "{'need': {'unitId': '$UNIT', " WANTED},
    {"RaiseNeed", OF_STREET, "{'need': {" WANTED},
    {"GetNeed", OF_STREET, "{'needId': '$NEED'}", .shows = "$NEED"},
    {"ListNeeds", OF_STREET, "{}", .shows = "$UNIT_NEED"},
    {"UpdateNeed", OF_COMMUNITY, "{'need': {'needId': '$NEED', 'quantity': 5, 'revision': 1}, 'updateMask': 'quantity'}"},
    {"UpdateNeed", OF_UNIT, "{'need': {'needId': '$UNIT_NEED', 'quantity': 5, 'revision': 1}, 'updateMask': 'quantity'}"},
    {"UpdateNeed", OF_STREET, "{'need': {'needId': '$STREET_NEED', 'quantity': 5, 'revision': 1},"
        " 'updateMask': 'quantity'}"},
    {"ChangeNeed", OF_COMMUNITY, "{'needId': '$NEED', " STEP("CALL_OFF")},
    {"ChangeNeed", OF_UNIT, "{'needId': '$UNIT_NEED', " STEP("CALL_OFF")},

    {"ClaimNeed", OF_UNIT, "{'claim': {'needId': '$NEED', 'leadUnitId': '$UNIT'}}"},
    {"GetClaim", OF_STREET, "{'claimId': '$CLAIM'}", .shows = "$CLAIM"},
    {"ListClaims", OF_STREET, "{}", .shows = "$CLAIM"},
    {"ChangeClaim", OF_UNIT, "{'claimId': '$CLAIM', " STEP("LEAVE")},
    {"ChangeClaim", OF_UNIT, "{'claimId': '$WORK', " STEP("FINISH")},
    {"DeclineClaim", OF_UNIT, "{'claimId': '$JOINTLY', 'unitId': '$UNIT', 'reason': '未曾同意', 'revision': 1}"},
    {"ReviewClaim", OF_COMMUNITY, "{'claimId': '$CLAIM', " STEP("APPROVE")},
    {"ReviewClaim", OF_COMMUNITY, "{'claimId': '$WORK', " STEP("REVOKE")},
    {"ReviewClaim", OF_UNIT, "{'claimId': '$UNIT_CLAIM', " STEP("REFUSE")},

    {"StartProject", OF_COMMUNITY, "{'project': {'communityId': '$COMMUNITY', 'title': '共享停车', 'unitIds': ['$UNIT'],"
        " 'grewFrom': {'needIds': ['$NEED']}}}"},
    {"StartProject", OF_STREET, "{'project': {'title': '共享停车', 'unitIds': ['$UNIT']}}"},
    {"GetProject", OF_STREET, "{'projectId': '$PROJECT'}", .shows = "$PROJECT"},
    {"ListProjects", OF_STREET, "{}", .shows = "$PROJECT"},
    {"UpdateProject", OF_COMMUNITY, "{'project': {'projectId': '$PROJECT', 'title': '停车', 'revision': 1},"
        " 'updateMask': 'title'}"},
    {"DeclineProject", OF_UNIT, "{'projectId': '$JOINED', 'unitId': '$UNIT', 'reason': '未曾同意', 'revision': 1}"},
    {"DeclineProject", OF_COMMUNITY, "{'projectId': '$JOINED', 'communityId': '$COMMUNITY', 'reason': '未曾同意',"
        " 'revision': 1}"},
    {"ChangeProject", OF_COMMUNITY, "{'projectId': '$PROJECT', " STEP("BEGIN")},
    {0},
};
/* clang-format on */
