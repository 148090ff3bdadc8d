/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admissions.h - which certificate may connect to which port, how many connections it has, and how
 * often it may connect
 *
 * Every admission has a serial, which libzmq carries as the User-Id of each message of that
 * connection. It counts as live from the handshake until the ledger says that it ended. An
 * admission of which no message came yet cannot be tied to a descriptor: the ledger says how many
 * connections have said nothing, and since when; admissions that cannot be among those have ended,
 * the oldest first.
 *
 * Why there are limits: libzmq 4.3.4 numbers a ROUTER's peers upwards from a random 32-bit number,
 * and ends the process when the next number is one that a peer claimed and holds. With L ids held
 * or live at a port and R handshakes a second of one certificate an attacker is there after 2^32 /
 * (L * R) seconds: with 4,096 connections of a port and 0.1 handshakes a second 121 days. All
 * certificates together with what one may hold, 3 a second and 128: 129 days.
 *
 * Not thread-safe: zap.c holds its mutex.
 */
#pragma once

#include <stdint.h>

#include "libcommon/bus/zap_table.h"

/* May this role use this port at all? */
bool admissions_admit(Bus__Role role, enum broker_port port);

struct admissions;

struct admissions *admissions_create(const void *parent);

enum admission_answer {
    ADMISSION_GRANTED,
    ADMISSION_LATER, /* too many connections or handshakes now */
    ADMISSION_NEVER, /* this role has no business at this port */
};

/* May this certificate connect to this port? Granted: *ret_serial. Otherwise *ret_reason, a word
 * for the log. certificate is borrowed until the next admissions_follow. */
enum admission_answer admissions_ask(struct admissions *admissions,
                                     const struct certificate *certificate, enum broker_port port,
                                     int64_t now_us, uint64_t *ret_serial, const char **ret_reason);

struct admission {
    uint64_t serial;
    enum broker_port port;
    bool spoke; /* a message of it was seen: it is tied to a descriptor */
    const struct certificate *certificate; /* as it is now; NULL: taken away */
};

/* False: no such serial, or it ended. */
bool admissions_find(const struct admissions *admissions, uint64_t serial, struct admission *ret);
/* True once for each time that its certificate was taken away, given back or changed since the
 * admission. */
bool admissions_changed(struct admissions *admissions, uint64_t serial);
/* Tells that its first message came. Returns false if the certificate has too many connections,
 * and this one has to be ended. */
bool admissions_speak(struct admissions *admissions, uint64_t serial);
void admissions_end(struct admissions *admissions, uint64_t serial, int64_t now_us);

/* The connections of a port that have said nothing yet. Nobody can tell whose they are. */
struct silent_ones {
    unsigned young;    /* that may be without a handshake yet, anybody's */
    unsigned quiet;    /* that have made it */
    int64_t young_ms;  /* the oldest of the young ones came so long ago */
    int64_t oldest_ms; /* none came longer ago */
};
void admissions_silent(struct admissions *admissions, enum broker_port port,
                       const struct silent_ones *silent, int64_t now_us);
/* Makes this table the one that says who is known; the one before may be freed. */
void admissions_follow(struct admissions *admissions, const struct zap_table *table,
                       int64_t now_us);
