/* SPDX-License-Identifier: Apache-2.0 */
/* get_street.c - GetStreet: the street of the header */
#include "registry_methods.h"
#include "services/registry/street/street.h"

const struct method registry_get_street = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .query = &street_select,
    .into = "street",
};
