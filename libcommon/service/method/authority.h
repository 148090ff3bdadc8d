/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authority.h - may this caller do this here? In two steps, default deny
 *
 *   1. before anything is decoded: does the caller's role have the action at all (permission.h)?
 *   2. where it does not reach the whole street: the actor's grants (role_grant) say which communities and units
 *      are its own; a command's place (place.h) must be one of them, before and after it, and a query sees no
 *      other rows.
 *
 * Whose roles count: those of the certificate; of a gateway that speaks for somebody, the actor's
 * grants alone. An actor is a person's id, or a certificate's name.
 */
#pragma once

#include <libpq-fe.h>

#include "libcommon/service/call/call.h"
#include "libcommon/service/call/permission.h"

/* Step one, by the bus thread. */
enum status authority_check_role(struct call *call) MUST_CHECK;

/* Step two: true if it depends on grants, which are then read and handed out (grants.h). */
bool authority_needs_grants(const struct call *call);
/* Of a command, in its batch, before its handler. May wait for a statement. PERMISSION_DENIED on
 * the request's own field, NOT_FOUND where the stored object is not one that the caller may
 * touch. */
enum status authority_check_place(struct call *call) MUST_CHECK;
/* Of a query: PERMISSION_DENIED when the actor has no role for it at all, UNAVAILABLE while nobody
 * can tell. */
enum status authority_check_query(struct call *call) MUST_CHECK;

/* For handlers that decide more finely than their row (a step of a life cycle): does the actor
 * reach the place of this call with another permission, too? */
bool authority_may(const struct call *call, const struct permission *permission);
/* And for those whose request touches another object beside its own: would the actor reach it by
 * this permission? */
bool authority_may_at(const struct call *call, const struct permission *permission,
                      const struct spot *spot);

/* What a query's statement may name: :reach_street (boolean, the whole of it), :reach_communities
 * (uuid[]), :reach_units (uuid[]), :reach_person (text, '' if none). A WHERE says: (:reach_street
 * OR community_id = ANY(:reach_communities::uuid[]) OR unit_id = ANY(:reach_units::uuid[]) OR
 * person_id::text = :reach_person), leaving out what its rows do not have. */
enum { REACH_PARAMS = 4 };
struct db_param;
void authority_reach_params(struct call *call, struct db_param *params);
