/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ends.c - what becomes of activities, occurrences, bookings and sign-ups where what they point to
 * ends or pauses
 *
 * What began already stands. Communities, units, people and resources end elsewhere, which follow.c
 * reacts to; the others here, whose own code says what follows.
 */
#include "services/scheduling/ends.h"

#include "registry_community.pb-c.h"
#include "registry_person.pb-c.h"
#include "registry_unit.pb-c.h"
#include "selection_project.pb-c.h"
#include "services/scheduling/activity/activity.h"
#include "services/scheduling/activity/cancelling.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/sign_up/sign_up.h"

#define ACTIVITY &scheduling__activity__descriptor
#define BOOKING &scheduling__booking__descriptor
#define OCCURRENCE &scheduling__occurrence__descriptor
#define SIGN_UP &scheduling__sign_up__descriptor

/* Those of an object that are open and point to the cause's. */
#define OPEN(o, condition, order)                                                                  \
    .sql = "SELECT {columns} FROM {table} WHERE street = :street AND " condition                   \
           " ORDER BY " order " " ENDING_LIMIT,                                                    \
    .object = &o##_object, .of = &type__cause__descriptor
#define OPEN_ACTIVITY(condition)                                                                   \
    OPEN(activity, condition " AND status IN ('DRAFT', 'PUBLISHED', 'ONGOING')", "activity_id")
#define OPEN_BOOKING(field)                                                                        \
    OPEN(booking, field " = :object_id::uuid AND status = 'BOOKED' AND start_time > :now",         \
         "start_time, booking_id")

STATEMENT(activities_of_community, OPEN_ACTIVITY("community_id = :object_id::uuid"));
STATEMENT(activities_of_unit, OPEN_ACTIVITY(":object_id::uuid = ANY(unit_ids)"));
STATEMENT(activities_of_resource, OPEN_ACTIVITY("resource_id = :object_id::uuid"));
STATEMENT(occurrences_of_resource,
          OPEN(occurrence,
               "resource_id = :object_id::uuid AND status = 'SCHEDULED' AND start_time > :now",
               "start_time, occurrence_id"));
STATEMENT(bookings_of_community, OPEN_BOOKING("community_id"));
STATEMENT(bookings_of_unit, OPEN_BOOKING("unit_id"));
STATEMENT(bookings_of_resource, OPEN_BOOKING("resource_id"));
STATEMENT(sign_ups_of_person,
          OPEN(sign_up,
               "person_id = :object_id::uuid AND status <> 'CANCELLED'"
               " AND EXISTS (SELECT FROM scheduling.occurrence o WHERE o.street = :street"
               " AND o.occurrence_id = sign_up.occurrence_id AND o.start_time > :now)",
               "sign_up_id"));

/* ---- of other services ---- */

static const struct ending community_dissolved[] = {
    {ACTIVITY, "community_id", ENDS, "DRAFT, PUBLISHED, ONGOING: CANCEL; what is held stands",
     &activities_of_community, activity_end},
    {OCCURRENCE, "community_id", ENDS, "SCHEDULED, to come: CANCEL, with its activity"},
    {BOOKING, "community_id", ENDS, "BOOKED, to come: CANCEL", &bookings_of_community, booking_end},
    {BOOKING, "conditions.community_ids", STAYS, "as they were when it was booked"},
    {SIGN_UP, "community_id", ENDS, "of what is to come: CANCEL, with its occurrence"},
    {0},
};

static const struct ending unit_withdrawn[] = {
    {ACTIVITY, "unit_ids", GOES_ON, "DRAFT, PUBLISHED, ONGOING: it is taken out",
     &activities_of_unit, activity_lose_unit},
    {ACTIVITY, "agreed_unit_ids", GOES_ON, "the same, with it"},
    {BOOKING, "unit_id", ENDS, "BOOKED, to come: CANCEL", &bookings_of_unit, booking_end},
    {BOOKING, "conditions.unit_ids", STAYS, "as they were when it was booked"},
    {SIGN_UP, "unit_id", STAYS, "people take part in their own name"},
    {0},
};

static const struct ending unit_suspended[] = {
    {ACTIVITY, "unit_ids", WAITS,
     "no CreateActivity, no AGREE, no PUBLISH; DECLINE, and staff take it out of a draft"},
    {ACTIVITY, "agreed_unit_ids", STAYS, "what it agreed to stands"},
    {BOOKING, "unit_id", WAITS, "no BookResource; those that stand are used, or given back"},
    {BOOKING, "conditions.unit_ids", STAYS, "as they were when it was booked"},
    {SIGN_UP, "unit_id", STAYS, "people take part in their own name"},
    {0},
};

