/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ends.c - what becomes of sheets, resources, needs, claims and projects where what they point to
 * ends or pauses
 *
 * Units and communities end in the registry, which follow.c reacts to; the others here.
 */
#include "services/selection/ends.h"

#include "registry_community.pb-c.h"
#include "registry_unit.pb-c.h"
#include "services/selection/claim/claim.h"
#include "services/selection/need/need.h"
#include "services/selection/programme/programme.h"
#include "services/selection/project/project.h"
#include "services/selection/resource/resource.h"
#include "services/selection/tick_sheet/tick_sheet.h"

#define CLAIM &selection__claim__descriptor
#define NEED &selection__need__descriptor
#define PROGRAMME &selection__programme__descriptor
#define PROJECT &selection__project__descriptor
#define RESOURCE &selection__resource__descriptor
#define SHEET &selection__tick_sheet__descriptor

/* Those of an object that are open and point to the cause's. */
#define OPEN(o, id, condition, statuses)                                                           \
    .sql = "SELECT {columns} FROM {table} WHERE street = :street AND " condition                   \
           " AND status IN (" statuses ") ORDER BY " id " " ENDING_LIMIT,                          \
    .object = &o##_object, .of = &type__cause__descriptor
#define BY(field) field " = :object_id::uuid"
#define AMONG(field) ":object_id::uuid = ANY(" field ")"

#define SHEET_OPEN "'DRAFT', 'SUBMITTED', 'RETURNED'"
#define RESOURCE_OPEN "'OFFERED', 'PAUSED'"
#define NEED_OPEN "'OPEN', 'CLAIMED', 'IN_PROGRESS'"
#define CLAIM_OPEN "'SUBMITTED', 'APPROVED'"
#define PROJECT_OPEN "'PLANNED', 'IN_PROGRESS'"

STATEMENT(sheets_of_unit, OPEN(tick_sheet, "sheet_id", BY("unit_id"), SHEET_OPEN));
STATEMENT(sheets_of_programme,
          OPEN(tick_sheet, "sheet_id", BY("programme_id"), "'DRAFT', 'RETURNED'"));
STATEMENT(resources_of_unit, OPEN(resource, "resource_id", BY("unit_id"), RESOURCE_OPEN));
STATEMENT(resources_of_community, OPEN(resource, "resource_id", BY("community_id"), RESOURCE_OPEN));
STATEMENT(needs_of_unit, OPEN(need, "need_id", BY("unit_id"), NEED_OPEN));
STATEMENT(needs_of_community, OPEN(need, "need_id", BY("community_id"), NEED_OPEN));
STATEMENT(claims_of_lead, OPEN(claim, "claim_id", BY("lead_unit_id"), CLAIM_OPEN));
STATEMENT(claims_of_partner, OPEN(claim, "claim_id", AMONG("partner_unit_ids"), CLAIM_OPEN));
STATEMENT(claims_of_resource, OPEN(claim, "claim_id", BY("resource_id"), CLAIM_OPEN));
STATEMENT(projects_of_unit, OPEN(project, "project_id", AMONG("unit_ids"), PROJECT_OPEN));
STATEMENT(projects_run_by, OPEN(project, "project_id", BY("community_id"), PROJECT_OPEN));
STATEMENT(projects_of_community, OPEN(project, "project_id", AMONG("community_ids"), PROJECT_OPEN));

/* ---- communities and units ---- */

static const char need_ends[] = "OPEN: CALL_OFF; CLAIMED, IN_PROGRESS: its claim is refused or"
                                " revoked, a project lets it go, then CALL_OFF; DONE: the street"
                                " accepts it, or opens it again, then CALL_OFF";

static const struct ending community_dissolved[] = {
    {RESOURCE, "community_id", ENDS, "OFFERED, PAUSED: WITHDRAW", &resources_of_community,
     resource_end},
    {RESOURCE, "conditions.community_ids", STAYS, "nobody books for it any more"},
    {NEED, "community_id", ENDS, need_ends, &needs_of_community, need_end},
    {PROJECT, "community_id", ENDS, "PLANNED, IN_PROGRESS: CANCEL; its needs are OPEN again",
     &projects_run_by, project_end},
    {PROJECT, "community_ids", GOES_ON, "PLANNED, IN_PROGRESS: it is taken out",
     &projects_of_community, project_lose_community},
    {0},
};

static const struct ending unit_withdrawn[] = {
    {SHEET, "unit_id", ENDS, "DRAFT, SUBMITTED, RETURNED: DROP", &sheets_of_unit, sheet_end},
    {RESOURCE, "unit_id", ENDS, "OFFERED, PAUSED: WITHDRAW", &resources_of_unit, resource_end},
    {RESOURCE, "conditions.unit_ids", STAYS, "nobody books for it any more"},
    {NEED, "unit_id", ENDS, need_ends, &needs_of_unit, need_end},
    {CLAIM, "lead_unit_id", ENDS,
     "SUBMITTED, APPROVED: LEAVE; the need is OPEN again; DONE: the asker accepts or"
     " revokes it",
     &claims_of_lead, claim_end},
    {CLAIM, "partner_unit_ids", GOES_ON, "SUBMITTED, APPROVED: it is taken out", &claims_of_partner,
     claim_lose_partner},
    {PROJECT, "unit_ids", GOES_ON,
     "PLANNED, IN_PROGRESS: it is taken out; CANCEL where it was the only one", &projects_of_unit,
     project_lose_unit},
    {PROJECT, "lead_unit_id", GOES_ON, "it is taken out with unit_ids"},
    {0},
};

