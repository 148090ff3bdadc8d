/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reach_caller.h - who calls, and what the table of permission.h says of them
 *
 * It is always the $PERSON of the own place: by a certificate in their name, or through a gateway
 * that speaks for them; with a role granted for the own place, or without.
 */
#pragma once

#include "libcommon/service/call/permission.h"
#include "reach_ground.h"

/* When a grant lets its holder do anything: between its first and its last day, until it is
 * revoked, in its street. */
enum term { IN_FORCE, ENDED_YESTERDAY, BEGINS_TOMORROW, REVOKED, OF_ANOTHER_STREET, TERMS };

struct reach_caller {
    Bus__Role certificate; /* in the person's name; UNSPECIFIED: a gateway speaks for them */
    Bus__Role granted;     /* UNSPECIFIED: none */
    enum term term;        /* of the grant */
};

/* Calls `visit` for each caller: those with a certificate alone, and one through a gateway to whom
 * nothing was granted; or those to whom each role was granted for each of the terms from first to
 * last. */
typedef void caller_visit(struct bed *bed, void *context, const struct reach_caller *caller);
void each_certificate(struct bed *bed, caller_visit *visit, void *context);
void each_grant(struct bed *bed, enum term first, enum term last, caller_visit *visit,
                void *context);

/* Stores the caller's grants, and nothing else. */
void caller_enter(struct bed *bed, struct world *world, const struct reach_caller *caller);

/* How far the action reaches for the caller, by the table. False: they may not do it anywhere. */
bool caller_may(const struct reach_caller *caller, const struct permission *permission,
                enum reach *ret);

/* "a gateway, SHOP granted until yesterday", under parent. */
char *caller_text(const void *parent, const struct reach_caller *caller);
