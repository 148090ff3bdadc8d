/* SPDX-License-Identifier: Apache-2.0 */
/*
 * positions.h - how far this service has applied the journals it follows, as far as this process
 * knows
 *
 * The steward's thread writes it, the bus thread parks requests by it (RequestHeader.after). Any
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct positions;

struct positions *positions_new(const void *parent);
/* Readable when a position moved since positions_moved was asked. */
int positions_fd(const struct positions *positions);
bool positions_moved(struct positions *positions);

void positions_set(struct positions *positions, const char *street, const char *source,
                   int64_t seq);
/* -1: not known here. */
int64_t positions_get(struct positions *positions, const char *street, const char *source);

/* Somebody waits for news of this street: a process whose steward stands by looks into the database
 * then. */
void positions_want(struct positions *positions, const char *street);
/* The wanted streets as an array in text form, "{xiasha}", under parent; NULL if there are none.
 * They are not wanted any more, unless asked for again. */
char *positions_take_wanted(struct positions *positions, const void *parent);
