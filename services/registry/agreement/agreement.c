/* SPDX-License-Identifier: Apache-2.0 */
/* agreement.c - the tables of agreement.h */
#include "services/registry/agreement/agreement.h"

#include "libcommon/base/text.h"
#include "registry_unit.pb-c.h"
#include "services/registry/place.h"

#define STATUS(name) REGISTRY__AGREEMENT_STATUS__AGREEMENT_STATUS_##name
#define ACTION(name) REGISTRY__AGREEMENT_ACTION__AGREEMENT_ACTION_##name

const struct rule agreement_rules[] = {
    RULE_UUID(unit_id),
    RULE_UUID_IF_SET(community_id),
    RULE_DATE_IF_SET(signed_on),
    RULE_DATE(valid_to_on),
    RULE_LONG_TEXT(commitments, 0, 2000),
    RULE_TEXT(document, 0, 500),
    RULE_UUID_IF_SET(renews_agreement_id),
    RULES_END,
};

static const struct db_violation violations[] = {
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

SHARED_STATEMENT(agreement_community, COMMUNITY_OF("agreement", registry__agreement__descriptor));
SHARED_STATEMENT(agreement_unit, UNIT_OF("agreement", registry__agreement__descriptor));

static const struct column columns[] = {
    COLUMN(agreement_id),
    COLUMN(unit_id),
    NULLABLE(community_id, uuid),
    NULLABLE(signed_on, date),
    COLUMN(valid_to_on),
    COLUMN(commitments),
    COLUMN(document),
    NULLABLE(renews_agreement_id, uuid),
    COLUMN(status),
    FIXED(create_time),
    COLUMN(update_time),
    COLUMN(revision),
    {0},
};

OBJECT(agreement, registry__agreement__descriptor, .noun = "agreement", .id = "agreement_id",
       .table = "registry.agreement", .columns = columns, .violations = violations,
       .life_cycle = &agreement_life_cycle);

/* ---- ending ---- */

SHARED_STATEMENT(agreements_of_unit,
                 .sql = "SELECT {columns} FROM registry.agreement WHERE street = :street"
                        " AND unit_id = :object_id AND status IN ('DRAFT', 'IN_FORCE')"
                        " ORDER BY agreement_id " ENDING_LIMIT,
                 .object = &agreement_object, .of = &type__cause__descriptor);
SHARED_STATEMENT(agreements_of_community,
                 .sql = "SELECT {columns} FROM registry.agreement WHERE street = :street"
                        " AND community_id = :object_id AND status IN ('DRAFT', 'IN_FORCE')"
                        " ORDER BY agreement_id " ENDING_LIMIT,
                 .object = &agreement_object, .of = &type__cause__descriptor);

enum status agreement_end(struct call *call, ProtobufCMessage *message, const struct why *why)
{
    Registry__Agreement *agreement = (Registry__Agreement *)message;
    enum status status = agreement_leave(call, agreement, ACTION(TERMINATE), why);

    return status == STATUS_OK ? agreement_release_unit(call, agreement) : status;
}
