/* SPDX-License-Identifier: Apache-2.0 */
/* tables.c - which columns of which file become which fields of which objects */
#include <string.h>

#include "json_path.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text_form.h"
#include "registry_agreement.pb-c.h"
#include "registry_alliance.pb-c.h"
#include "registry_community.pb-c.h"
#include "registry_pairing.pb-c.h"
#include "registry_person.pb-c.h"
#include "registry_role_grant.pb-c.h"
#include "registry_street.pb-c.h"
#include "registry_unit.pb-c.h"
#include "scheduling_activity.pb-c.h"
#include "selection_need.pb-c.h"
#include "selection_programme.pb-c.h"
#include "selection_resource.pb-c.h"
#include "sheet.h"

#define REGISTRY(method) "jusha.registry.v1.RegistryService/" method
#define SELECTION(method) "jusha.selection.v1.SelectionService/" method
#define SCHEDULING(method) "jusha.scheduling.v1.SchedulingService/" method

const struct sheet *const sheets[] = {
    &street_sheet,        &community_sheet,       &alliance_sheet, &unit_sheet,
    &pairing_sheet,       &member_sheet,          &contact_sheet,  &agreement_sheet,
    &contact_grant_sheet, &programme_sheet,       &resource_sheet, &need_sheet,
    &volunteer_sheet,     &volunteer_grant_sheet, &series_sheet,   NULL};

const struct sheet street_sheet = {
    .file = "street.csv",
    .type = &registry__street__descriptor,
    .object = "street",
    .objects = "streets",
    .list = REGISTRY("GetStreet"),
    .create = REGISTRY("CreateStreet"),
    .update = REGISTRY("UpdateStreet"),
    .id = "street",
    .keys = {"street"},
    .columns = {{"slug", "street", true},
                {"name", "name", true},
                {"time_zone", "time_zone", true},
                {"district", "district"},
                {"division_code", "division_code", .read = cell_code},
                {"office", "office.name"},
                {"office_address", "office.address"},
                {"office_phone", "office.phone", .read = cell_phone}},
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
    .columns = {{"name", "name", true},
                {"division_code", "division_code", .read = cell_code},
                {"address", "address"}},
};

/* A community's own alliance. */
const struct sheet alliance_sheet = {
    .file = "communities.csv",
    .type = &registry__alliance__descriptor,
    .object = "alliance",
    .objects = "alliances",
    .list = REGISTRY("ListAlliances"),
    .create = REGISTRY("CreateAlliance"),
    .id = "alliance_id",
    .keys = {"name"},
    .when = {"alliance"},
    .constant = {"level", "ALLIANCE_LEVEL_COMMUNITY"},
    .origins = {{&community_sheet, "community_id"}},
    .columns = {{"alliance", "name", true}},
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
                {"credit_code", "credit_code", .read = cell_code},
                {"address", "address"},
                {"party_organisation", "party_organisation.name"},
                {"party_members", "party_organisation.member_count"}},
};

/* ---- what else a row of units.csv means; all of it begins with the agreement ---- */

const struct sheet pairing_sheet = {
    .file = "units.csv",
    .type = &registry__pairing__descriptor,
    .object = "pairing",
    .objects = "pairings",
    .list = REGISTRY("ListPairings"),
    .create = REGISTRY("PairUnit"),
    .id = "pairing_id",
    .gone = "PAIRING_STATUS_ENDED",
    .keys = {"unit_id+community_id"},
    .when = {"community", "agreement_signed_on"},
    .origins = {{&unit_sheet, "unit_id"}},
    .columns = {{"community", "community_id", true,
                 .targets = {{&community_sheet, "community_id"}}},
                {"agreement_signed_on", "since_on", true, .read = cell_day}},
};

const struct sheet member_sheet = {
    .file = "units.csv",
    .type = &registry__alliance_member__descriptor,
    .object = "member",
    .objects = "members",
    .list = REGISTRY("ListAllianceMembers"),
    .create = REGISTRY("JoinAlliance"),
    .id = "membership_id",
    .gone = "ALLIANCE_MEMBER_STATUS_LEFT",
    .keys = {"alliance_id+unit_id"},
    .when = {"alliance", "agreement_signed_on"},
    .origins = {{&unit_sheet, "unit_id"}},
    .columns = {{"alliance", "alliance_id", true, .targets = {{&alliance_sheet, "alliance_id"}}},
                {"agreement_signed_on", "joined_on", true, .read = cell_day}},
};

const struct sheet contact_sheet = {
    .file = "units.csv",
    .type = &registry__person__descriptor,
    .object = "person",
    .objects = "people",
    .list = REGISTRY("ListPeople"),
    .create = REGISTRY("RegisterPerson"),
    .update = REGISTRY("UpdatePerson"),
    .id = "person_id",
    .gone = "PERSON_STATUS_LEFT",
    .keys = {"unit_id+name"},
    .when = {"liaison"},
    .constant = {"kind", "PERSON_KIND_CONTACT", .filters = true},
    .origins = {{&unit_sheet, "unit_id"}},
    .columns = {{"liaison", "name", true}, {"phone", "phone", .once = true, .read = cell_phone}},
};

