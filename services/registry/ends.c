/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ends.c - what becomes of what points to a community, unit, person, alliance, pairing, agreement
 *
 * Who ends something has the rest follow in the same command (ends_follow): each gets its step and
 * its event, with the same reason.
 */
#include "services/registry/ends.h"

#include "services/registry/agreement/agreement.h"
#include "services/registry/alliance/alliance.h"
#include "services/registry/community/community.h"
#include "services/registry/pairing/pairing.h"
#include "services/registry/person/person.h"
#include "services/registry/role_grant/role_grant.h"
#include "services/registry/unit/unit.h"

#define AGREEMENT &registry__agreement__descriptor
#define ALLIANCE &registry__alliance__descriptor
#define COMMUNITY &registry__community__descriptor
#define MEMBER &registry__alliance_member__descriptor
#define PAIRING &registry__pairing__descriptor
#define PERSON &registry__person__descriptor
#define ROLE_GRANT &registry__role_grant__descriptor
#define UNIT &registry__unit__descriptor

static const struct ending community_dissolved[] = {
    {PAIRING, "community_id", ENDS, "ACTIVE: END", &pairings_of_community, pairing_end},
    {ROLE_GRANT, "community_id", ENDS, "IN_FORCE: REVOKE", &role_grants_of_community,
     role_grant_end},
    {ALLIANCE, "community_id", ENDS, "ACTIVE: END, and its members leave", &alliances_of_community,
     alliance_end},
    {AGREEMENT, "community_id", ENDS,
     "DRAFT, IN_FORCE: TERMINATE; a unit whose last one it was is a PROSPECT again",
     &agreements_of_community, agreement_end},
    {PERSON, "community_id", IS_LISTED, "staff move or erase them: ListPeople by community"},
    {0},
};

static const struct ending unit_withdrawn[] = {
    {AGREEMENT, "unit_id", ENDS, "DRAFT, IN_FORCE: TERMINATE", &agreements_of_unit, agreement_end},
    {PAIRING, "unit_id", ENDS, "ACTIVE: END", &pairings_of_unit, pairing_end},
    {MEMBER, "unit_id", ENDS, "ACTIVE: LEAVE", &alliance_members_of_unit, alliance_member_end},
    {ROLE_GRANT, "unit_id", ENDS, "IN_FORCE: REVOKE", &role_grants_of_unit, role_grant_end},
    {PERSON, "unit_id", IS_LISTED, "staff move or erase them: ListPeople by unit"},
    {0},
};

static const struct ending unit_suspended[] = {
    {AGREEMENT, "unit_id", STAYS, "its term runs on; one in force lets the unit return"},
    {PAIRING, "unit_id", WAITS, "no PairUnit; they part only by END"},
    {MEMBER, "unit_id", WAITS, "no JoinAlliance; it leaves only by LEAVE"},
    {ROLE_GRANT, "unit_id", STAYS,
     "contacts read on, and get out of what the unit is in; new steps are refused"},
    {PERSON, "unit_id", STAYS, "people take part in their own name"},
    {0},
};

static const struct ending person_left[] = {
    {ROLE_GRANT, "holder", ENDS, "IN_FORCE: REVOKE", &role_grants_of_person, role_grant_end},
    {0},
};

static const struct ending alliance_ended[] = {
    {MEMBER, "alliance_id", ENDS, "ACTIVE: LEAVE", &alliance_members_of_alliance,
     alliance_member_end},
    {0},
};

static const struct ending agreement_over[] = {
    {AGREEMENT, "renews_agreement_id", STAYS, "a draft that was to renew it can be signed"},
    {0},
};

const struct end registry_ends[] = {
    {"community_dissolved", COMMUNITY, "community_id",
     REGISTRY__COMMUNITY_STATUS__COMMUNITY_STATUS_DISSOLVED, community_dissolved},
    {"unit_withdrawn", UNIT, "unit_id", REGISTRY__UNIT_STATUS__UNIT_STATUS_WITHDRAWN,
     unit_withdrawn},
    {"unit_suspended", UNIT, "unit_id", REGISTRY__UNIT_STATUS__UNIT_STATUS_SUSPENDED,
     unit_suspended},
    {"person_left", PERSON, "person_id", REGISTRY__PERSON_STATUS__PERSON_STATUS_LEFT, person_left},
    {"alliance_ended", ALLIANCE, "alliance_id", REGISTRY__ALLIANCE_STATUS__ALLIANCE_STATUS_ENDED,
     alliance_ended},
    {"agreement_terminated", AGREEMENT, "agreement_id",
     REGISTRY__AGREEMENT_STATUS__AGREEMENT_STATUS_TERMINATED, agreement_over},
    {"agreement_lapsed", AGREEMENT, "agreement_id",
     REGISTRY__AGREEMENT_STATUS__AGREEMENT_STATUS_LAPSED, agreement_over},
    {"agreement_renewed", AGREEMENT, "agreement_id",
     REGISTRY__AGREEMENT_STATUS__AGREEMENT_STATUS_RENEWED, agreement_over},
    {0},
};

const struct timer registry_timers[] = {
    {AGREEMENT_WARNING, agreement_tell_lapsing},
    {AGREEMENT_LAPSE, agreement_let_lapse},
    {"community_dissolved", ends_go_on},
    {"unit_withdrawn", ends_go_on},
    {"person_left", ends_go_on},
    {"alliance_ended", ends_go_on},
    {0},
};
