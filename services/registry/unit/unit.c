/* SPDX-License-Identifier: Apache-2.0 */
/* unit.c - the tables of unit.h */
#include "services/registry/unit/unit.h"

#include <string.h>

#define STATUS(name) REGISTRY__UNIT_STATUS__UNIT_STATUS_##name
#define ACTION(name) REGISTRY__UNIT_ACTION__UNIT_ACTION_##name

enum { CREDIT_CODE_CHARS = 18 };

/* Unified social credit code, GB 32100-2015: base 31, weights 3^i mod 31, the last one checks. */
static bool is_credit_code(const char *code)
{
    static const char digits[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    int sum = 0, weight = 1;

    if (strlen(code) != CREDIT_CODE_CHARS || strspn(code, digits) != CREDIT_CODE_CHARS)
        return false;
    for (int i = 0; i < CREDIT_CODE_CHARS - 1; i++, weight = weight * 3 % 31)
        sum += weight * (int)(strchr(digits, code[i]) - digits);
    return strchr(digits, code[CREDIT_CODE_CHARS - 1]) - digits == (31 - sum % 31) % 31;
}

static const struct rule party_organisation_rules[] = {
    RULE_TEXT(name, 0, 120),
    RULE_INT(member_count, 0, 1000000),
    RULES_END,
};

const struct rule unit_rules[] = {
    RULE_TEXT(name, 1, 120),
    RULE_ENUM(kind),
    RULE_IF_SET(credit_code, "credit_code", is_credit_code),
    RULE_MESSAGE_IF_SET(party_organisation, party_organisation_rules),
    RULE_TEXT(address, 0, 200),
    RULE_TEXTS(groups, 0, 20, 40),
    RULES_END,
};

static const struct db_violation violations[] = {
    {"unit_name_key", STATUS_ALREADY_EXISTS, "unit.name", "unique_in_street",
     "another unit of this street has this name"},
    {"unit_name_key_key", STATUS_ALREADY_EXISTS, "unit.name", "unique_in_street",
     "another unit of this street has this name, but for case, width or what is invisible"},
    {"unit_credit_code_key", STATUS_ALREADY_EXISTS, "unit.credit_code", "unique_in_street",
     "another unit of this street has this credit code"},
    {0},
};

/* SIGNED is reached only by an agreement, so SIGN and LAPSE are nobody's permission. */
static const struct transition transitions[] = {
    {STATUS(PROSPECT), ACTION(SIGN), STATUS(SIGNED), NOBODY, false, "an agreement came into force"},
    {STATUS(SIGNED), ACTION(LAPSE), STATUS(PROSPECT), NOBODY, false, "its last agreement ended"},
    {STATUS(SIGNED), ACTION(SUSPEND), STATUS(SUSPENDED), MAY_SUSPEND_UNIT, true,
     "the street pauses the cooperation"},
    {STATUS(SUSPENDED), ACTION(REINSTATE), STATUS(SIGNED), MAY_SUSPEND_UNIT, false,
     "the cause is settled, and an agreement is in force"},
    {ANY_STATUS, ACTION(WITHDRAW), STATUS(WITHDRAWN), MAY_WRITE_UNIT, true,
     "final; its name becomes free; what it is bound by and takes part in ends with it"},
    {0},
};

const struct life_cycle unit_life_cycle = {
    .table = transitions,
    .statuses = &registry__unit_status__descriptor,
    .actions = &registry__unit_action__descriptor,
};

static const struct column columns[] = {
    COLUMN(unit_id),
    KEYED(name),
    COLUMN(kind),
    COLUMN(credit_code),
    COLUMN(party_organisation),
    COLUMN(address),
    COLUMN(status),
    FIXED(create_time),
    COLUMN(update_time),
    COLUMN(revision),
    COLUMN(groups),
    {0},
};

OBJECT(unit, registry__unit__descriptor, .noun = "unit", .id = "unit_id", .table = "registry.unit",
       .columns = columns, .violations = violations, .life_cycle = &unit_life_cycle);

enum status unit_step(struct call *call, Registry__Unit *unit, Registry__UnitAction action)
{
    Registry__UnitChanged event = REGISTRY__UNIT_CHANGED__INIT;
    enum status status = object_step(call, &unit_object, (int)action, &unit->base);

    if (status != STATUS_OK)
        return status;
    event.unit = unit;
    event.action = action;
    return journal_append(call, unit->unit_id, &event.base);
}
