/* SPDX-License-Identifier: Apache-2.0 */
/*
 * programme.h - what all methods about programmes share: field rules, life cycle, how they are
 * stored
 *
 * Create applies every rule, update those of the fields under its mask; fields without a rule are
 * the server's. Limits stand here for a kind message and in db/ for truth. What the functions make
 * hangs off the call.
 */
#pragma once

#include "selection_programme.pb-c.h"
#include "services/selection/contract.h"

extern const struct rule programme_rules[];
extern const struct life_cycle programme_life_cycle;
extern const struct db_stmt programme_select;
extern const struct object programme_object;

/* STATEMENT(…, PROGRAMME_DAYS("action", "…")): sheets can still be submitted by the street's
 * day. */
#define PROGRAMME_DAYS(path, message)                                                              \
    .sql = "SELECT 1 FROM selection.stream WHERE street = :street"                                 \
           " AND :tick_until_on::date >= (:now::timestamptz AT TIME ZONE time_zone)::date",        \
    .of = &selection__programme__descriptor,                                                       \
    .one_row = {STATUS_FAILED_PRECONDITION, path, "past", message}

/* INVALID_ARGUMENT on "programme.catalogue.projects[i].project_id" for an id that two have.
 * catalogue may be NULL. */
enum status programme_check_ids(struct call *call,
                                const Selection__Catalogue *catalogue) MUST_CHECK;
/* Gives an id to each project of the catalogue that has none. catalogue may be NULL. */
void programme_give_ids(struct call *call, Selection__Catalogue *catalogue);
