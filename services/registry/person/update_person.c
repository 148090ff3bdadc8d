/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update_person.c - UpdatePerson: change the fields under the mask; no event when nothing is new
 *
 * A phone is stored sealed, and sealing the same one twice gives two texts: whether it is new is
 * found by opening the stored one.
 */
#include "registry_methods.h"

#include <string.h>

#include "services/registry/person/person.h"
#include "services/registry/person/seal.h"
#include "services/registry/place.h"

/* Puts the phone of `from`, which is plain, into the form that is stored. */
static enum status seal_phone(struct call *call, Registry__Person *from)
{
    Registry__Person *stored = wire_new(call, &registry__person__descriptor);
    char *phone;

    stored->person_id = from->person_id;
    enum status status = object_load(call, &person_object, "person.person_id", &stored->base);
    if (status != STATUS_OK)
        return status;
    bool opens = seal_open(call, stored->phone, call->street, from->person_id, &phone) == STATUS_OK;
    from->phone = opens && strcmp(phone, from->phone) == 0
                      ? stored->phone
                      : seal_text(call, from->phone, call->street, from->person_id);
    return STATUS_OK;
}

static void store(struct call *call, Registry__Person *person,
                  const Google__Protobuf__FieldMask *changed)
{
    object_store(call, &person_object, &person->base);
    if (object_mask_names(changed, "community_id") && person->community_id[0])
        db_do(call, &person_community, &person->base);
    if (object_mask_names(changed, "unit_id") && person->unit_id[0])
        db_do(call, &person_unit, &person->base);
}

static enum status update_person(struct call *call)
{
    const Registry__UpdatePersonRequest *request = call->request;
    Registry__UpdatePersonResponse *response = call->response;
    Registry__PersonUpdated event = REGISTRY__PERSON_UPDATED__INIT;
    Registry__Person *person = wire_new(call, &registry__person__descriptor);
    Registry__Person *from = wire_copy(call, &request->person->base);
    enum status status =
        object_mask_names(request->update_mask, "phone") ? seal_phone(call, from) : STATUS_OK;

    if (status == STATUS_OK)
        status = object_stage_update(call, &person_object, &from->base, request->update_mask,
                                     &person->base, &event.changed);
    if (status != STATUS_OK)
        return status;
    if (event.changed->n_paths > 0)
        store(call, person, event.changed);
    response->person = event.person = person_facts(call, person);
    if (event.changed->n_paths == 0)
        return STATUS_OK;
    return journal_append(call, person->person_id, &event.base);
}

const struct method registry_update_person = {
    .may = MAY_WRITE_PERSON,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED_OF(person, &place_of_person, .community_id = "person.community_id",
                             .unit_id = "person.unit_id"),
    .rules = RULES(RULE_UPDATE(person, update_mask, "person_id", person_rules)),
    .command = update_person,
};
