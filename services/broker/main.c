/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - the broker as a program
 *
 * Four sockets in one loop: callers and workers go through one core (door.c), publications and
 * followers through another (events.c). It keeps no state: killed and started
 * again it goes on as soon as workers register, and callers ask again.
 *
 * SIGTERM: new requests are refused, waiting ones answered, workers get DRAIN_MS to finish, then
 * are told DISCONNECT.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/secrets.h"
#include "libcommon/base/settings.h"
#include "libcommon/bus/admin.h"
#include "libcommon/bus/context.h"
#include "services/broker/ports/door.h"
#include "services/broker/ports/events.h"
#include "services/broker/ports/gauges.h"
#include "services/broker/ports/stranger.h"

enum {
    TICK_MS = 50,
    RETRY_MS =
        1, /* while answers or events wait for those who do not take them, or libzmq holds much */
    DRAIN_MS = 3000,
    TURN = 256, /* messages from one socket before the next one has its turn */
};

static const char *host, *certificate_path, *clients_folder;
static const char *weights;
static int64_t port, street_max, certificate_max, total_max, rates, hwm;

static const struct setting broker_settings[] = {
    {"address", SETTING_TEXT, &host, "127.0.0.1", 1, 255, "",
     "address to listen on; * for all, an IPv6 address without brackets"},
    {"port", SETTING_INT, &port, "7100", 1, 65532, "",
     "port for callers; the next three are for workers, publishers, subscribers"},
    {"certificate", SETTING_TEXT, &certificate_path, NULL, 1, 4096, "",
     "the broker's own certificate with its secret key (*.key_secret)"},
    {"clients", SETTING_TEXT, &clients_folder, NULL, 1, 4096, "",
     "folder of the public certificates (*.key) that may connect"},
    {"street_max", SETTING_INT, &street_max, "4096", 1, 1000000, "requests",
     "unanswered requests of one service and street; more are refused"},
    {"certificate_max", SETTING_INT, &certificate_max, "8192", 1, 1000000, "requests",
     "unanswered requests of one certificate, at most what its role has; more are refused"},
    {"total_max", SETTING_INT, &total_max, "16384", 1, 1000000, "requests",
     "unanswered requests in all; more are refused"},
    {"rates", SETTING_INT, &rates, "100", 0, 100000, "percent",
     "of the requests a second that each role has; 0: no limit"},
    {"weights", SETTING_TEXT, &weights, "", 0, 4000, "",
     "streets that have more of the pool than others: \"xiasha=4 yanlan=2\""},
    {"hwm", SETTING_INT, &hwm, "10000", 2048, 1000000, "messages",
     "messages that may wait for one peer; a worker's credit must fit"},
    {0},
};

struct program {
    struct sockets sockets;
    struct zap *zap;
    struct ledger *ledger;
    unsigned revocations; /* for which the door and the events looked again */
    struct admin *admin;
    struct door *door;
    struct events *events;
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = stop};

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Takes at most TURN messages, and the ends of those that said no more; true if there may be
 * more. */
static bool serve_port(struct program *program, enum broker_port which)
{
    bool more;

    if (which == PORT_PUBLISH || which == PORT_SUBSCRIBE) {
        more =
            (which == PORT_PUBLISH ? events_publish : events_hear)(program->events, TURN) == TURN;
        events_ends(program->events, which, !more);
    } else {
        more = door_receive(program->door, which, TURN) == TURN;
        door_ends(program->door, which, !more);
    }
    return more;
}

/* Waits for messages, unless there may be more already, and takes a turn of each port that has
 * some: asking a port that has none costs three system calls. */
static bool serve_once(struct program *program, bool more)
{
    bool answers_wait = door_retry(program->door), events_wait = events_retry(program->events);
    bool soon = answers_wait || events_wait || ledger_is_strained(program->ledger);
    long wait_ms = more ? 0 : soon ? RETRY_MS : TICK_MS;
    zmq_pollitem_t items[BROKER_PORTS + 1] = {
        [BROKER_PORTS] = {.fd = ledger_fd(program->ledger), .events = ZMQ_POLLIN}};
    bool most = false;

    for (int i = 0; i < BROKER_PORTS; i++)
        items[i] = (zmq_pollitem_t){.socket = program->sockets.port[i], .events = ZMQ_POLLIN};
    zmq_poll(items, BROKER_PORTS + 1, wait_ms);
    if (items[BROKER_PORTS].revents || ledger_is_strained(program->ledger))
        ledger_read(program->ledger);
    for (int i = 0; i < BROKER_PORTS; i++) {
        bool waits = items[i].revents || ledger_has_ends(program->ledger, (enum broker_port)i);

        if (waits && serve_port(program, (enum broker_port)i))
            most = true;
        else
            ledger_drained(program->ledger, (enum broker_port)i);
    }
    return most;
}