const struct sheet agreement_sheet = {
    .file = "units.csv",
    .type = &registry__agreement__descriptor,
    .object = "agreement",
    .objects = "agreements",
    .list = REGISTRY("ListAgreements"),
    .create = REGISTRY("DraftAgreement"),
    .update = REGISTRY("UpdateAgreement"),
    .id = "agreement_id",
    .keys = {"unit_id+signed_on"},
    .when = {"agreement_signed_on"},
    .origins = {{&unit_sheet, "unit_id"}},
    .step = {REGISTRY("ChangeAgreement"), "AGREEMENT_STATUS_DRAFT", "AGREEMENT_ACTION_SIGN"},
    .columns = {{"agreement_signed_on", "signed_on", true, .read = cell_day},
                {"agreement_valid_to", "valid_to_on", true, .read = cell_day}},
};

/* The contact speaks for the unit as long as the agreement lasts. */
const struct sheet contact_grant_sheet = {
    .file = "units.csv",
    .type = &registry__role_grant__descriptor,
    .object = "role_grant",
    .objects = "role_grants",
    .list = REGISTRY("ListRoleGrants"),
    .create = REGISTRY("GrantRole"),
    .id = "grant_id",
    .gone = "ROLE_GRANT_STATUS_REVOKED",
    .keys = {"holder+unit_id+from_on+until_on"},
    .when = {"liaison", "agreement_signed_on"},
    .constant = {"role", "ROLE_UNIT_CONTACT", .filters = true},
    .origins = {{&contact_sheet, "holder"}, {&unit_sheet, "unit_id"}},
    .columns = {{"agreement_signed_on", "from_on", true, .read = cell_day},
                {"agreement_valid_to", "until_on", true, .read = cell_day}},
};

/* ---- the year's programme and the lists ---- */

/* Rows of one year and name are one programme; it stays a draft until somebody publishes it. */
const struct sheet programme_sheet = {
    .file = "programme.csv",
    .type = &selection__programme__descriptor,
    .object = "programme",
    .objects = "programmes",
    .list = SELECTION("ListProgrammes"),
    .create = SELECTION("CreateProgramme"),
    .update = SELECTION("UpdateProgramme"),
    .id = "programme_id",
    .keys = {"year+name"},
    .entries = {"catalogue.projects", "title", "project_id"},
    .columns = {{"year", "year", true, .read = cell_year},
                {"name", "name", true},
                {"kind", "catalogue.projects.kind", true},
                {"title", "catalogue.projects.title", true},
                {"electives_min", "electives_min"},
                {"tick_from", "tick_from_on", true, .read = cell_day},
                {"tick_until", "tick_until_on", true, .read = cell_day}},
};

const struct sheet resource_sheet = {
    .file = "resources.csv",
    .type = &selection__resource__descriptor,
    .object = "resource",
    .objects = "resources",
    .list = SELECTION("ListResources"),
    .create = SELECTION("OfferResource"),
    .update = SELECTION("UpdateResource"),
    .id = "resource_id",
    .gone = "RESOURCE_STATUS_WITHDRAWN",
    .keys = {"community_id+unit_id+name"},
    .columns = {{"owner", "community_id", true,
                 .targets = {{&community_sheet, "community_id"}, {&unit_sheet, "unit_id"}}},
                {"name", "name", true},
                {"category", "category", true},
                {"capacity", "capacity"},
                {"opening", "opening", .read = cell_opening},
                {"conditions", "conditions", true, .read = cell_conditions,
                 .words = "conditions.groups",
                 .targets = {{&community_sheet, "conditions.community_ids"},
                             {&unit_sheet, "conditions.unit_ids"}}}},
};

const struct sheet need_sheet = {
    .file = "needs.csv",
    .type = &selection__need__descriptor,
    .object = "need",
    .objects = "needs",
    .list = SELECTION("ListNeeds"),
    .create = SELECTION("RaiseNeed"),
    .update = SELECTION("UpdateNeed"),
    .id = "need_id",
    .gone = "NEED_STATUS_CALLED_OFF",
    .keys = {"community_id+unit_id+title"},
    .columns = {{"raised_by", "community_id", true,
                 .targets = {{&community_sheet, "community_id"}, {&unit_sheet, "unit_id"}}},
                {"title", "title", true},
                {"category", "category", true},
                {"quantity", "quantity", true},
                {"wanted_from", "wanted_from_on", true, .read = cell_day},
                {"wanted_to", "wanted_to_on", true, .read = cell_day},
                {"priority", "priority", true}},
};

/* ---- volunteers and what they come for ---- */

