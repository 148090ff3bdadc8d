/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen.h - read your own writes: how far each journal stood in the replies that came
 *
 * Requests carry it as `after`, so that a service which follows a journal answers only when it has
 * applied what this program was told. Several sessions may share one.
 */
#pragma once

#include "bus_envelope.pb-c.h"

struct seen;

struct seen *seen_new(const void *parent);

/* Takes a position; one that is behind what is known changes nothing. */
void seen_note(struct seen *seen, const char *service, int64_t seq);

/* Borrowed until the next seen_note. */
const Bus__Position *const *seen_positions(const struct seen *seen, size_t *ret_count);
