/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agreement.h - what all methods and timers about agreements share; see unit.h for how the tables
 * are used
 *
 * An agreement in force holds its unit: the first makes a prospect SIGNED, the end of the last
 * makes it a prospect again. Two timers run with it: one warns 30 days before its term ends, one
 * ends it at the first instant after the last day.
 */
#pragma once

#include "libcommon/service/following/ending.h"
#include "libcommon/service/following/timer.h"
#include "registry_agreement.pb-c.h"
#include "services/registry/contract.h"

extern const struct rule agreement_rules[];
extern const struct life_cycle agreement_life_cycle;
extern const struct db_stmt agreement_select;
extern const struct db_stmt agreement_community, agreement_unit; /* see place.h */
extern const struct object agreement_object;

/* An agreement's days by the street's clock. */
struct term {
    bool runs; /* today is one of them */
    const Google__Protobuf__Timestamp *warns, *ends;
};
enum status agreement_read_term(struct call *call, const Registry__Agreement *agreement,
                                struct term *ret) MUST_CHECK;
extern const struct db_stmt agreement_term;

/* The timers. */
#define AGREEMENT_WARNING "agreement_warning"
#define AGREEMENT_LAPSE "agreement_lapse"
enum status agreement_tell_lapsing(struct call *call) MUST_CHECK;
enum status agreement_let_lapse(struct call *call) MUST_CHECK;

/* Both of one in force. */
void agreement_set_timers(struct call *call, const Registry__Agreement *agreement,
                          const struct term *term);
void agreement_cancel_timers(struct call *call, const Registry__Agreement *agreement);
/* Moves all of them to the days of another time zone. Binds the street. */
extern const struct db_stmt agreement_rezone;

/* Takes a last step with one that is loaded, cancels its timers and tells it. */
enum status agreement_leave(struct call *call, Registry__Agreement *agreement,
                            Registry__AgreementAction action, const struct why *why) MUST_CHECK;

/* After an agreement's end: a SIGNED unit without any other in force is a prospect again. */
enum status agreement_release_unit(struct call *call,
                                   const Registry__Agreement *agreement) MUST_CHECK;

/* Terminates one that is loaded, tells it and lets go of its unit; see ending.h. */
enum status agreement_end(struct call *call, ProtobufCMessage *message,
                          const struct why *why) MUST_CHECK;
/* Drafts, and those in force. */
extern const struct db_stmt agreements_of_unit, agreements_of_community;
