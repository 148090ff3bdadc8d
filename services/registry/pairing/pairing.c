/* SPDX-License-Identifier: Apache-2.0 */
/* pairing.c - the tables of pairing.h */
#include "services/registry/pairing/pairing.h"

#include "libcommon/base/text.h"
#include "services/registry/place.h"

#define STATUS(name) REGISTRY__PAIRING_STATUS__PAIRING_STATUS_##name
#define ACTION(name) REGISTRY__PAIRING_ACTION__PAIRING_ACTION_##name

const struct rule pairing_rules[] = {
    RULE_UUID(unit_id), RULE_UUID(community_id), RULE_ANY(leads), RULE_DATE(since_on), RULES_END,
};

const struct db_violation pairing_violations[] = {
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
     "they part; final; they may be paired anew"},
    {0},
};

const struct life_cycle pairing_life_cycle = {
    .table = transitions,
    .statuses = &registry__pairing_status__descriptor,
    .actions = &registry__pairing_action__descriptor,
};

const struct db_stmt pairing_select = {
    .name = "select_pairing",
    .sql = "SELECT " PAIRING_COLUMNS " FROM registry.pairing WHERE street = $1 AND pairing_id = $2",
    .bind = "pairing_id",
    .of = &registry__pairing__descriptor,
    .one_row = {STATUS_NOT_FOUND, "pairing_id", "exists", "no such pairing in this street"},
};

const struct db_stmt pairing_update = {
    .name = "update_pairing",
    .sql = "UPDATE registry.pairing SET unit_id = $3, community_id = $4, leads = $5, since_on = $6,"
           " ended_on = nullif($7, '')::date, status = $8, create_time = $9, update_time = $10,"
           " revision = $11 WHERE street = $1 AND pairing_id = $2",
    .bind = PAIRING_COLUMNS,
    .of = &registry__pairing__descriptor,
    .violations = pairing_violations,
};

const struct object pairing_object = {
    .noun = "pairing",
    .id = "pairing_id",
    .select = &pairing_select,
    .update = &pairing_update,
    .life_cycle = &pairing_life_cycle,
};

/* ---- ending ---- */

#define ENDING_PAIRINGS                                                                            \
    "SELECT pairing_id, unit_id, community_id, leads, since_on, coalesce(ended_on,"                \
    " ($3::timestamptz AT TIME ZONE s.time_zone)::date) AS ended_on, status, create_time,"         \
    " update_time, revision FROM registry.stream s JOIN registry.pairing p USING (street)"         \
    " WHERE street = $1"

const struct db_stmt ending_pairing_select = {
    .name = "select_ending_pairing",
    .sql = ENDING_PAIRINGS " AND pairing_id = $2",
    .bind = "pairing_id, update_time",
    .of = &registry__pairing__descriptor,
    .one_row = {STATUS_NOT_FOUND, "pairing_id", "exists", "no such pairing in this street"},
};

const struct object ending_pairing_object = {
    .noun = "pairing",
    .id = "pairing_id",
    .select = &ending_pairing_select,
    .update = &pairing_update,
    .life_cycle = &pairing_life_cycle,
};

const struct db_stmt pairings_of_community = {
    .name = "pairings_of_community",
    .sql = ENDING_PAIRINGS " AND community_id = $2 AND status = 'ACTIVE' ORDER BY pairing_id",
    .bind = "community_id, update_time",
    .of = &registry__community__descriptor,
};

const struct db_stmt pairings_of_unit = {
    .name = "pairings_of_unit",
    .sql = ENDING_PAIRINGS " AND unit_id = $2 AND status = 'ACTIVE' ORDER BY community_id",
    .bind = "unit_id, update_time",
    .of = &registry__unit__descriptor,
};

enum status pairing_end(struct call *call, ProtobufCMessage *pairing, const char *reason)
{
    Registry__PairingChanged event = REGISTRY__PAIRING_CHANGED__INIT;
    enum status status = object_step(call, &pairing_object, ACTION(END), pairing);

    if (status != STATUS_OK)
        return status;
    event.pairing = (Registry__Pairing *)pairing;
    event.action = ACTION(END);
    event.reason = (char *)reason;
    return journal_append(call, event.pairing->pairing_id, &event.base);
}