const struct sheet volunteer_sheet = {
    .file = "volunteers.csv",
    .type = &registry__person__descriptor,
    .object = "person",
    .objects = "people",
    .list = REGISTRY("ListPeople"),
    .create = REGISTRY("RegisterPerson"),
    .update = REGISTRY("UpdatePerson"),
    .id = "person_id",
    .gone = "PERSON_STATUS_LEFT",
    .keys = {"community_id+unit_id+name"},
    .constant = {"kind", "PERSON_KIND_VOLUNTEER", .filters = true},
    .columns = {{"name", "name", true},
                {"community", "community_id", .targets = {{&community_sheet, "community_id"}}},
                {"unit", "unit_id", .targets = {{&unit_sheet, "unit_id"}}},
                {"phone", "phone", .once = true, .read = cell_phone},
                {"party_member", "party_member"}},
};

const struct sheet volunteer_grant_sheet = {
    .file = "volunteers.csv",
    .type = &registry__role_grant__descriptor,
    .object = "role_grant",
    .objects = "role_grants",
    .list = REGISTRY("ListRoleGrants"),
    .create = REGISTRY("GrantRole"),
    .id = "grant_id",
    .gone = "ROLE_GRANT_STATUS_REVOKED",
    .keys = {"holder+from_on+until_on"},
    .when = {"term_from"},
    .constant = {"role", "ROLE_VOLUNTEER", .filters = true},
    .origins = {{&volunteer_sheet, "holder"}},
    .columns = {{"term_from", "from_on", true, .read = cell_day},
                {"term_until", "until_on", true, .read = cell_day}},
};

/* A series stays a draft until somebody publishes it. */
const struct sheet series_sheet = {
    .file = "series.csv",
    .type = &scheduling__activity__descriptor,
    .object = "activity",
    .objects = "activities",
    .list = SCHEDULING("ListActivities"),
    .create = SCHEDULING("CreateActivity"),
    .update = SCHEDULING("UpdateActivity"),
    .id = "activity_id",
    .gone = "ACTIVITY_STATUS_CANCELLED",
    .keys = {"community_id+title"},
    .columns = {{"community", "community_id", .targets = {{&community_sheet, "community_id"}}},
                {"venue", "resource_id", .targets = {{&resource_sheet, "resource_id"}}},
                {"title", "title", true},
                {"kind", "kind", true},
                {"dtstart", "schedule.first_start_local", true, .read = cell_local},
                {"duration", "schedule.duration_minutes", true, .read = cell_minutes},
                {"rrule", "schedule.rrule", .read = cell_rule},
                {"capacity", "capacity"},
                {"waitlist", "waitlist"}},
};

/* ---- looking things up in them ---- */

size_t sheet_columns(const struct sheet *sheet)
{
    size_t count = 0;

    while (count < SHEET_COLUMNS_MAX && sheet->columns[count].name != NULL)
        count++;
    return count;
}

bool sheet_knows_column(const char *file, const char *column)
{
    for (size_t i = 0; sheets[i] != NULL; i++)
        for (size_t j = 0; strcmp(sheets[i]->file, file) == 0 && j < sheet_columns(sheets[i]); j++)
            if (strcmp(sheets[i]->columns[j].name, column) == 0)
                return true;
    return false;
}

/* Is the path "projects[3].kind" this field, "projects.kind"? */
static bool is_field(const char *path, const char *field)
{
    for (; *path != '\0'; path++) {
        if (*path == '[')
            path += strcspn(path, "]");
        else if (*path != *field++)
            return false;
    }
    return *field == '\0';
}

const char *sheet_column_of(const struct sheet *sheet, const char *field)
{
    size_t prefix = strlen(sheet->object);

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < sheet_columns(sheet); i++) {
            const struct sheet_column *column = &sheet->columns[i];

            if (is_field(field, column->field) ||
                (column->targets[1].field != NULL && is_field(field, column->targets[1].field)))
                return column->name;
        }
        if (strncmp(field, sheet->object, prefix) != 0 || field[prefix] != '.')
            return NULL;
        field += prefix + 1;
    }
    return NULL;
}

char *sheet_key(const void *parent, const struct sheet *sheet, size_t i, const json_t *object)
{
    const char *fields = sheet->keys[i];
    char *key = mem_text(parent, "");
    bool any = false;

    while (*fields != '\0') {
        size_t size = strcspn(fields, "+");
        char *field = mem_check(talloc_strndup(key, fields, size));
        const json_t *value = json_path_get(object, field);

        any |= value != NULL;
        key = mem_check(talloc_asprintf_append(
            key, "%" JSON_INTEGER_FORMAT "%s\n", json_integer_value(value), /* 0 of a text */
            json_is_string(value) ? text_key(field, json_string_value(value)) : ""));
        fields += size + (fields[size] == '+');
    }
    if (!any)
        TALLOC_FREE(key);
    return key;
}
