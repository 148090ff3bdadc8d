/* SPDX-License-Identifier: Apache-2.0 */
/* person.c - the tables of person.h, and what is shown of a phone */
#include "services/registry/person/person.h"

#include <ctype.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/phone.h"
#include "services/registry/person/seal.h"
#include "services/registry/place.h"

#define STATUS(name) REGISTRY__PERSON_STATUS__PERSON_STATUS_##name
#define ACTION(name) REGISTRY__PERSON_ACTION__PERSON_ACTION_##name

const struct rule person_rules[] = {
    RULE_TEXT(name, 1, 60),
    RULE_ENUM(kind),
    RULE_UUID_IF_SET(community_id),
    RULE_UUID_IF_SET(unit_id),
    RULE_PHONE_IF_SET(phone),
    RULE_ANY(party_member),
    RULES_END,
};

static const struct db_violation violations[] = {
    NO_COMMUNITY("person", "person_community"),
    NO_UNIT("person", "person_unit"),
    {0},
};

static const struct transition transitions[] = {
    {STATUS(ACTIVE), ACTION(LEAVE), STATUS(LEFT), MAY_WRITE_PERSON, true,
     "takes part no more; final; name and phone are erased, roles revoked"},
    {0},
};

const struct life_cycle person_life_cycle = {
    .table = transitions,
    .statuses = &registry__person_status__descriptor,
    .actions = &registry__person_action__descriptor,
};

SHARED_STATEMENT(person_community, COMMUNITY_OF("person", registry__person__descriptor));
SHARED_STATEMENT(person_unit, UNIT_OF("person", registry__person__descriptor));

/* Who has left is erased, whatever the message holds. */
static const struct column columns[] = {
    COLUMN(person_id),
    {.name = "name", .write = "CASE :status WHEN 'LEFT' THEN '' ELSE :name END"},
    {.name = "name_key",
     .field = "name",
     .write = "CASE :status WHEN 'LEFT' THEN '' ELSE :name_key END",
     .unread = true},
    COLUMN(kind),
    NULLABLE(community_id, uuid),
    NULLABLE(unit_id, uuid),
    {.name = "phone_sealed",
     .field = "phone",
     .read = "encode(phone_sealed, 'hex')",
     .write = "CASE :status WHEN 'LEFT' THEN '' ELSE decode(:phone, 'hex') END"},
    COLUMN(party_member),
    COLUMN(status),
    FIXED(create_time),
    COLUMN(update_time),
    COLUMN(revision),
    {0},
};

OBJECT(person, registry__person__descriptor, .noun = "person", .id = "person_id",
       .table = "registry.person", .columns = columns, .violations = violations,
       .life_cycle = &person_life_cycle);

/* With the highest of the roles that they hold, or will. */
SHARED_STATEMENT(place_of_person,
                 .sql = "SELECT p.community_id::text, p.unit_id::text, p.person_id::text,"
                        " held.role AS held_role, held.at AS held_at FROM registry.person p"
                        " LEFT JOIN LATERAL (SELECT g.role, CASE WHEN min(g.at) = max(g.at)"
                        " THEN min(g.at) ELSE '*' END AS at FROM (SELECT role,"
                        " coalesce(community_id::text, unit_id::text, '') AS at"
                        " FROM registry.role_grant WHERE street = :street"
                        " AND holder = p.person_id::text AND status = 'IN_FORCE'"
                        " AND until_on >= (SELECT (:now::timestamptz AT TIME ZONE time_zone)::date"
                        " FROM registry.stream WHERE street = :street)) g GROUP BY g.role"
                        " ORDER BY array_position(ARRAY['VOLUNTEER', 'SHOP', 'UNIT_CONTACT',"
                        " 'COMMUNITY_STAFF', 'STREET_STAFF'], g.role::text) DESC LIMIT 1) held"
                        " ON true WHERE p.street = :street AND p.person_id = :person_id");

Registry__PersonFacts *person_facts(struct call *call, const Registry__Person *person)
{
    Registry__PersonFacts *facts = wire_new(call, &registry__person_facts__descriptor);

    facts->person_id = person->person_id;
    facts->kind = person->kind;
    facts->community_id = person->community_id;
    facts->unit_id = person->unit_id;
    facts->status = person->status;
    facts->create_time = person->create_time;
    facts->update_time = person->update_time;
    facts->revision = person->revision;
    return facts;
}

/* ---- phones ---- */

enum { DIGITS_MAX = PHONE_CHARS_MAX, MOBILE_DIGITS = 11 };

/* "138****5678"; of a number shorter than a mobile's the last two digits only. Its length is not
 * told. */
static char *mask(const void *parent, const char *phone)
{
    char digits[DIGITS_MAX + 1];
    size_t count = 0;

    for (; *phone && count < DIGITS_MAX; phone++)
        if (isdigit((unsigned char)*phone))
            digits[count++] = *phone;
    digits[count] = '\0';
    if (count >= MOBILE_DIGITS)
        return mem_printf(parent, "%.3s****%s", digits, digits + count - 4);
    return mem_printf(parent, "****%s", count >= 2 ? digits + count - 2 : "");
}

void person_mask(struct call *call, ProtobufCMessage *element)
{
    Registry__Person *person = (Registry__Person *)element;
    char *phone = (char *)"";

    (void)!seal_open(call, person->phone, call->street, person->person_id, &phone);
    person->phone = phone[0] ? mask(call, phone) : phone;
}
