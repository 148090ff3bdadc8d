/* SPDX-License-Identifier: Apache-2.0 */
/* agreement.c - the tables of agreement.h */
#include "services/registry/agreement/agreement.h"

#include "libcommon/base/text.h"
#include "services/registry/place.h"

#define STATUS(name) REGISTRY__AGREEMENT_STATUS__AGREEMENT_STATUS_##name
#define ACTION(name) REGISTRY__AGREEMENT_ACTION__AGREEMENT_ACTION_##name

const struct rule agreement_rules[] = {
    RULE_UUID(unit_id),
    RULE_UUID_IF_SET(community_id),
    RULE_DATE_IF_SET(signed_on),
    RULE_DATE(valid_to_on),
    RULE_TEXT(commitments, 0, 2000),
    RULE_TEXT(document, 0, 500),
    RULE_UUID_IF_SET(renews_agreement_id),
    RULES_END,
};

const struct db_violation agreement_violations[] = {
    NO_COMMUNITY("agreement", "agreement_community"),
    NO_UNIT("agreement", "agreement_unit"),
    {"agreement_renews", STATUS_NOT_FOUND, "agreement.renews_agreement_id", "exists",
     "the unit has no such agreement"},
    {"agreement_renews_another", STATUS_INVALID_ARGUMENT, "agreement.renews_agreement_id", "self",
     "an agreement cannot renew itself"},
    {"agreement_term", STATUS_INVALID_ARGUMENT, "agreement.valid_to_on", "order",
     "its last day lies before its signing"},
    {"agreement_signed", STATUS_FAILED_PRECONDITION, "action", "term",
     "it does not say when it was signed"},
    {0},
};

static const struct transition transitions[] = {
    {STATUS(DRAFT), ACTION(SIGN), STATUS(IN_FORCE), MAY_WRITE_PARTNERSHIP, false,
     "signed, and its term has not passed; its unit is SIGNED"},
    {STATUS(DRAFT), ACTION(TERMINATE), STATUS(TERMINATED), MAY_WRITE_PARTNERSHIP, true,
     "dropped before it was signed; final"},
    {STATUS(IN_FORCE), ACTION(TERMINATE), STATUS(TERMINATED), MAY_WRITE_PARTNERSHIP, true,
     "ended before its term; final"},
    {STATUS(IN_FORCE), ACTION(LAPSE), STATUS(LAPSED), NOBODY, false, "its term has passed; final"},
    {STATUS(IN_FORCE), ACTION(RENEW), STATUS(RENEWED), NOBODY, false,
     "one that renews it was signed; final"},
    {0},
};

const struct life_cycle agreement_life_cycle = {
    .table = transitions,
    .statuses = &registry__agreement_status__descriptor,
    .actions = &registry__agreement_action__descriptor,
};

const struct db_stmt agreement_select = {
    .name = "select_agreement",
    .sql = "SELECT " AGREEMENT_COLUMNS
           " FROM registry.agreement WHERE street = $1 AND agreement_id = $2",
    .bind = "agreement_id",
    .of = &registry__agreement__descriptor,
    .one_row = {STATUS_NOT_FOUND, "agreement_id", "exists", "no such agreement in this street"},
};

const struct db_stmt agreement_update = {
    .name = "update_agreement",
    .sql = "UPDATE registry.agreement SET unit_id = $3, community_id = nullif($4, '')::uuid,"
           " signed_on = nullif($5, '')::date, valid_to_on = $6, commitments = $7, document = $8,"
           " renews_agreement_id = nullif($9, '')::uuid, status = $10, create_time = $11,"
           " update_time = $12, revision = $13 WHERE street = $1 AND agreement_id = $2",
    .bind = AGREEMENT_COLUMNS,
    .of = &registry__agreement__descriptor,
    .violations = agreement_violations,
};

const struct db_stmt agreement_community =
    COMMUNITY_OF("agreement", registry__agreement__descriptor);
const struct db_stmt agreement_unit = UNIT_OF("agreement", registry__agreement__descriptor);

const struct object agreement_object = {
    .noun = "agreement",
    .id = "agreement_id",
    .select = &agreement_select,
    .update = &agreement_update,
    .life_cycle = &agreement_life_cycle,
};

/* ---- ending ---- */

const struct db_stmt agreements_of_unit = {
    .name = "agreements_of_unit",
    .sql = "SELECT " AGREEMENT_COLUMNS " FROM registry.agreement WHERE street = $1"
           " AND unit_id = $2 AND status IN ('DRAFT', 'IN_FORCE') ORDER BY agreement_id",
    .bind = "unit_id",
    .of = &registry__unit__descriptor,
};

enum status agreement_end(struct call *call, ProtobufCMessage *agreement, const char *reason)
{
    return agreement_leave(call, (Registry__Agreement *)agreement, ACTION(TERMINATE), reason);
}
