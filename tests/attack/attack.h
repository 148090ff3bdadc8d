/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attack.h - what the parts of the hostile program share
 *
 *   hostile.c  an assault is a row: so many connections to a port, who they claim to be, what they say
 *   words.c    what they say, in words of the contract that are misused
 *   mutate.c   what they say, out of valid messages that were broken
 *   witness.c  what came back: whose is it?
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "libcommon/bus/certificate.h"
#include "libcommon/bus/ports.h"
#include "tests/attack/zmtp.h"

/* X(name, help) */
#define TALLIES(X)                                                                                 \
    X(opened, "connections that were tried")                                                       \
    X(let_in, "handshakes that came to their end")                                                 \
    X(refused, "handshakes that were answered by ERROR")                                           \
    X(ended, "connections that the other side ended")                                              \
    X(sent, "messages")                                                                            \
    X(received, "messages")                                                                        \
    X(answers, "replies to own requests")                                                          \
    X(limited, "of them: refused because they are too many a second")                              \
    X(strange, "messages that are not its own; each is a line of the record")

struct tally {
#define X(name, help) uint64_t name;
    TALLIES(X)
#undef X
};

struct attack {
    struct certificate certificate;
    struct zmtp_keys own;
    uint8_t server_key[ZMTP_KEY];
    char home[33];      /* the first street of its own */
    const char *street; /* somebody else's */
    const char *victim; /* a routing id that somebody else uses, and the name of a worker */
    uint64_t dice;      /* never 0 */
    FILE *record;       /* or NULL */
    bool has_mutated;   /* messages, and so maybe their ids */
    struct tally tally;
};

/* The next number of a sequence that the seed determines. */
uint64_t attack_dice(struct attack *attack);

enum { ATTACK_FRAMES_MAX = 8, ATTACK_BYTES_MAX = 256 * 1024 };

/* A message to be sent; its frames lie in one place of the assault's. */
struct words {
    size_t count;
    struct {
        const void *data;
        size_t size;
    } frame[ATTACK_FRAMES_MAX];
};

void words_add(struct words *words, const void *data, size_t size);
void words_add_text(struct words *words, const char *text);
/* False: too much waits at this connection already; nothing was sent then. */
bool words_say(struct attack *attack, struct zmtp *zmtp, const struct words *words);

/* Says something by an open connection, the n-th thing; false as words_say. */
typedef bool speech(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n);

/* words.c */
speech say_hello;            /* whatever shows who one is at this port */
speech say_mmi_echo;         /* a name of mmi. with 250 KB */
speech say_mmi_services;     /* a small question with a large answer */
speech say_large_for_nobody; /* 250 KB for a service that is away */
speech say_large;            /* 250 KB for "echo", which sends them back */
speech say_endless;          /* frames of a message that never ends */
speech say_forbidden;        /* for a street that is not granted */
speech say_valid;            /* a query of the own street */
speech say_after;            /* to be parked until a journal is far away */
speech say_other_versions;   /* wrong protocols, commands, numbers of frames */
speech say_follow_others;    /* prefixes that are not granted, up to the largest that may be */
speech say_follow_noise;     /* what looked like an unsubscription once, and words that are none */
speech say_publication;      /* in the names of others */
speech say_ready;            /* as a worker of others, and answers to tickets that were made up */
/* mutate.c */
speech say_mutated;

/* Is this message ours? If not, it is counted and recorded. */
void witness(struct attack *attack, enum broker_port port, const struct zmtp_message *message);
/* What ends every request_id of ours. */
#define OWN_ID_END "a77acca77acc"
#define OWN_ID_PART "a77"
