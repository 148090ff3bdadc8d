/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.h - the community and the unit that an object of the registry belongs to
 *
 * Foreign keys say that they exist. That they are not dissolved or withdrawn is checked when
 * somebody names them again, by statements that only queue: a row that is missing is the refusal.
 * OFFSET 0 stands between id and status, as the planner would else walk a partial index of names.
 */
#pragma once

#include "services/registry/contract.h"

/* STATEMENT(pairing_unit, UNIT_OF("pairing", registry__pairing__descriptor)): bound to a message of
 * this type, which the request holds in the field `noun`. */
#define COMMUNITY_OF(noun, type)                                                                   \
    .sql = "SELECT FROM (SELECT status FROM registry.community WHERE street = :street"             \
           " AND community_id = :community_id OFFSET 0) c WHERE status <> 'DISSOLVED'",            \
    .of = &(type),                                                                                 \
    .one_row = {STATUS_NOT_FOUND, noun ".community_id", "exists",                                  \
                "no such community in this street"}
#define UNIT_OF(noun, type)                                                                        \
    .sql = "SELECT FROM (SELECT status FROM registry.unit WHERE street = :street"                  \
           " AND unit_id = :unit_id OFFSET 0) u WHERE status <> 'WITHDRAWN'",                      \
    .of = &(type),                                                                                 \
    .one_row = {STATUS_NOT_FOUND, noun ".unit_id", "exists", "no such unit in this street"}

/* The violation of a foreign key: the same refusal. */
#define NO_COMMUNITY(noun, constraint)                                                             \
    {                                                                                              \
        constraint, STATUS_NOT_FOUND, noun ".community_id", "exists",                              \
            "no such community in this street"                                                     \
    }
#define NO_UNIT(noun, constraint)                                                                  \
    {                                                                                              \
        constraint, STATUS_NOT_FOUND, noun ".unit_id", "exists", "no such unit in this street"     \
    }

/* An id that must be there, or must not, because another field says so: INVALID_ARGUMENT on
 * `field`, by the rule "required" or "empty". */
enum status place_must(struct call *call, const char *field, const char *id,
                       bool wanted) MUST_CHECK;
