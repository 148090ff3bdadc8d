/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bed.h - the whole system for one test program: two brokers, services, keys, a street
 *
 * Real processes on ports of their own, with keys in a folder of their own, beside the database
 * that ops/lib/with-database exports. Every street's name is new, so programs share the database.
 * Registry 0 reaches it by TCP, registry 1 by its Unix socket: so PostgreSQL's own views tell whose
 * session is whose.
 */
#pragma once

#include <libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "libcommon/bus/certificate.h"
#include "libcommon/bus/client.h"
#include "libcommon/bus/ports.h"
#include "services/service_names.h"
#include "tests/system/process.h"

enum { BROKERS = 2, INSTANCES = 2, REGISTRIES = INSTANCES, BROKER_STEP = 10, BED_ADMIN = 20 };

#define X(name, NAME) NAME##_SERVICE,
enum service { SERVICE_NAMES(X) SERVICES };
#undef X

/* Ports of this program: broker i's from bed_port() + i * BROKER_STEP, admin ports from +
 * BED_ADMIN. */
int bed_port(void);

/* The holders of the certificates. */
enum who {
    STAFF,       /* of bed->street */
    OTHER_STAFF, /* of bed->other */
    EVERYWHERE,  /* staff of all streets */
    VOLUNTEER,   /* of bed->street */
    GATEWAY,     /* of all streets */
    OPERATOR,
    REGISTRY, /* the services' own, in the order of enum service */
    SELECTION,
    SCHEDULING,
    NOTIFICATION,
    ROGUE, /* a service that nobody knows */
    POET,  /* a foreign worker */
    BROKER,
    WHO_COUNT,
};

struct bed_options {
    size_t registries;           /* how many run from the start */
    size_t others;               /* how many of each of the other services */
    const char *broker_option;   /* one more argument, or NULL */
    const char *registry_option; /* alike */
};

struct bed {
    struct bed_options options;
    void *memory; /* ends with the bed */
    void *context;
    char folder[40]; /* certificates and logs */
    struct certificate key[WHO_COUNT];
    struct process broker[BROKERS], service[SERVICES][INSTANCES];
    struct process *registry; /* service[REGISTRY_SERVICE] */
    int ended_badly;          /* processes, told at the end of main */
    PGconn *database;         /* superuser: looks behind row-level security */
    char street[16], other[16];
    struct client *client;  /* of STAFF, by both brokers */
    struct client *founder; /* of OPERATOR */
};

/* For a group's set-up and tear-down. Both streets are there and everybody is ready. */
int bed_up(void **state, struct bed_options options);
int bed_down(void **state);
/* The end of main: fails, too, when a process did not end well (a leak, with sanitizers). Shows the
 * logs when anything failed and removes the folder. */
int bed_finish(int failed);

/* A second life of one that was stopped; then bed_wait_ready. */
void bed_start_broker(struct bed *bed, size_t index);
void bed_start_registry(struct bed *bed, size_t index);
void bed_start_service(struct bed *bed, enum service service, size_t index);
/* Set-up of a test: whatever an earlier one left dead or stalled runs again. */
int bed_revive(void **state);
/* Everybody who runs is ready, and every broker knows every service that runs. */
void bed_wait_ready(struct bed *bed);
/* Everybody who was started lives, is healthy and is who they were. */
void bed_assert_alive(const struct bed *bed);

/* The same as a teardown; and a test that begins with everything up and must leave it so. */
int bed_alive(void **state);
#define bed_story(function) cmocka_unit_test_setup_teardown(function, bed_revive, bed_alive)

/* "127.0.0.1:7700", for BROKERS also ",127.0.0.1:7710"; which: one broker's number or BROKERS. */
const char *bed_brokers(size_t which);
struct client *bed_client(struct bed *bed, enum who who, size_t which);
/* A new street, made by the operator; its slug. */
void bed_street(struct bed *bed, char slug[static 16]);

/* "RegisterUnit" -> "jusha.registry.v1.RegistryService/RegisterUnit"; likewise of every other
 * service. */
const char *bed_method(const char *name);
/* "registry" of a full name. "Read", … of the journal are asked of the registry. */
const char *bed_service_of(const char *method);
/* Packed request of a short method name, from JSON; under bed->memory. */
ProtobufCBinaryData bed_pack(struct bed *bed, const char *method, const char *json);
/* One call to a street, of a short method name, to the service that has it. */
enum status bed_call(struct bed *bed, struct client *client, const char *street, const char *method,
                     const char *json, struct client_reply *ret);
/* Registers a unit and returns its id. */
const char *bed_unit(struct bed *bed, struct client *client, const char *street, const char *json);

/* First column of the first row as a number; reconnects when the server was restarted. */
long bed_number(struct bed *bed, const char *format, ...) PRINTF(2, 3);

/* Takes the registry back to where a street's journal had so many events, as from a backup of it
 * alone: what came later is gone, and so are its sessions. */
void bed_restore_registry(struct bed *bed, const char *street, int64_t seq);

/* Units, their revisions, events and what was answered OK, of all streets, in one number: it stays
 * when nothing was done. */
long bed_rows(struct bed *bed);

/* A variable that the build or ops/lib/with-database sets; fails the test without it. */
const char *bed_environment(const char *name);

/* A measured figure, as a comment of the test's output. */
void report(const char *format, ...) PRINTF(1, 2);
