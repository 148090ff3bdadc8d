/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shot.h - one wrong request, through both brokers, and what must come back
 *
 * A shot begins as a good request; the test spoils it. Firing it asserts who refused it and why,
 * and that no row of any table changed.
 */
#pragma once

#include "tests/system/raw.h"

struct outcome {
    enum status status;
    const char *field, *rule;
};

struct shot {
    enum who who;
    const char *address;        /* service frame */
    Bus__RequestHeader *header; /* NULL: no such frame */
    ProtobufCBinaryData payload;
};

/* The objects that exist when the first shot falls. In a shot's JSON its unit is $UNIT, and so
 * on. */
struct range {
    struct bed *bed;
    const char *unit;      /* of bed->street, at revision 1; its name is 银行一 */
    const char *foreign;   /* of bed->other */
    const char *token;     /* of ListUnits {"kind": "BANK"} in bed->street */
    const char *reused_id; /* of a request that was done */
};
extern struct range range;

/* Set-up of a group: the bed with one registry, and the range. */
int shot_up(void **state);
/* A good request to the street of `who`; under the bed. method is short: "RegisterUnit". */
struct shot shot_good(enum who who, const char *method, const char *json);
/* Fails the test, naming `what`, when any broker's answer is another or anything was done. */
void shot_fire(const char *what, const struct shot *shot, const struct outcome *expected);
/* Tear-down of a test: everybody lives. */
int shot_survived(void **state);
