/* SPDX-License-Identifier: Apache-2.0 */
/*
 * need.h - a unit of the registry, and a need of it in selection, which has to have heard of the
 * unit by then
 */
#pragma once

#include "tests/system/bed.h"

/* A unit, and the place in the registry's journal that its event has. */
struct made {
    const char *unit_id;
    int64_t seq;
};

/* Makes a unit of bed->street, by its staff; or of any street. */
struct made make_unit(struct bed *bed);
struct made make_unit_of(struct bed *bed, struct client *client, const char *street);

/* In the registry's journal. */
Bus__Position position_at(int64_t seq);

/* Raises a need for the unit, once selection has read the registry's journal so far. timeout_ms 0:
 * the client's own. */
enum status raise_need(struct bed *bed, struct made made, uint32_t timeout_ms);
enum status raise_need_of(struct bed *bed, struct client *client, const char *street,
                          struct made made, uint32_t timeout_ms);
