/* SPDX-License-Identifier: Apache-2.0 */
/* methods.h - the rows of the registry, one a file */
#pragma once

#include "libcommon/service/method.h"

extern const struct method registry_create_street, registry_get_street, registry_list_streets,
    registry_update_street;
extern const struct method registry_create_community, registry_get_community,
    registry_batch_get_communities, registry_list_communities, registry_update_community,
    registry_change_community;
extern const struct method registry_register_unit, registry_get_unit, registry_batch_get_units,
    registry_list_units, registry_update_unit, registry_change_unit;
extern const struct method registry_register_person, registry_get_person, registry_batch_get_people,
    registry_list_people, registry_update_person, registry_change_person, registry_reveal_phone;
extern const struct method registry_grant_role, registry_get_role_grant, registry_list_role_grants,
    registry_change_role_grant;
extern const struct method registry_pair_unit, registry_list_pairings, registry_update_pairing,
    registry_change_pairing;
extern const struct method registry_create_alliance, registry_list_alliances,
    registry_join_alliance, registry_list_alliance_members, registry_change_alliance_member;
extern const struct method registry_draft_agreement, registry_get_agreement,
    registry_list_agreements, registry_update_agreement, registry_change_agreement;
