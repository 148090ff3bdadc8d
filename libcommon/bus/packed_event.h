/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packed_event.h - sequence numbers of CloudEvents that stay packed
 *
 * A page of a journal holds hundreds of events and most live ones come twice: they are put in order
 * by their numbers and unpacked only when somebody takes them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct bytes {
    const uint8_t *at, *end;
};

/* The next length-prefixed field: all that leads to a sequence number is of that kind. False: none
 * is left, or it is no such message. */
bool packed_next_field(struct bytes *in, uint64_t *ret_number, struct bytes *ret);

/* Value of the attribute "sequence", 1 or more; -1 if there is none. */
int64_t packed_event_seq(struct bytes event);

/* Are a ReadResponse's events numbered after + 1, after + 2, …, or from later on when retention
 * took the first? Returns how many, -1 if they are not; *ret_first is then not written. */
int64_t packed_page_check(struct bytes page, int64_t after, int64_t *ret_first);
