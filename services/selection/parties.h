/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parties.h - is who a request names a party of the street? Statements that refuse who is not
 *
 * A handler queues one for each field with db_do and waits for none. They look into the copies of
 * the registry's communities and units; "" names nobody and passes. An object's file makes its own:
 *
 *   STATEMENT(asking_unit, UNIT_TAKES_PART(need, unit_id, "need.unit_id"));
 *
 * type and f are the message and its field that the statement is bound to.
 */
#pragma once

#include "services/selection/contract.h"

/* clang-format off */
#define PARTY(type, condition, ...)                                                                \
    .sql = "SELECT 1 WHERE " condition, .of = &selection__##type##__descriptor,                    \
    .one_row = {__VA_ARGS__}

#define IS_UNIT(f)                                                                                 \
    ":" #f " = '' OR EXISTS (SELECT FROM selection.unit WHERE street = :street"                    \
    " AND unit_id = nullif(:" #f ", '')::uuid"
#define TAKES_PART " AND status IN ('PROSPECT', 'SIGNED')"

#define COMMUNITY_TAKES_PART(type, f, path)                                                        \
    PARTY(type,                                                                                    \
          ":" #f " = '' OR EXISTS (SELECT FROM selection.community WHERE street = :street"         \
          " AND community_id = nullif(:" #f ", '')::uuid AND status = 'ACTIVE')",                  \
          STATUS_NOT_FOUND, path, "exists", "no such community takes part in this street")
#define UNIT_TAKES_PART(type, f, path)                                                             \
    PARTY(type, IS_UNIT(f) TAKES_PART ")",                                                         \
          STATUS_NOT_FOUND, path, "exists", "no such unit takes part in this street")

/* Two for where it matters why: is it known at all, and is it neither suspended nor withdrawn? */
#define UNIT_EXISTS(type, f, path)                                                                 \
    PARTY(type, IS_UNIT(f) ")",                                                                    \
          STATUS_NOT_FOUND, path, "exists", "no such unit in this street")
#define UNIT_STATUS(type, f, path)                                                                 \
    PARTY(type, IS_UNIT(f) TAKES_PART ")",                                                         \
          STATUS_FAILED_PRECONDITION, path, "unit_status",                                         \
          "the unit is suspended or withdrawn")

/* Does who stands there still take part? For steps of what is stored; "" is the street itself. */
#define STILL_TAKES_PART(type, condition, path, rule, message)                                     \
    PARTY(type, condition, STATUS_FAILED_PRECONDITION, path, rule, message)
#define UNIT_STILL(f) "(" IS_UNIT(f) TAKES_PART "))"
#define COMMUNITY_STILL(f)                                                                         \
    "(:" #f " = '' OR EXISTS (SELECT FROM selection.community WHERE street = :street"              \
    " AND community_id = nullif(:" #f ", '')::uuid AND status = 'ACTIVE'))"
#define UNITS_STILL(f)                                                                             \
    "(cardinality(:" #f "::uuid[]) = (SELECT count(*) FROM selection.unit"                         \
    " WHERE street = :street AND unit_id = ANY(:" #f "::uuid[])" TAKES_PART "))"

/* Of repeated fields whose ids are distinct (RULE_UUID_SET). */
#define UNITS_TAKE_PART(type, f, path)                                                             \
    PARTY(type,                                                                                    \
          "cardinality(:" #f "::uuid[]) = (SELECT count(*) FROM selection.unit"                    \
          " WHERE street = :street AND unit_id = ANY(:" #f "::uuid[])" TAKES_PART ")",             \
          STATUS_NOT_FOUND, path, "exists", "not all of them take part in this street")
/* The same of an object that may have named them before: whom it names already stays, whatever
 * became of them since, so that everything else about it can still be changed. Queued before the
 * object is stored; ids are texts. */
#define NAMED_ANEW(type, ids, named_before, table, id, taking_part, path)                          \
    PARTY(type,                                                                                    \
          "NOT EXISTS (SELECT FROM " ids " n (id) WHERE NOT coalesce((SELECT " named_before        \
          " FROM selection." #type " o WHERE o.street = :street"                                   \
          " AND o." #type "_id = nullif(:" #type "_id, '')::uuid), false)"                         \
          " AND NOT EXISTS (SELECT FROM selection." #table " p WHERE p.street = :street"           \
          " AND p." #id " = n.id::uuid" taking_part "))",                                          \
          STATUS_NOT_FOUND, path, "exists", "not all of them take part in this street")
#define UNITS_NAMED_ANEW(type, ids, named_before, path)                                            \
    NAMED_ANEW(type, ids, named_before, unit, unit_id, TAKES_PART, path)
#define COMMUNITIES_NAMED_ANEW(type, ids, named_before, path)                                      \
    NAMED_ANEW(type, ids, named_before, community, community_id, " AND p.status = 'ACTIVE'", path)
/* clang-format on */
