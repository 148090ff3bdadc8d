/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parties.h - is who a request names a party of the street? Statements that refuse who is not
 *
 * A handler queues one for each field with db_do and waits for none. They look into the copies of
 * the registry's communities and units; "" names nobody and passes. An object's file makes its own:
 *
 *   static const struct db_stmt asking_unit =
 *       UNIT_TAKES_PART("asking_unit", need, unit_id, "need.unit_id");
 *
 * type and f are the message and its field that the statement is bound to.
 */
#pragma once

#include "services/selection/selection.h"

/* clang-format off */
#define PARTY_STMT(statement, type, f, condition, ...)                                             \
    {.name = (statement), .sql = "SELECT 1 WHERE " condition, .bind = #f,                          \
     .of = &selection__##type##__descriptor, .one_row = {__VA_ARGS__}}

#define ONE_UNIT                                                                                   \
    "EXISTS (SELECT FROM selection.unit WHERE street = $1 AND unit_id = nullif($2, '')::uuid"
#define TAKES_PART " AND status IN ('PROSPECT', 'SIGNED')"

#define COMMUNITY_TAKES_PART(statement, type, f, path)                                             \
    PARTY_STMT(statement, type, f,                                                                 \
               "$2 = '' OR EXISTS (SELECT FROM selection.community WHERE street = $1"              \
               " AND community_id = nullif($2, '')::uuid AND status = 'ACTIVE')",                  \
               STATUS_NOT_FOUND, path, "exists", "no such community takes part in this street")
#define UNIT_TAKES_PART(statement, type, f, path)                                                  \
    PARTY_STMT(statement, type, f, "$2 = '' OR " ONE_UNIT TAKES_PART ")",                          \
               STATUS_NOT_FOUND, path, "exists", "no such unit takes part in this street")

/* Two for where it matters why: is it known at all, and is it neither suspended nor withdrawn? */
#define UNIT_EXISTS(statement, type, f, path)                                                      \
    PARTY_STMT(statement, type, f, "$2 = '' OR " ONE_UNIT ")",                                     \
               STATUS_NOT_FOUND, path, "exists", "no such unit in this street")
#define UNIT_STATUS(statement, type, f, path)                                                      \
    PARTY_STMT(statement, type, f, "$2 = '' OR " ONE_UNIT TAKES_PART ")",                          \
               STATUS_FAILED_PRECONDITION, path, "unit_status",                                    \
               "the unit is suspended or withdrawn")

/* Of repeated fields whose ids are distinct (RULE_UUID_SET). */
#define COMMUNITIES_TAKE_PART(statement, type, f, path)                                            \
    PARTY_STMT(statement, type, f,                                                                 \
               "cardinality($2::uuid[]) = (SELECT count(*) FROM selection.community"               \
               " WHERE street = $1 AND community_id = ANY($2::uuid[]) AND status = 'ACTIVE')",     \
               STATUS_NOT_FOUND, path, "exists", "not all of them take part in this street")
#define UNITS_TAKE_PART(statement, type, f, path)                                                  \
    PARTY_STMT(statement, type, f,                                                                 \
               "cardinality($2::uuid[]) = (SELECT count(*) FROM selection.unit"                    \
               " WHERE street = $1 AND unit_id = ANY($2::uuid[])" TAKES_PART ")",                  \
               STATUS_NOT_FOUND, path, "exists", "not all of them take part in this street")
/* clang-format on */
