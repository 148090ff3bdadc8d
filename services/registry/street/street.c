/* SPDX-License-Identifier: Apache-2.0 */
/* street.c - the tables of street.h */
#include "services/registry/street/street.h"

#include <string.h>

#include "libcommon/base/phone.h"
#include "libcommon/base/text.h"

/* GB/T 10114: six digits of the district, three of the street. */
static bool is_division_code(const char *code)
{
    return strlen(code) == 9 && strspn(code, "0123456789") == 9;
}

static const struct rule office_rules[] = {
    RULE_TEXT(name, 0, 120),
    RULE_TEXT(address, 0, 200),
    RULE_PHONE_IF_SET(phone),
    RULES_END,
};

const struct rule street_rules[] = {
    RULE_TEXT(name, 1, 60),
    RULE_TEXT(district, 0, 60),
    RULE_IF_SET(division_code, "division_code", is_division_code),
    RULE_MUST(time_zone, "time_zone", text_is_time_zone),
    RULE_MESSAGE_IF_SET(office, office_rules),
    RULE_MESSAGE_IF_SET(calendar, calendar_rules),
    RULES_END,
};

static const struct column columns[] = {
    COLUMN(name),     COLUMN(district),   COLUMN(division_code), COLUMN(time_zone), COLUMN(office),
    COLUMN(calendar), FIXED(create_time), COLUMN(update_time),   COLUMN(revision),  {0},
};

static const struct db_violation violations[] = {
    {"street_pkey", STATUS_ALREADY_EXISTS, "street", "unique", "this street exists"},
    {0},
};

OBJECT(street, registry__street__descriptor, .noun = "street", .table = "registry.street",
       .columns = columns, .violations = violations);
