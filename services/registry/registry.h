/* SPDX-License-Identifier: Apache-2.0 */
/* registry.h - what all methods of the registry see: the contract's types and who may do what */
#pragma once

#include "libcommon/service/journal.h"
#include "libcommon/service/method.h"
#include "libcommon/service/object.h"
#include "registry_events.pb-c.h"
#include "registry_service.pb-c.h"

/* Who may do what. Lists and objects of the registry are open to everybody who takes part in the
 * street. */
enum {
    MAY_READ = ROLE_BIT(OPERATOR) | ROLE_BIT(SERVICE) | ROLE_BIT(GATEWAY) | ROLE_BIT(STREET_STAFF) |
               ROLE_BIT(COMMUNITY_STAFF) | ROLE_BIT(UNIT_CONTACT) | ROLE_BIT(VOLUNTEER) |
               ROLE_BIT(SHOP) | ROLE_BIT(INTEGRATOR),
    MAY_LIST_STREETS = ROLE_BIT(OPERATOR) | ROLE_BIT(SERVICE),
    MAY_CREATE_STREET = ROLE_BIT(OPERATOR),
    MAY_WRITE_STREET = ROLE_BIT(OPERATOR) | ROLE_BIT(STREET_STAFF),
    MAY_WRITE_COMMUNITY = ROLE_BIT(STREET_STAFF),
    MAY_WRITE_UNIT = ROLE_BIT(STREET_STAFF),
    MAY_SUSPEND_UNIT = ROLE_BIT(STREET_STAFF),
};

extern const struct service registry_service;
