/* SPDX-License-Identifier: Apache-2.0 */
/* pairing.c - the tables of pairing.h */
#include "services/registry/pairing/pairing.h"

#include "libcommon/base/text.h"
#include "registry_community.pb-c.h"
#include "registry_unit.pb-c.h"
#include "services/registry/place.h"

#define STATUS(name) REGISTRY__PAIRING_STATUS__PAIRING_STATUS_##name
#define ACTION(name) REGISTRY__PAIRING_ACTION__PAIRING_ACTION_##name

const struct rule pairing_rules[] = {
    RULE_UUID(unit_id), RULE_UUID(community_id), RULE_ANY(leads), RULE_DATE(since_on), RULES_END,
};

static const struct db_violation violations[] = {
    {"pairing_active_key", STATUS_ALREADY_EXISTS, "pairing.unit_id", "paired",
     "the unit and the community are paired"},
    {"pairing_lead_key", STATUS_ALREADY_EXISTS, "pairing.leads", "one_lead",
     "another unit leads in this community"},
    NO_COMMUNITY("pairing", "pairing_community"),
    NO_UNIT("pairing", "pairing_unit"),
    {0},
};

static const struct transition transitions[] = {
    {STATUS(ACTIVE), ACTION(END), STATUS(ENDED), MAY_WRITE_PARTNERSHIP, true,
     "they part; final; they may be paired again"},
    {0},
};

const struct life_cycle pairing_life_cycle = {
    .table = transitions,
    .statuses = &registry__pairing_status__descriptor,
    .actions = &registry__pairing_action__descriptor,
};

static const struct column columns[] = {
    COLUMN(pairing_id),
    COLUMN(unit_id),
    COLUMN(community_id),
    COLUMN(leads),
    COLUMN(since_on),
    NULLABLE(ended_on, date),
    COLUMN(status),
    FIXED(create_time),
    COLUMN(update_time),
    COLUMN(revision),
    {0},
};

OBJECT(pairing, registry__pairing__descriptor, .noun = "pairing", .id = "pairing_id",
       .table = "registry.pairing", .columns = columns, .violations = violations,
       .life_cycle = &pairing_life_cycle);

/* ---- ending ---- */

#define ENDING_PAIRINGS                                                                            \
    "SELECT {columns}, coalesce(ended_on,"                                                         \
    " (:now::timestamptz AT TIME ZONE s.time_zone)::date) AS ended_on"                             \
    " FROM registry.stream s JOIN registry.pairing p USING (street) WHERE street = :street"

STATEMENT(ending_pairing_select, .sql = ENDING_PAIRINGS " AND pairing_id = :pairing_id",
          .object = &pairing_object, .of = &registry__pairing__descriptor,
          .one_row = {STATUS_NOT_FOUND, .rule = "exists"});

const struct object ending_pairing_object = {
    .noun = "pairing",
    .id = "pairing_id",
    .of = &registry__pairing__descriptor,
    .table = "registry.pairing",
    .columns = columns,
    .violations = violations,
    .life_cycle = &pairing_life_cycle,
    .select = &ending_pairing_select,
    .update = &pairing_update,
};

SHARED_STATEMENT(pairings_of_community,
                 .sql = ENDING_PAIRINGS " AND community_id = :object_id AND status = 'ACTIVE'"
                                        " ORDER BY pairing_id " ENDING_LIMIT,
                 .object = &pairing_object, .of = &type__cause__descriptor);

SHARED_STATEMENT(
    pairings_of_unit,
    .sql = ENDING_PAIRINGS
    " AND unit_id = :object_id AND status = 'ACTIVE' ORDER BY community_id " ENDING_LIMIT,
    .object = &pairing_object, .of = &type__cause__descriptor);

enum status pairing_end(struct call *call, ProtobufCMessage *pairing, const struct why *why)
{
    Registry__PairingChanged event = REGISTRY__PAIRING_CHANGED__INIT;
    enum status status = object_step(call, &pairing_object, ACTION(END), pairing);

    if (status != STATUS_OK)
        return status;
    event.pairing = (Registry__Pairing *)pairing;
    event.action = ACTION(END);
    event.reason = (char *)why->reason;
    event.cause = why->cause;
    return journal_append(call, event.pairing->pairing_id, &event.base);
}
