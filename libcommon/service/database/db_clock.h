/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db_clock.h - does this process's wall clock agree with the database's?
 *
 * Each connection asks the server for its time as it opens (db_connect.c). From there the monotonic
 * clock carries the answer on, so that a wall clock which somebody sets is noticed by whoever looks
 * next, without a question. While the two are apart no connection opens or counts as alive: the
 * process withdraws as if the database were away.
 *
 * A clock that says an unbelievable year counts as off, too, though the server's says the same.
 *
 * A machine that slept looks as if its clock had been set; the next connection then finds that it
 * is right. One for the process; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* This lies well below the 5 minutes from which a request's id counts as one of the future, and
 * well above the delays of a network. */
enum { CLOCK_OFF_MAX_MS = 60 * 1000 };

/* This machine's two clocks at one moment. */
struct clock_reading {
    int64_t unix_ms, monotonic_ms;
};
struct clock_reading db_clock_read(void);

/* Returns the least number of milliseconds by which our wall clock is ahead of the server's
 * (negative: behind), given when the server was asked and when it had answered; 0 when its time
 * lies between the two. */
int64_t db_clock_difference(struct clock_reading asked, int64_t answered_monotonic_ms,
                            int64_t server_unix_ms);

/* Takes the server's answer and logs when the two clocks are apart. */
void db_clock_compare(struct clock_reading asked, int64_t server_unix_ms);
/* May the server be asked? Always while the clocks agree, else once a second by one thread. */
bool db_clock_may_ask(void);

/* Is it a moment at which anything may be made? What is made has times of then, and of years
 * around it (bookings, sign-ups), all of which must be in the contract's years 1970-2199: nobody
 * could read it ever again. */
bool db_clock_is_believable(int64_t unix_ms);

/* Returns by how many milliseconds the wall clock is ahead now, as far as is known; 0 before the
 * first answer. */
int64_t db_clock_ahead_ms(void);
bool db_clock_is_off(void);
