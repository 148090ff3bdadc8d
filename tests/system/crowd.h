/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crowd.h - many callers of one street, and what became of every command they sent
 *
 * Each command is RegisterUnit with a name of its own ("unit 17") and a request_id of its own, so a
 * second effect could not hide: it would be refused for the name, or leave one event too many. All
 * callers live in the test's thread.
 */
#pragma once

#include "tests/system/bed.h"

enum { CROWD_MEMBERS_MAX = 64 };

struct crowd;

struct crowd_options {
    size_t members;
    size_t broker; /* one broker's number, or BROKERS: each member has both */
    uint32_t timeout_ms;
};

/* Makes a crowd of a new street, which only it uses. Ends with talloc_free. */
struct crowd *crowd_new(struct bed *bed, struct crowd_options options);
const char *crowd_street(const struct crowd *crowd);

/* Sends so many more commands, the members in turn. */
void crowd_send(struct crowd *crowd, size_t commands);
/* Sends so many queries (ListUnits), the members in turn; each must be answered OK. */
void crowd_ask(struct crowd *crowd, size_t queries);
/* Handles what comes within wait_ms; returns how many are under way still. */
size_t crowd_turn(struct crowd *crowd, int wait_ms);
/* Until every command has some answer; fails the test when limit_ms pass before. */
void crowd_wait(struct crowd *crowd, int64_t limit_ms);
/* Until so many in all have an answer. */
void crowd_wait_answers(struct crowd *crowd, size_t answers);

/* Keeps `level` commands under way, as long as is_over (asked now and then) says no. */
void crowd_load(struct crowd *crowd, size_t level, bool (*is_over)(void *context), void *context);

size_t crowd_sent(const struct crowd *crowd);
size_t crowd_answered(const struct crowd *crowd);  /* commands */
size_t crowd_under_way(const struct crowd *crowd); /* commands and queries */
/* Commands whose last answer was this. */
size_t crowd_count(const struct crowd *crowd, enum status status);
/* Fails the test if any answer was none of OK and these; ends with STATUS_OK. */
void crowd_assert_only(const struct crowd *crowd, const enum status *allowed);

/* Asks again, with its old request_id, what was not answered OK, until all are. */
void crowd_resolve(struct crowd *crowd);
/* All answered OK; tables and journal hold each exactly once; the journal has no gap. */
void crowd_assert_done(struct crowd *crowd);

/* The longest time that an answer took, of those commands that were under way at or sent after
 * from_ms; counted from the later of both moments. */
int64_t crowd_longest_ms(const struct crowd *crowd, int64_t from_ms);