/* What was granted for as long as a connection stands is taken back with its certificate: before
 * anything more is sent, so that not even what waited already goes to who may not have it any
 * more. */
static void look_again(struct program *program)
{
    unsigned now = zap_revocations(program->zap);

    if (now == program->revocations)
        return;
    door_revoke(program->door);
    events_revoke(program->events);
    program->revocations = now;
}

static void serve_until(struct program *program, bool (*is_over)(struct program *, int64_t),
                        int64_t limit_ms)
{
    int64_t tick_ms = 0;
    bool more = false;

    while (!is_over(program, limit_ms)) {
        int64_t now_ms = clock_monotonic_ms();

        look_again(program);
        if (now_ms - tick_ms >= TICK_MS) {
            door_event(program->door, BROKER_TICK);
            events_tick(program->events);
            ledger_read(program->ledger);
            gauges_update_certificates(zap_expiring(program->zap));
            admin_alive(program->admin);
            tick_ms = now_ms;
        }
        more = serve_once(program, more);
    }
}

static bool is_stopped(struct program *program, int64_t limit_ms)
{
    (void)program, (void)limit_ms;
    return stopped;
}

static bool is_drained(struct program *program, int64_t limit_ms)
{
    return door_is_idle(program->door) || clock_monotonic_ms() >= limit_ms;
}

static enum status start(struct program *program)
{
    struct broker_address address = {.port = (int)port};
    struct broker_options options = {.street_max = (uint32_t)street_max,
                                     .certificate_max = (uint32_t)certificate_max,
                                     .total_max = (uint32_t)total_max,
                                     .rates_percent = (uint32_t)rates,
                                     .weights = weights,
                                     .log = &log_limits};
    struct certificate own;

    if (!weights_valid(weights)) {
        log_error("setting_invalid", "name=weights value=%s", LOG_QUOTED(weights));
        return STATUS_INVALID_ARGUMENT;
    }

    secrets_lock(&own, sizeof own);
    enum status status = certificate_load(certificate_path, &own);

    if (status != STATUS_OK)
        return status;
    snprintf(address.host, sizeof address.host, "%s", host);
    randombytes_buf(options.ticket_key, sizeof options.ticket_key);
    program->sockets.context = context_new();
    program->admin = admin_start();
    program->zap = program->admin ? zap_start(program->sockets.context, clients_folder) : NULL;
    if (!program->zap)
        return STATUS_UNAVAILABLE;
    admin_ready(program->admin, "starting");
    program->ledger = program->sockets.ledger = ledger_create(NULL, program->zap);
    status = sockets_open(&program->sockets, &address, (int)hwm, &own);
    if (status != STATUS_OK)
        return status;
    address = sockets_reach(&address);
    if (!strangers_are_refused(program->sockets.context, &address, own.public_key) ||
        !claims_are_ignored(program->sockets.context, &address, own.public_key,
                            program->sockets.port[PORT_SUBSCRIBE], program->zap))
        return STATUS_UNAUTHENTICATED;
    program->door = door_create(NULL, &program->sockets, program->ledger, &options);
    program->events = events_create(NULL, &program->sockets, program->ledger, program->zap);
    secrets_forget(&own, sizeof own);
    return STATUS_OK;
}

static void serve(struct program *program)
{
    admin_ready(program->admin, NULL);
    log_info("ready", "address=%s port=%d", LOG_QUOTED(host), (int)port);
    serve_until(program, is_stopped, 0);
    admin_ready(program->admin, "going down");
    log_info("draining", "limit_ms=%d", DRAIN_MS);
    door_event(program->door, BROKER_DRAIN);
    serve_until(program, is_drained, clock_monotonic_ms() + DRAIN_MS);
    door_event(program->door, BROKER_CLOSE);
    log_info("stopped", "port=%d", (int)port);
}

int main(int argc, char **argv)
{
    struct program program = {0};

    secrets_guard();
    settings_load(
        argc, argv, "passes requests from callers to workers, and events to subscribers",
        (const struct setting *const[]){broker_settings, admin_settings, log_why_settings, NULL});
    if (sodium_init() < 0)
        return EXIT_FAILURE;
    gauges_register();
    catch_signals();
    bool started = start(&program) == STATUS_OK;
    if (started)
        serve(&program);
    sockets_close(&program.sockets);
    ledger_destroy(&program.ledger);
    zap_destroy(&program.zap);
    if (program.sockets.context)
        zmq_ctx_term(program.sockets.context);
    events_destroy(&program.events);
    door_destroy(&program.door);
    admin_destroy(&program.admin);
    return started ? EXIT_SUCCESS : EXIT_FAILURE;
}
