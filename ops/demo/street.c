/* SPDX-License-Identifier: Apache-2.0 */
/* street.c - step 1: what was loaded, and the staff who will act */
#include <string.h>

#include "libcommon/base/mem.h"
#include "ops/cli/json_path.h"
#include "ops/demo/steps.h"

enum { TERM_DAYS = 365 };

static const char alliance_name[] = "微益圈";

/* The id of an object that must have been loaded. */
static const char *loaded_id(struct story *story, json_t *list, const char *name, const char *id)
{
    return story_text(story, story_loaded(story, list, "name", name), id);
}

/* A unit that somebody suspended has signed all the same. */
static bool is_signed(const char *status)
{
    return strcmp(status, "UNIT_STATUS_SIGNED") == 0 ||
           strcmp(status, "UNIT_STATUS_SUSPENDED") == 0;
}

/* Every unit with an agreement in force is signed. */
static void check_agreements(struct story *story, json_t *units)
{
    json_t *agreements = story_list(story, story->street, "ListAgreements", "agreements",
                                    json_pack("{s:s}", "status", "AGREEMENT_STATUS_IN_FORCE"));
    json_t *agreement;
    bool signed_all = json_array_size(agreements) > 0;
    size_t i;

    json_array_foreach(agreements, i, agreement)
    {
        json_t *unit = story_find(units, "unit_id", json_path_text(agreement, "unit_id"));

        signed_all &= is_signed(json_path_text(unit, "status"));
    }
    story_check(story, signed_all, AGREEMENTS, story_number(story, json_array_size(agreements)));
}

static void check_alliance(struct story *story, json_t *units)
{
    json_t *alliances =
        story_list(story, story->street, "ListAlliances", "alliances", json_object());
    const char *id = loaded_id(story, alliances, alliance_name, "alliance_id");
    json_t *members = story_list(
        story, story->street, "ListAllianceMembers", "members",
        json_pack("{s:s, s:s}", "allianceId", id, "status", "ALLIANCE_MEMBER_STATUS_ACTIVE"));
    json_t *member;
    bool units_all = json_array_size(members) > 0;
    size_t i;

    json_array_foreach(members, i, member)
    {
        units_all &= story_find(units, "unit_id", json_path_text(member, "unit_id")) != NULL;
    }
    story_check(story, units_all, ALLIANCE, alliance_name,
                story_number(story, json_array_size(members)));
}

/* Every contact's role is of the unit that the person belongs to. Others may hold such a role,
 * too. */
static void check_contacts(struct story *story, json_t *people)
{
    json_t *grants = story_list(story, story->street, "ListRoleGrants", "role_grants",
                                json_pack("{s:s}", "role", "ROLE_UNIT_CONTACT"));
    json_t *grant;
    bool own_all = true;
    size_t i, count = 0;

    json_array_foreach(grants, i, grant)
    {
        json_t *person = story_find(people, "person_id", json_path_text(grant, "holder"));

        if (person == NULL ||
            strcmp(json_path_text(grant, "status"), "ROLE_GRANT_STATUS_IN_FORCE") != 0)
            continue;
        count++;
        own_all &= strcmp(json_path_text(person, "unit_id"), json_path_text(grant, "unit_id")) == 0;
    }
    story_check(story, own_all && count > 0, CONTACTS, story_number(story, count));
}

/* The person of a unit, who acts through the gateway. */
static struct actor contact_of(struct story *story, json_t *people, const char *unit_id)
{
    return (struct actor){
        story->gateway.session,
        story_text(story, story_loaded(story, people, "unit_id", unit_id), "person_id")};
}

