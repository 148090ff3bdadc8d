/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parties.h - for statements: does a community or unit take part in the street? The copies of the
 * registry's say so; "" is the street itself and does
 */
#pragma once

/* Of a unit's row: it is neither suspended nor withdrawn. */
#define IS_PRESENT "status IN ('PROSPECT', 'SIGNED')"

/* A statement bound to a message with a community_id, and what its refusal is. */
#define COMMUNITY_TAKES_PART(type, ...)                                                            \
    .sql = "SELECT 1 WHERE :community_id = '' OR EXISTS (SELECT FROM scheduling.community"         \
           " WHERE street = :street AND community_id = nullif(:community_id, '')::uuid"            \
           " AND status = 'ACTIVE')",                                                              \
    .of = &scheduling__##type##__descriptor, .one_row = {__VA_ARGS__}
