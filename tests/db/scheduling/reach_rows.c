/* SPDX-License-Identifier: Apache-2.0 */
/* reach_rows.c - what the methods of scheduling are called with */
#include "reach_rows.h"
#include "services/scheduling/permissions.h"

#define PERSON(name, unit)                                                                         \
    "INSERT INTO person VALUES ('$STREET', '" name "', " unit ", 'ACTIVE', 1);"
#define ACTIVITY(name, community, status)                                                          \
    "INSERT INTO activity VALUES ('$STREET', '" name "', '义诊', '', 'SERVICE_POINT', " community  \
    ", '{}', NULL, NULL, jsonb_build_object('firstStartLocal', to_char(now() + '10 days',"         \
    " 'YYYY-MM-DD\"T\"09:00:00'), 'durationMinutes', 60), 10, 0, 0, 0, '" status "', now(),"       \
    " now(), 1);"
#define OCCURRENCE(name, activity, community, taken)                                                \
    "INSERT INTO occurrence VALUES ('$STREET', '" name "', '" activity "', '" name "', to_char("    \
    "now() + '10 days', 'YYYY-MM-DD\"T\"09:00:00'), 60, now() + '10 days', now() + '10 days 1"      \
    " hour', now() - interval '1 day', now() + '9 days', " community ", '义诊', 'SERVICE_POINT'," \
    " NULL, NULL, 10, 0, " taken ", 0, 'SCHEDULED', now(), now(), 1);"
#define BOOKING(name, community, unit, days)                                                       \
    "INSERT INTO booking VALUES ('$STREET', '" name "', '$COURT', " community ", " unit ", '{}',"  \
    " NULL, now() + '" days " days', now() + '" days " days 1 hour', '', '{\"everyone\": true}',"  \
    " 1, 'BOOKED', now(), now(), 1);"
#define SIGN_UP(name, occurrence, person, community, unit)                                         \
    "INSERT INTO sign_up VALUES ('$STREET', '" name "', '" occurrence "', '" person                \
    "', " community ", " unit ", 0, 'SIGNED_UP', now(), now(), 1);"

/* clang-format off */
const char *const reach_objects =
    "INSERT INTO community VALUES ('$STREET', '$COMMUNITY', 'ACTIVE', 1);"
    "INSERT INTO unit VALUES ('$STREET', '$UNIT', 'SIGNED', 1);"
    "INSERT INTO resource VALUES ('$STREET', '$COURT', NULL, '{\"everyone\": true}', 1, 'OFFERED', 1);"
    "INSERT INTO follower VALUES ('$STREET', 'registry', 9, 9) ON CONFLICT DO NOTHING;"
    PERSON("$PERSON", "'$UNIT'") PERSON("$WORKER", "'$UNIT'") PERSON("$VISITOR", "NULL")
    PERSON("$THIRD", "NULL")
    ACTIVITY("$DRAFT", "'$COMMUNITY'", "DRAFT") ACTIVITY("$OFFICE_DRAFT", "NULL", "DRAFT")
    ACTIVITY("$ORGANISED", "NULL", "DRAFT")
    "UPDATE activity SET unit_ids = '{$UNIT}' WHERE activity_id = '$ORGANISED';"
    ACTIVITY("$ACTIVITY", "'$COMMUNITY'", "PUBLISHED") ACTIVITY("$OFFICE_ACTIVITY", "NULL", "PUBLISHED")
    OCCURRENCE("$DATE", "$ACTIVITY", "'$COMMUNITY'", "1")
    OCCURRENCE("$OFFICE_DATE", "$OFFICE_ACTIVITY", "NULL", "3")
    BOOKING("$BOOKING", "'$COMMUNITY'", "NULL", "1") BOOKING("$UNIT_BOOKING", "NULL", "'$UNIT'", "2")
    BOOKING("$OFFICE_BOOKING", "NULL", "NULL", "3")
    /* of an activity of the community, of a worker of the unit, of the one who calls, of none of
     * them */
    SIGN_UP("$GUEST", "$DATE", "$THIRD", "'$COMMUNITY'", "NULL")
    SIGN_UP("$COLLEAGUE", "$OFFICE_DATE", "$WORKER", "NULL", "'$UNIT'")
    SIGN_UP("$MINE", "$OFFICE_DATE", "$PERSON", "NULL", "NULL")
    SIGN_UP("$STRANGER", "$OFFICE_DATE", "$THIRD", "NULL", "NULL");

#define PLANNED "'title': '义诊', 'kind': 'SERVICE_POINT', 'schedule': {'firstStartLocal': '2026-06-29T09:00:00'," \
    " 'durationMinutes': 60}}}"
#define BOOKED "'startTime': '$SOON01:00:00Z', 'endTime': '$SOON02:00:00Z'}}"
#define STEP(action) "'action': '" action "', 'reason': '因故', 'revision': 1}"

