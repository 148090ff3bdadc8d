/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.h - where a process can be told to die, and bugs that are in it on purpose
 *
 * The product knows nothing of them. In the programs that ops/faults runs the linker puts the
 * functions of this folder around those of the product that meson.build names here: whoever calls
 * NAME in another file comes to __wrap_NAME, and __real_NAME is NAME.
 *
 * Crash points: `echo after_commit_before_reply:3 >$JUSHA_FAULT/1234` kills process 1234 when it
 * comes there for the third time, and removes the file. Planted bugs: JUSHA_PLANT=no_idempotency,…
 * switches them on from the start. ops/faults must notice every one of them, or it could not be
 * trusted where it notices nothing.
 *
 * A new one: a row here; where it is a matter of SQL a row in sql.c, else WRAPS(NAME), a
 * __wrap_NAME that asks fault_planted or passes a fault_point, and NAME in meson.build (without it
 * __real_NAME does not link; a NAME that only its own file calls cannot be wrapped). Then a row in
 * tests/faults/mutants.py, which says who must find it, or in crashes.py, which says who dies;
 * `ops/faults --mutants NAME` and `ops/faults --smoke --only NAME` try it.
 */
#pragma once

#include <stdbool.h>

#define FAULT_POINTS(X)                                                                            \
    X(BEFORE_COMMIT, before_commit)                         /* all is sent but COMMIT */           \
    X(AFTER_COMMIT_BEFORE_REPLY, after_commit_before_reply) /* done, and nobody was told */        \
    X(AFTER_REPLY, after_reply)                             /* and its events are out */           \
    X(RELAY_AFTER_PUBLISH, relay_after_publish)             /* an event went out, others wait */   \
    X(FOLLOWER_BEFORE_COMMIT, follower_before_commit)       /* copy stored, position moved */      \
    X(FOLLOWER_AFTER_COMMIT, follower_after_commit)         /* and the process does not know it */ \
    X(TIMER_BEFORE_FIRE, timer_before_fire)                 /* due, read, not taken yet */         \
    X(TIMER_AFTER_FIRE, timer_after_fire)                   /* fired, told, not counted */         \
    X(SUBSCRIBER_BEFORE_PRINT, subscriber_before_print)     /* an event is at hand */              \
    X(SUBSCRIBER_BEFORE_CURSOR, subscriber_before_cursor)   /* printed, the cursor stands */       \
    X(BROKER_AFTER_FORWARD, broker_after_forward)           /* a worker has the request */         \
    X(BROKER_BEFORE_REPLY, broker_before_reply)             /* the reply came, the caller waits */

#define PLANTED_BUGS(X)                                                                            \
    X(REPLY_BEFORE_COMMIT, reply_before_commit)       /* COMMIT is sent when the replies are */    \
    X(NO_IDEMPOTENCY, no_idempotency)                 /* replies are not stored under their ids */ \
    X(STREET_LOCK_LATE, street_lock_late)             /* taken only when everything was read */    \
    X(JOURNAL_BY_SEQUENCE, journal_by_sequence)       /* one for all streets, as bigserial is */   \
    X(UNLOCKED_CAPACITY, unlocked_capacity)           /* the street is not locked at all */        \
    X(SESSION_WIDE_STREET, session_wide_street)       /* believed to last, so not set again */     \
    X(SUBSCRIBER_TRUSTS_LIVE, subscriber_trusts_live) /* a gap is not filled from the journal */   \
    X(CURSOR_BEFORE_EFFECT, cursor_before_effect)     /* acknowledged, then printed */             \
    X(WAITLIST_WITHOUT_ORDER, waitlist_without_order) /* places are drawn by lot */                \
    X(POSITION_WITHOUT_COPY, position_without_copy)   /* of some events the copy is not kept */    \
    X(ENDS_AT_THE_BORDER, ends_at_the_border)         /* of another service nothing follows */     \
    X(LATE_EVENT_LEFT_OUT, late_event_left_out)       /* and the position moves past it */         \
    X(HISTORY_BY_NUMBER, history_by_number)           /* whatever ids say of a restored journal */ \
    X(TRUSTS_ITS_CLOCK, trusts_its_clock)             /* whatever the database's clock says */     \
    X(SQUATTED_ID_SERVED,                                                                          \
      squatted_id_served) /* so are claimed ones; nobody compares certificates or sees ends */     \
    X(REFUSAL_WITHOUT_CERTIFICATE,                                                                 \
      refusal_without_certificate) /* goes to the routing id, whose ever it is by now */           \
    X(BUDGET_PER_CONNECTION, budget_per_connection) /* who opens ten has ten times as much */      \
    X(STAYS_READ_ONLY, stays_read_only)             /* a session that may only read is kept */     \
    X(HEALTHY_WITHOUT_ROOM, healthy_without_room)   /* nobody tells that writes fail */            \
    X(WAITS_FOR_ITS_LOG, waits_for_its_log)         /* for whoever reads its stderr */

enum fault_point {
#define POINT(NAME, name) FAULT_##NAME,
    FAULT_POINTS(POINT)
#undef POINT
};

enum planted_bug {
#define BUG(NAME, name) BUG_##NAME,
    PLANTED_BUGS(BUG)
#undef BUG
};

/* Any thread. May not return. */
void fault_point(enum fault_point point);
/* Any thread. */
bool fault_planted(enum planted_bug bug);

/* Both are of NAME's own type, so that a change of its parameters is seen here. */
#define WRAPS(name) extern __typeof__(name) __wrap_##name, __real_##name
