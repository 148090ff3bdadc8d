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