const struct reach_row reach_rows[] = {
    {"Rebuild", OF_STREET, "{'service': 'registry'}"},

    {"CreateActivity", OF_COMMUNITY, "{'activity': {'communityId': '$COMMUNITY', " PLANNED},
    {"CreateActivity", OF_STREET, "{'activity': {" PLANNED},
    {"GetActivity", OF_STREET, "{'activityId': '$ACTIVITY'}", .shows = "$ACTIVITY"},
    {"GetActivity", OF_COMMUNITY, "{'activityId': '$DRAFT'}", .shows = "$DRAFT", .step = MAY_SEE_PLAN},
    {"GetActivity", OF_UNIT, "{'activityId': '$ORGANISED'}", .shows = "$ORGANISED", .step = MAY_SEE_PLAN},
    {"ListActivities", OF_STREET, "{}", .shows = "$ACTIVITY"},
    {"ListActivities", OF_COMMUNITY, "{}", .shows = "$DRAFT", .step = MAY_SEE_PLAN},
    {"ListActivities", OF_UNIT, "{}", .shows = "$ORGANISED", .step = MAY_SEE_PLAN},
    {"UpdateActivity", OF_COMMUNITY, "{'activity': {'activityId': '$DRAFT', 'title': '理发', 'revision': 1},"
        " 'updateMask': 'title'}"},
    {"UpdateActivity", OF_STREET, "{'activity': {'activityId': '$OFFICE_DRAFT', 'title': '理发', 'revision': 1,"
        " 'schedule': {'firstStartLocal': '2026-06-29T09:00:00', 'durationMinutes': 60}}, 'updateMask': 'title,schedule'}"},
    {"ChangeActivity", OF_COMMUNITY, "{'activityId': '$DRAFT', " STEP("PUBLISH")},
    {"ChangeActivity", OF_COMMUNITY, "{'activityId': '$ACTIVITY', " STEP("CANCEL")},
    {"ChangeActivity", OF_STREET, "{'activityId': '$OFFICE_DRAFT', " STEP("PUBLISH")},

    {"AnswerActivity", OF_UNIT, "{'activityId': '$ORGANISED', 'unitId': '$UNIT', 'answer': 'AGREE', 'revision': 1}"},

    {"GetOccurrence", OF_STREET, "{'occurrenceId': '$DATE'}", .shows = "$DATE"},
    {"ListOccurrences", OF_STREET, "{}", .shows = "$DATE"},
    {"ChangeOccurrence", OF_COMMUNITY, "{'occurrenceId': '$DATE', " STEP("CANCEL")},
    {"ChangeOccurrence", OF_STREET, "{'occurrenceId': '$OFFICE_DATE', " STEP("CANCEL")},
    {"MoveOccurrence", OF_COMMUNITY, "{'occurrenceId': '$DATE', 'startLocal': '$SOON09:00:00', 'revision': 1}"},
    {"RebookOccurrence", OF_COMMUNITY, "{'occurrenceId': '$DATE', 'resourceId': '$COURT', 'revision': 1}"},

    {"BookResource", OF_COMMUNITY, "{'booking': {'resourceId': '$COURT', 'communityId': '$COMMUNITY', " BOOKED},
    {"BookResource", OF_UNIT, "{'booking': {'resourceId': '$COURT', 'unitId': '$UNIT', " BOOKED},
    {"BookResource", OF_STREET, "{'booking': {'resourceId': '$COURT', " BOOKED},
    {"GetBooking", OF_STREET, "{'bookingId': '$BOOKING'}", .shows = "$BOOKING"},
    {"ListBookings", OF_STREET, "{}", .shows = "$UNIT_BOOKING"},
    {"ChangeBooking", OF_COMMUNITY, "{'bookingId': '$BOOKING', " STEP("CANCEL")},
    {"ChangeBooking", OF_UNIT, "{'bookingId': '$UNIT_BOOKING', " STEP("CANCEL")},
    {"ChangeBooking", OF_STREET, "{'bookingId': '$OFFICE_BOOKING', " STEP("CANCEL")},

    {"SignUpPerson", OF_COMMUNITY, "{'occurrenceId': '$DATE', 'personId': '$VISITOR'}"},
    {"SignUpPerson", OF_COMMUNITY | OF_UNIT, "{'occurrenceId': '$DATE', 'personId': '$WORKER'}"},
    {"SignUpPerson", OF_COMMUNITY | OF_UNIT | OF_PERSON, "{'occurrenceId': '$DATE', 'personId': '$PERSON'}"},
    {"SignUpPerson", OF_STREET, "{'occurrenceId': '$OFFICE_DATE', 'personId': '$VISITOR'}"},
    {"GetSignUp", OF_COMMUNITY, "{'signUpId': '$GUEST'}", .shows = "$GUEST"},
    {"GetSignUp", OF_UNIT, "{'signUpId': '$COLLEAGUE'}", .shows = "$COLLEAGUE"},
    {"GetSignUp", OF_UNIT | OF_PERSON, "{'signUpId': '$MINE'}", .shows = "$MINE"},
    {"GetSignUp", OF_STREET, "{'signUpId': '$STRANGER'}", .shows = "$STRANGER"},
    {"ListSignUps", OF_COMMUNITY, "{}", .shows = "$GUEST"},
    {"ListSignUps", OF_UNIT, "{}", .shows = "$COLLEAGUE"},
    {"ListSignUps", OF_UNIT | OF_PERSON, "{}", .shows = "$MINE"},
    {"ListSignUps", OF_STREET, "{}", .shows = "$STRANGER"},
    {"ListSignUps", OF_COMMUNITY, "{'occurrenceId': '$DATE'}", .shows = "$GUEST"},
    {"ListSignUps", OF_UNIT, "{'occurrenceId': '$OFFICE_DATE'}", .shows = "$COLLEAGUE"},
    {"ListSignUps", OF_UNIT, "{'personId': '$WORKER'}", .shows = "$COLLEAGUE"},
    {"ListSignUps", OF_UNIT | OF_PERSON, "{'personId': '$PERSON'}", .shows = "$MINE"},
    {"ChangeSignUp", OF_COMMUNITY, "{'signUpId': '$GUEST', " STEP("CANCEL")},
    {"ChangeSignUp", OF_UNIT, "{'signUpId': '$COLLEAGUE', " STEP("CANCEL")},
    {"ChangeSignUp", OF_UNIT | OF_PERSON, "{'signUpId': '$MINE', " STEP("CANCEL")},
    {"ChangeSignUp", OF_STREET, "{'signUpId': '$STRANGER', " STEP("CANCEL")},
    {0},
};
/* clang-format on */