/* The role's grant that lasts beyond today; NULL if there is none. */
static json_t *find_grant(struct story *story, const char *holder, const char *role)
{
    json_t *grants = story_list(story, story->street, "ListRoleGrants", "role_grants",
                                json_pack("{s:s, s:s}", "holder", holder, "role", role)),
           *grant;
    size_t i;

    json_array_foreach(grants, i, grant)
    {
        if (strcmp(json_path_text(grant, "status"), "ROLE_GRANT_STATUS_IN_FORCE") == 0 &&
            strcmp(json_path_text(grant, "until_on"), story_day(story, 1)) > 0)
            return grant;
    }
    return NULL;
}

/* An employee of a community, or of the street if community_id is "": registered and with a
 * role. */
static struct actor hire(struct story *story, json_t *people, const char *name, const char *role,
                         const char *community_id)
{
    json_t *person = story_find(people, "name", name);
    bool there = person != NULL;

    if (!there)
        person = json_object_get(
            story_ask(story, story->street, "RegisterPerson",
                      json_pack("{s:{s:s, s:s, s:s}}", "person", "name", name, "kind",
                                "PERSON_KIND_STAFF", "communityId", community_id)),
            "person");
    const char *id = story_text(story, person, "person_id");
    if (find_grant(story, id, role) == NULL) {
        there = false;
        story_ask(story, story->street, "GrantRole",
                  json_pack("{s:{s:s, s:s, s:s, s:s, s:s}}", "roleGrant", "holder", id, "role",
                            role, "communityId", community_id, "fromOn", story_day(story, -1),
                            "untilOn", story_day(story, TERM_DAYS)));
    }
    story_check_list(story, find_grant(story, id, role) != NULL,
                     there ? TEXT_STAFF_THERE : TEXT_STAFF_REGISTERED,
                     (const char *const[]){name, NULL});
    return (struct actor){story->gateway.session, id};
}

static void hire_all(struct story *story)
{
    struct cast *cast = &story->cast;
    json_t *staff = story_list(story, story->street, "ListPeople", "people",
                               json_pack("{s:s}", "kind", "PERSON_KIND_STAFF"));
    static const char of_community[] = "ROLE_COMMUNITY_STAFF";

    cast->office = hire(story, staff, "街道工作人员甲", "ROLE_STREET_STAFF", "");
    cast->qige_staff = hire(story, staff, "七格社区专干乙", of_community, cast->qige);
    cast->toge_staff = hire(story, staff, "头格社区专干丙", of_community, cast->toge);
    cast->shangsha_staff = hire(story, staff, "上沙社区专干丁", of_community, cast->shangsha);
}

void story_of_street(struct story *story)
{
    struct cast *cast = &story->cast;
    json_t *street = story_ask(story, story->street, "GetStreet", json_object());
    json_t *communities =
        story_list(story, story->street, "ListCommunities", "communities", json_object());
    json_t *units = story_list(story, story->street, "ListUnits", "units", json_object());
    json_t *contacts = story_list(story, story->street, "ListPeople", "people",
                                  json_pack("{s:s}", "kind", "PERSON_KIND_CONTACT"));

    cast->qige = loaded_id(story, communities, "七格社区", "community_id");
    cast->toge = loaded_id(story, communities, "头格社区", "community_id");
    cast->shangsha = loaded_id(story, communities, "上沙社区", "community_id");
    cast->bank = loaded_id(story, units, "杭州联合银行", "unit_id");
    cast->school = loaded_id(story, units, "金沙湖实验学校", "unit_id");
    cast->zhongce = loaded_id(story, units, "中策橡胶集团", "unit_id");
    cast->babao = loaded_id(story, units, "中交二航局八堡船闸项目部", "unit_id");
    cast->bank_contact = contact_of(story, contacts, cast->bank);
    cast->zhongce_contact = contact_of(story, contacts, cast->zhongce);
    cast->babao_contact = contact_of(story, contacts, cast->babao);
    story_check(story, true, COMMUNITIES, story_text(story, street, "street.name"),
                story_number(story, json_array_size(communities)),
                story_number(story, json_array_size(units)));
    check_agreements(story, units);
    check_alliance(story, units);
    check_contacts(story, contacts);
    hire_all(story);
}
