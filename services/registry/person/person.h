/* SPDX-License-Identifier: Apache-2.0 */
/*
 * person.h - what all methods about people share; see unit.h for how the tables are used
 *
 * A person's phone is plain in requests only. Loaded, in the message and in its column, it is
 * sealed (seal.h); queries finish each person with person_mask. Commands answer and tell
 * PersonFacts, so that neither stored replies nor events hold a name or a phone.
 */
#pragma once

#include "registry_person.pb-c.h"
#include "services/registry/contract.h"

extern const struct rule person_rules[];
extern const struct life_cycle person_life_cycle;
extern const struct db_stmt person_community, person_unit; /* see place.h */
extern const struct object person_object;
/* Where a stored person belongs. */
extern const struct db_stmt place_of_person;

/* A new copy without name and phone. */
Registry__PersonFacts *person_facts(struct call *call, const Registry__Person *person);

/* Of a query's row: opens the phone and masks it; "" where it does not open. */
void person_mask(struct call *call, ProtobufCMessage *person);