static const struct ending unit_suspended[] = {
    {SHEET, "unit_id", WAITS,
     "no OpenTickSheet, no change of what is ticked, no SUBMIT, no CONFIRM; RETURN and DROP"},
    {RESOURCE, "unit_id", WAITS,
     "no OfferResource, no change, no RESUME, and nobody books it; PAUSE and WITHDRAW"},
    {RESOURCE, "conditions.unit_ids", STAYS, "it books nothing meanwhile"},
    {NEED, "unit_id", WAITS,
     "no RaiseNeed, no change, nobody claims it, no APPROVE; CALL_OFF, REFUSE, ACCEPT, REVOKE"},
    {CLAIM, "lead_unit_id", WAITS, "no ClaimNeed, no APPROVE, no FINISH; LEAVE"},
    {CLAIM, "partner_unit_ids", WAITS, "no ClaimNeed, no APPROVE"},
    {PROJECT, "unit_ids", WAITS, "no StartProject, no BEGIN; staff take it out by UpdateProject"},
    {PROJECT, "lead_unit_id", STAYS, "see unit_ids"},
    {0},
};

/* ---- selection's own ---- */

static const struct ending programme_closed[] = {
    {SHEET, "programme_id", ENDS,
     "DRAFT, RETURNED: DROP; SUBMITTED: the street confirms or drops it", &sheets_of_programme,
     sheet_end},
    {PROJECT, "grew_from.programme_id", STAYS, "it says where the project came from"},
    {0},
};

static const struct ending programme_dropped[] = {
    {SHEET, "programme_id", STAYS, "a draft has no sheets"},
    {PROJECT, "grew_from.programme_id", STAYS, "it says where the project came from"},
    {0},
};

static const struct ending resource_withdrawn[] = {
    {CLAIM, "resource_id", GOES_ON, "SUBMITTED, APPROVED: it is taken out", &claims_of_resource,
     claim_lose_resource},
    {0},
};

static const struct ending resource_paused[] = {
    {CLAIM, "resource_id", STAYS, "the units see to it before they book"},
    {0},
};

static const struct ending need_over[] = {
    {CLAIM, "need_id", STAYS, "it has ended before, or is ACCEPTED with it"},
    {PROJECT, "grew_from.need_ids", STAYS, "it says where the project came from"},
    {0},
};

static const struct ending claim_accepted[] = {
    {NEED, "claim_id", ENDS, "DONE: ACCEPT"},
    {PROJECT, "grew_from.claim_id", STAYS, "it says where the project came from"},
    {0},
};

static const struct ending claim_off[] = {
    {NEED, "claim_id", GOES_BACK, "CLAIMED, IN_PROGRESS, DONE: REOPEN"},
    {PROJECT, "grew_from.claim_id", STAYS, "it says where the project came from"},
    {0},
};

static const struct ending project_completed[] = {
    {NEED, "project_id", IS_LISTED, "IN_PROGRESS: FINISH; the asker accepts it, or opens it again"},
    {0},
};

static const struct ending project_cancelled[] = {
    {NEED, "project_id", GOES_BACK, "IN_PROGRESS: REOPEN"},
    {0},
};

#define STATUS(of, name) SELECTION__##of##_STATUS__##of##_STATUS_##name
const struct end selection_ends[] = {
    {"community_dissolved", &registry__community__descriptor, "community_id",
     REGISTRY__COMMUNITY_STATUS__COMMUNITY_STATUS_DISSOLVED, community_dissolved},
    {"unit_withdrawn", &registry__unit__descriptor, "unit_id",
     REGISTRY__UNIT_STATUS__UNIT_STATUS_WITHDRAWN, unit_withdrawn},
    {"unit_suspended", &registry__unit__descriptor, "unit_id",
     REGISTRY__UNIT_STATUS__UNIT_STATUS_SUSPENDED, unit_suspended},
    {"programme_closed", PROGRAMME, "programme_id", STATUS(PROGRAMME, CLOSED), programme_closed},
    {"programme_dropped", PROGRAMME, "programme_id", STATUS(PROGRAMME, DROPPED), programme_dropped},
    {"resource_withdrawn", RESOURCE, "resource_id", STATUS(RESOURCE, WITHDRAWN),
     resource_withdrawn},
    {"resource_paused", RESOURCE, "resource_id", STATUS(RESOURCE, PAUSED), resource_paused},
    {"need_accepted", NEED, "need_id", STATUS(NEED, ACCEPTED), need_over},
    {"need_called_off", NEED, "need_id", STATUS(NEED, CALLED_OFF), need_over},
    {"claim_accepted", CLAIM, "claim_id", STATUS(CLAIM, ACCEPTED), claim_accepted},
    {"claim_refused", CLAIM, "claim_id", STATUS(CLAIM, REFUSED), claim_off},
    {"claim_left", CLAIM, "claim_id", STATUS(CLAIM, LEFT), claim_off},
    {"claim_revoked", CLAIM, "claim_id", STATUS(CLAIM, REVOKED), claim_off},
    {"project_completed", PROJECT, "project_id", STATUS(PROJECT, COMPLETED), project_completed},
    {"project_cancelled", PROJECT, "project_id", STATUS(PROJECT, CANCELLED), project_cancelled},
    {0},
};

const struct timer selection_timers[] = {
    {"community_dissolved", ends_go_on},
    {"unit_withdrawn", ends_go_on},
    {"programme_closed", ends_go_on},
    {"resource_withdrawn", ends_go_on},
    {0},
};
