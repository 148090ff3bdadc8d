/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bed.h - a real broker in a process of its own, with keys of its own, and peers that speak to it
 *
 * An echo worker lives in the test's thread: it answers and beats whenever the test waits. Whatever
 * waits, waits for a condition, WAIT_MS at most.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <cmocka.h>

#include "libcommon/bus/certificate.h"
#include "libcommon/bus/frames.h"
#include "libcommon/bus/ports.h"

enum { WAIT_MS = 20000 };

/* Ports of this process, chosen at the first call so that two checkouts can test at once: the
 * broker's four, its admin port 10 above, and four for another broker 20 above. */
int bed_port(void);
enum { BED_ADMIN = 10, BED_OTHER = 20 };

struct bed {
    void *context;
    char folder[32];
    pid_t broker; /* 0: not running */
    struct certificate broker_key, registry, echo, office, operator_, volunteer, hooks, foreign;
    void *worker; /* of echo */
};

extern const char *bed_program; /* path of the broker */
extern int bed_descriptors;     /* that it may open; 0: as many as this process */

/* The broker runs and echo is served. */
int bed_up(void **state);
int bed_down(void **state);

/* In a child of the test: no process outlives it. */
void bed_dies_with_its_test(void);
/* Starts the broker with these certificates at port; returns its pid. */
pid_t bed_start(const struct bed *bed, const char *certificate, int port);
/* Exit code of pid; fails the test if it does not end within limit_ms. */
int bed_wait_exit(pid_t pid, int64_t limit_ms);

/* A connected CURVE socket of `type`. own NULL: a random key that nobody knows. */
void *bed_connect(const struct bed *bed, int type, const struct certificate *own,
                  enum broker_port port);
/* Sends a message of text frames. */
#define bed_send(socket, ...) bed_send_texts(socket, (const char *const[]){__VA_ARGS__, NULL})
void bed_send_texts(void *socket, const char *const *texts);
/* The next message of socket, while the echo worker does its work. False: none within wait_ms. */
bool bed_receive(struct bed *bed, void *socket, int64_t wait_ms, struct frames *ret);
/* Asks echo through a fresh connection and compares what comes back. */
void assert_echo_serves(struct bed *bed);
/* A counter of the broker's /metrics. */
long bed_metric(const char *name);
/* Waits until it is at least this. */
void wait_metric(struct bed *bed, const char *name, long at_least);
/* A raw TCP connection. */
int bed_tcp(int port);

/* Bytes of which nothing can be made, by a fixed rule so that a failure can be repeated. */
void bed_fill(uint8_t *bytes, size_t size, uint32_t seed);
