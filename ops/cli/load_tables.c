/* SPDX-License-Identifier: Apache-2.0 */
/* load_tables.c - which columns of which file become which fields of which object */
#include <string.h>

#include "load_sheet.h"
#include "registry_community.pb-c.h"
#include "registry_street.pb-c.h"
#include "registry_unit.pb-c.h"

#define REGISTRY(method) "jusha.registry.v1.RegistryService/" method

const struct sheet street_sheet = {
    .file = "street.csv",
    .type = &registry__street__descriptor,
    .object = "street",
    .list = REGISTRY("GetStreet"),
    .create = REGISTRY("CreateStreet"),
    .update = REGISTRY("UpdateStreet"),
    .id = "street",
    .keys = {"street"},
    .columns = {{"slug", "street", true},
                {"name", "name", true},
                {"time_zone", "time_zone", true},
                {"district", "district"},
                {"division_code", "division_code"},
                {"office", "office.name"},
                {"office_address", "office.address"},
                {"office_phone", "office.phone"}},
};

const struct sheet community_sheet = {
    .file = "communities.csv",
    .type = &registry__community__descriptor,
    .object = "community",
    .objects = "communities",
    .list = REGISTRY("ListCommunities"),
    .create = REGISTRY("CreateCommunity"),
    .update = REGISTRY("UpdateCommunity"),
    .id = "community_id",
    .gone = "COMMUNITY_STATUS_DISSOLVED",
    .keys = {"name"},
    .columns = {{"name", "name", true}, {"division_code", "division_code"}, {"address", "address"}},
};

const struct sheet unit_sheet = {
    .file = "units.csv",
    .type = &registry__unit__descriptor,
    .object = "unit",
    .objects = "units",
    .list = REGISTRY("ListUnits"),
    .create = REGISTRY("RegisterUnit"),
    .update = REGISTRY("UpdateUnit"),
    .id = "unit_id",
    .gone = "UNIT_STATUS_WITHDRAWN",
    .keys = {"credit_code", "name"},
    .columns = {{"name", "name", true},
                {"kind", "kind", true},
                {"credit_code", "credit_code"},
                {"address", "address"},
                {"party_organisation", "party_organisation.name"},
                {"party_members", "party_organisation.member_count"}},
};

size_t sheet_columns(const struct sheet *sheet)
{
    size_t count = 0;

    while (count < SHEET_COLUMNS_MAX && sheet->columns[count].name != NULL)
        count++;
    return count;
}

const char *sheet_column_of(const struct sheet *sheet, const char *field)
{
    size_t prefix = strlen(sheet->object);

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < sheet_columns(sheet); i++)
            if (strcmp(sheet->columns[i].field, field) == 0)
                return sheet->columns[i].name;
        if (strncmp(field, sheet->object, prefix) != 0 || field[prefix] != '.')
            return NULL;
        field += prefix + 1;
    }
    return NULL;
}