static const struct ending person_left[] = {
    {SIGN_UP, "person_id", ENDS, "of what is to come: CANCEL; who waits is promoted",
     &sign_ups_of_person, sign_up_end},
    {0},
};

static const struct ending resource_withdrawn[] = {
    {OCCURRENCE, "resource_id", GOES_ON, "SCHEDULED, to come: it is taken out, with the booking",
     &occurrences_of_resource, occurrence_lose_resource},
    {ACTIVITY, "resource_id", GOES_ON, "DRAFT, PUBLISHED, ONGOING: it is taken out",
     &activities_of_resource, activity_lose_resource},
    {BOOKING, "resource_id", ENDS, "BOOKED, to come: CANCEL", &bookings_of_resource, booking_end},
    {0},
};

static const struct ending resource_paused[] = {
    {OCCURRENCE, "resource_id", WAITS, "no RebookOccurrence; bookings that stand are used"},
    {ACTIVITY, "resource_id", WAITS, "dates are made, or published, without a booking"},
    {BOOKING, "resource_id", WAITS, "no BookResource; those that stand are used, or given back"},
    {0},
};

static const struct ending project_over[] = {
    {ACTIVITY, "project_id", IS_LISTED,
     "staff cancel what makes no sense any more: ListActivities by project"},
    {0},
};

/* ---- scheduling's own ---- */

static const struct ending activity_over[] = {
    {OCCURRENCE, "activity_id", ENDS, "SCHEDULED, to come: CANCEL"},
    {0},
};

static const struct ending occurrence_cancelled[] = {
    {BOOKING, "occurrence_id", ENDS, "BOOKED: CANCEL"},
    {SIGN_UP, "occurrence_id", ENDS, "SIGNED_UP, WAITING: CANCEL; nobody is promoted"},
    {0},
};

static const struct ending booking_cancelled[] = {
    {OCCURRENCE, "booking_id", GOES_ON, "it is taken out; RebookOccurrence books again"},
    {0},
};

#define STATUS(of, name) SCHEDULING__##of##_STATUS__##of##_STATUS_##name
const struct end scheduling_ends[] = {
    {"community_dissolved", &registry__community__descriptor, "community_id",
     REGISTRY__COMMUNITY_STATUS__COMMUNITY_STATUS_DISSOLVED, community_dissolved},
    {"unit_withdrawn", &registry__unit__descriptor, "unit_id",
     REGISTRY__UNIT_STATUS__UNIT_STATUS_WITHDRAWN, unit_withdrawn},
    {"unit_suspended", &registry__unit__descriptor, "unit_id",
     REGISTRY__UNIT_STATUS__UNIT_STATUS_SUSPENDED, unit_suspended},
    {"person_left", &registry__person_facts__descriptor, "person_id",
     REGISTRY__PERSON_STATUS__PERSON_STATUS_LEFT, person_left},
    {"resource_withdrawn", &selection__resource__descriptor, "resource_id",
     SELECTION__RESOURCE_STATUS__RESOURCE_STATUS_WITHDRAWN, resource_withdrawn},
    {"resource_paused", &selection__resource__descriptor, "resource_id",
     SELECTION__RESOURCE_STATUS__RESOURCE_STATUS_PAUSED, resource_paused},
    {"project_completed", &selection__project__descriptor, "project_id",
     SELECTION__PROJECT_STATUS__PROJECT_STATUS_COMPLETED, project_over},
    {"project_cancelled", &selection__project__descriptor, "project_id",
     SELECTION__PROJECT_STATUS__PROJECT_STATUS_CANCELLED, project_over},
    {"activity_completed", ACTIVITY, "activity_id", STATUS(ACTIVITY, COMPLETED), activity_over},
    {"activity_cancelled", ACTIVITY, "activity_id", STATUS(ACTIVITY, CANCELLED), activity_over},
    {"occurrence_cancelled", OCCURRENCE, "occurrence_id", STATUS(OCCURRENCE, CANCELLED),
     occurrence_cancelled},
    {"booking_cancelled", BOOKING, "booking_id", STATUS(BOOKING, CANCELLED), booking_cancelled},
    {0},
};
