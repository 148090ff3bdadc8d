/* SPDX-License-Identifier: Apache-2.0 */
/* reveal_phone.c - RevealPhone: one phone number in full; the log says who saw it */
#include "registry_methods.h"
#include "services/registry/person/person.h"
#include "services/registry/person/seal.h"

#include "libcommon/base/log.h"

STATEMENT(select_phone_in_reach,
          .sql = "SELECT person_id, encode(phone_sealed, 'hex') AS phone FROM registry.person"
                 " WHERE street = :street AND person_id = :person_id"
                 " AND (:reach_street OR community_id = ANY(:reach_communities::uuid[])"
                 " OR unit_id = ANY(:reach_units::uuid[]) OR person_id::text = :reach_person)",
          .one_row = {STATUS_NOT_FOUND, "person_id", "exists", "no such person in this street"});

static enum status reveal_phone(struct call *call, const PGresult *rows)
{
    Registry__RevealPhoneResponse *response = call->response;
    Registry__Person *person = wire_new(call, &registry__person__descriptor);

    db_row(call, &select_phone_in_reach, rows, 0, &person->base);
    if (seal_open(call, person->phone, call->street, person->person_id, &response->phone) !=
        STATUS_OK)
        return call_fail(call, STATUS_INTERNAL, "", "unreadable",
                         "the phone number cannot be read");
    log_audit("phone_revealed", "request_id=%s street=%s actor=%s person_id=%s",
              call->header->request_id, call->street, LOG_QUOTED(call->actor), person->person_id);
    return STATUS_OK;
}

const struct method registry_reveal_phone = {
    .may = MAY_REVEAL_PHONE,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(person_id)),
    .query = &select_phone_in_reach,
    .respond = reveal_phone,
};
