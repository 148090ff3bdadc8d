/* SPDX-License-Identifier: Apache-2.0 */
/* get_street.c - GetStreet: the street of the header */
#include "methods.h"
#include "street.h"

static const struct db_stmt select_street = {
    .name = "select_street",
    .sql = "SELECT street, " STREET_COLUMNS " FROM registry.street WHERE street = $1",
    .one_row = {STATUS_NOT_FOUND, "street", "exists", "no such street here"},
};

const struct method registry_get_street = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .query = &select_street,
    .into = "street",
};
