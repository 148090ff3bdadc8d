/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker_bus.c - the bus thread of a service
 *
 *   Delivery -> call_new -> work queue … finished -> call_reply -> Answer
 *
 * Speaks MDP 0.2 as a worker with credit. A broker that is silent for 3 s gets a new connection;
 * one that does not know us says DISCONNECT and gets a new READY.
 */
#include "libcommon/service/worker/worker_bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/metrics.h"
#include "libcommon/bus/frames.h"
#include "libcommon/bus/link.h"
#include "libcommon/bus/mdp.h"
#include "libcommon/bus/ports.h"
#include "libcommon/service/batch/partitions.h"
#include "libcommon/service/database/db_clock.h"
#include "libcommon/service/database/writes.h"
#include "libcommon/service/following/positions.h"
#include "libcommon/service/journal/publisher.h"
#include "libcommon/service/method/envelope.h"
#include "libcommon/service/method/request_log.h"
#include "libcommon/service/worker/call_metrics.h"
#include "libcommon/service/worker/parked.h"

enum {
    BEAT_MS = 1000,
    DEAD_MS = 3000,
    DRAIN_MS = 25000,
    TAKE_MAX = 128, /* messages of one broker in a row */
    HWM = 20000,    /* messages; more than all brokers' credit */
    LINGER_MS = 1000,
    CREDIT_MAX = 1024, /* that a broker takes */
};

static struct metric in_flight = {
    .type = METRIC_GAUGE, .name = "jusha_in_flight", .help = "Requests that this process has now"};
static struct metric garbage = {.type = METRIC_COUNTER,
                                .name = "jusha_worker_garbage_total",
                                .help = "Messages of a broker that made no sense"};
static struct metric available = {.type = METRIC_GAUGE,
                                  .name = "jusha_database_connections",
                                  .help = "Work threads that have a database connection"};
static struct metric no_writes = {
    .type = METRIC_GAUGE,
    .name = "jusha_database_writes_failing",
    .help = "1 while the database takes nothing that is written, so that no command can be done"};
static struct metric clock_off = {
    .type = METRIC_GAUGE,
    .name = "jusha_clock_off_seconds",
    .help = "By how much this process's clock is ahead of the database's; beyond 60 it withdraws"};

struct broker_connection {
    struct link *link;
    void *socket; /* its DEALER at the moment */
    int64_t heard, beat_due;
    bool known;     /* it said anything on this connection */
    int64_t credit; /* that it was told last */
};

struct bus {
    const struct process *process;
    struct work *work;
    struct admin *admin;
    struct broker_connection brokers[BROKERS_MAX];
    size_t count;
    struct parked parked;
    int64_t in_flight;
    int64_t turned;      /* when the loop came round last */
    int64_t drain_until; /* 0: not draining */
    int64_t publisher_due;
};

/* ---- to a broker ---- */

static void send_command(struct broker_connection *broker, enum mdp_worker_command command)
{
    struct frames frames = {0};

    frames_add_text(&frames, MDP_WORKER);
    frames_add(&frames, &(char){(char)command}, 1);
    frames_send(broker->socket, &frames);
    broker->beat_due = clock_monotonic_ms() + BEAT_MS;
}

static void send_ready(struct bus *bus, struct broker_connection *broker, int64_t credit)
{
    struct frames frames = {0};
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)credit);
    frames_add_text(&frames, MDP_WORKER);
    frames_add(&frames, &(char){MDP_WORKER_READY}, 1);
    frames_add_text(&frames, bus->process->service->name);
    frames_add_text(&frames, text);
    if (bus->process->streets[0])
        frames_add_text(&frames, bus->process->streets);
    frames_send(broker->socket, &frames);
    broker->credit = credit;
    broker->beat_due = clock_monotonic_ms() + BEAT_MS;
}

static void send_final(struct bus *bus, struct call *call)
{
    struct broker_connection *broker = &bus->brokers[call->broker];
    struct frames frames = {0};

    frames_add_text(&frames, MDP_WORKER);
    frames_add(&frames, &(char){MDP_WORKER_FINAL}, 1);
    envelope_answer(call, &frames);
    if (!frames_send(broker->socket, &frames))
        log_warning("reply_dropped", "request_id=%s", call->header->request_id);
    broker->beat_due = clock_monotonic_ms() + BEAT_MS;
}

static void finish_call(struct bus *bus, struct call *call)
{
    send_final(bus, call);
    int64_t whole_ms = clock_monotonic_ms() - call->began;
    request_log(call, whole_ms);
    call_metrics_count(call, whole_ms);
    talloc_free(call);
    bus->in_flight--;
}

static void push_or_finish(struct bus *bus, struct call *call)
{
    if (call->status == STATUS_OK)
        work_push(bus->work, call);
    else
        finish_call(bus, call);
}

static void look_at_parked(struct bus *bus, bool moved)
{
    struct call *taken = NULL, *call, *next;

    if (parked_look(&bus->parked, moved))
        taken = parked_take(&bus->parked, bus->drain_until != 0);
    DL_FOREACH_SAFE(taken, call, next)
    {
        push_or_finish(bus, call);
    }
}

/* ---- what its work needs ---- */

static bool clock_is_off(const struct bus *bus, int64_t now)
{
    (void)bus, (void)now;
    return db_clock_is_off();
}

static bool database_is_away(const struct bus *bus, int64_t now)
{
    (void)now;
    return work_available(bus->work) == 0;
}

static bool is_draining(const struct bus *bus, int64_t now)
{
    (void)now;
    return bus->drain_until != 0;
}

static bool takes_no_writes(const struct bus *bus, int64_t now)
{
    (void)bus, (void)now;
    return writes_fail();
}

static bool keeps_no_answers(const struct bus *bus, int64_t now)
{
    (void)bus, (void)now;
    return partitions_are_missing();
}

static bool hears_no_broker(const struct bus *bus, int64_t now)
{
    for (size_t i = 0; i < bus->count; i++)
        if (bus->brokers[i].credit > 0 && bus->brokers[i].known &&
            now - bus->brokers[i].heard < DEAD_MS)
            return false;
    return true;
}

/* What makes a process not ready, in the order in which it is told. It withdraws where none of its
 * work can be done: brokers give it nothing more, and what waits is refused. */
static const struct obstacle {
    const char *reason;
    bool (*is_there)(const struct bus *bus, int64_t now);
    const char *withdraws; /* the rule by which what waits is refused; NULL: none of it is */
} obstacles[] = {
    {"draining", is_draining, NULL}, /* what waits is still done */
    {"its clock is off", clock_is_off, "clock"},
    {"the database is away", database_is_away, "database"},
    {"the database takes no writes", takes_no_writes, NULL}, /* queries are answered */
    {"answers cannot be stored: their week is missing", keeps_no_answers, NULL},
    {"no broker is heard", hears_no_broker, NULL},
};

static const struct obstacle *first_obstacle(const struct bus *bus, int64_t now, bool withdraws)
{
    for (size_t i = 0; i < sizeof obstacles / sizeof *obstacles; i++)
        if ((obstacles[i].withdraws || !withdraws) && obstacles[i].is_there(bus, now))
            return &obstacles[i];
    return NULL;
}

static const struct obstacle *why_no_work(const struct bus *bus)
{
    return first_obstacle(bus, clock_monotonic_ms(), true);
}

static const char *why_not_ready(const struct bus *bus, int64_t now)
{
    const struct obstacle *first = first_obstacle(bus, now, false);

    return first ? first->reason : NULL;
}

/* ---- connections ---- */

static int64_t credit_now(const struct bus *bus, const struct broker_connection *broker)
{
    if (bus->drain_until || why_no_work(bus))
        return 0;
    int64_t credit =
        bus->process->credit + parked_credit(&bus->parked, (size_t)(broker - bus->brokers));
    return credit < CREDIT_MAX ? credit : CREDIT_MAX;
}

/* A broker that hears from a new connection knows nothing of the one before. So the old one says
 * good-bye, if it can still carry that: what it had is then asked of others, and is no death. */
static void renew_connection(struct broker_connection *broker)
{
    int64_t now = clock_monotonic_ms();

    send_command(broker, MDP_WORKER_DISCONNECT);
    link_renew(broker->link, now);
    broker->socket = link_socket(broker->link);
    broker->heard = now;
    broker->known = false;
}

static void keep_connection(struct bus *bus, struct broker_connection *broker, int64_t now)
{
    int news = link_keep(broker->link, now);

    broker->socket = link_socket(broker->link);
    if (news & LINK_DOWN)
        broker->known = false;
    if (news & LINK_UP) {
        broker->heard = now;
        send_ready(bus, broker, credit_now(bus, broker));
    }
    if (!link_is_up(broker->link))
        return;
    if (now - broker->heard > DEAD_MS) {
        log_warning("broker_silent", "broker=%s", link_name(broker->link));
        renew_connection(broker);
    } else if (broker->credit != credit_now(bus, broker)) {
        send_ready(bus, broker, credit_now(bus, broker));
    } else if (now >= broker->beat_due) {
        send_command(broker, MDP_WORKER_HEARTBEAT);
    }
}

static void open_bus(struct bus *bus)
{
    const struct link_options options = {.zmq_context = bus->process->zmq_context,
                                         .type = ZMQ_DEALER,
                                         .hwm = HWM,
                                         .linger_ms = LINGER_MS,
                                         .own = bus->process->own,
                                         .broker_keys = bus->process->broker_keys};
    struct broker_address addresses[BROKERS_MAX];
    int count = ports_parse(bus->process->brokers, addresses);

    if (count < 1) {
        log_error("setting_invalid", "name=brokers value=%s", LOG_QUOTED(bus->process->brokers));
        exit(2);
    }
    bus->count = (size_t)count;
    for (size_t i = 0; i < bus->count; i++)
        bus->brokers[i].link = link_new(NULL, &options, &addresses[i], PORT_WORKER);
}

static void close_bus(struct bus *bus)
{
    for (size_t i = 0; i < bus->count; i++) {
        send_command(&bus->brokers[i], MDP_WORKER_DISCONNECT);
        TALLOC_FREE(bus->brokers[i].link);
    }
}

/* Fills items; returns how many. Lowers *wait_ms. */
static size_t poll_brokers(const struct bus *bus, zmq_pollitem_t *items, long *wait_ms)
{
    size_t count = 0;

    for (size_t i = 0; i < bus->count; i++)
        count += link_poll(bus->brokers[i].link, items + count, wait_ms);
    return count;
}

/* ---- from a broker ---- */

static void on_request(struct bus *bus, struct broker_connection *broker, struct frames *frames,
                       size_t at)
{
    struct call *call = NULL;

    if (frames->count == at + 1)
        call = envelope_open(frames_data(frames, at), frames_size(frames, at));
    if (!call) {
        metrics_add(&garbage, 1);
        return;
    }
    call->broker = (size_t)(broker - bus->brokers);
    bus->in_flight++;
    if (call->status != STATUS_OK || !parked_keeps(&bus->parked, call))
        push_or_finish(bus, call);
}

static void on_message(struct bus *bus, struct broker_connection *broker, struct frames *frames)
{
    size_t first =
        frames->count > 0 && frames_size(frames, 0) == 0; /* some brokers put an empty frame */

    broker->heard = clock_monotonic_ms();
    broker->known = true;
    if (frames->count < first + 2 || !frames_equal(frames, first, MDP_WORKER, strlen(MDP_WORKER)) ||
        frames_size(frames, first + 1) != 1) {
        metrics_add(&garbage, 1);
        return;
    }
    switch (*(const char *)frames_data(frames, first + 1)) {
    case MDP_WORKER_REQUEST:
        on_request(bus, broker, frames, first + 2);
        break;
    case MDP_WORKER_DISCONNECT: /* it does not know us: it was restarted, or presumed us dead */
        send_ready(bus, broker, credit_now(bus, broker));
        break;
    case MDP_WORKER_HEARTBEAT:
        break;
    default:
        metrics_add(&garbage, 1);
    }
}

static void take_messages(struct bus *bus, struct broker_connection *broker)
{
    struct frames frames;

    for (int i = 0; i < TAKE_MAX && broker->socket && frames_recv(broker->socket, &frames); i++) {
        on_message(bus, broker, &frames);
        frames_clear(&frames);
    }
}

/* ---- time ---- */

static void keep_time(struct bus *bus)
{
    int64_t now = clock_monotonic_ms();
    const struct obstacle *why = why_no_work(bus);

    for (size_t i = 0; i < bus->count; i++)
        keep_connection(bus, &bus->brokers[i], now);
    if (now >= bus->publisher_due) {
        publisher_keep(bus->process->publisher);
        bus->publisher_due = now + BEAT_MS / 10;
    }
    if (why)
        work_refuse_queued(bus->work, why->withdraws, why->reason);
    metrics_set(&in_flight, bus->in_flight);
    metrics_set(&clock_off, db_clock_ahead_ms() / 1000);
    metrics_set(&available, work_available(bus->work));
    metrics_set(&no_writes, writes_fail());
    admin_alive(bus->admin);
    admin_ready(bus->admin, why_not_ready(bus, now));
}

/* A process that was stopped for so long was presumed dead, and what came for it meanwhile may be
 * past its deadline, which counts from when it is read. So all that waits is left, and the brokers
 * get to know a new worker. */
static bool stood_still(struct bus *bus)
{
    int64_t now = clock_monotonic_ms(), still_ms = now - bus->turned;

    bus->turned = now;
    if (still_ms < DEAD_MS)
        return false;
    log_warning("stood_still", "ms=%lld", (long long)still_ms);
    for (size_t i = 0; i < bus->count; i++)
        renew_connection(&bus->brokers[i]);
    work_refuse_queued(bus->work, "stood_still", "this worker was stopped for a while");
    return true;
}

/* ---- the loop ---- */

static void send_finished(struct bus *bus)
{
    struct call *finished = work_collect(bus->work), *call, *next;

    DL_FOREACH_SAFE(finished, call, next)
    {
        finish_call(bus, call);
    }
}

static void start_draining(struct bus *bus)
{
    log_info("draining", "in_flight=%lld", (long long)bus->in_flight);
    bus->drain_until = clock_monotonic_ms() + DRAIN_MS;
}

static bool is_over(const struct bus *bus)
{
    return bus->drain_until && (bus->in_flight == 0 || clock_monotonic_ms() > bus->drain_until);
}

void worker_bus_run(const struct process *process, struct work *work, struct admin *admin,
                    int signals)
{
    enum { WORK = 0, SIGNALS, POSITIONS, BROKERS };
    struct bus bus = {.process = process,
                      .work = work,
                      .admin = admin,
                      .parked = {process->positions, process->credit, NULL, 0}};
    zmq_pollitem_t items[BROKERS + LINK_POLL_MAX * BROKERS_MAX] = {
        [WORK] = {.fd = work_fd(work), .events = ZMQ_POLLIN},
        [SIGNALS] = {.fd = signals, .events = ZMQ_POLLIN},
        [POSITIONS] = {.fd = positions_fd(process->positions), .events = ZMQ_POLLIN},
    };

    metrics_register(&in_flight);
    metrics_register(&garbage);
    metrics_register(&available);
    metrics_register(&clock_off);
    metrics_register(&no_writes);
    call_metrics_register();
    open_bus(&bus);
    bus.turned = clock_monotonic_ms();
    while (!is_over(&bus)) {
        long wait_ms = BEAT_MS / 10;
        size_t count = poll_brokers(&bus, items + BROKERS, &wait_ms);

        zmq_poll(items, BROKERS + (int)count, wait_ms);
        if (stood_still(&bus))
            continue;
        if (items[WORK].revents)
            send_finished(&bus);
        for (size_t i = 0; i < bus.count; i++)
            take_messages(&bus, &bus.brokers[i]);
        look_at_parked(&bus, items[POSITIONS].revents && positions_moved(process->positions));
        work_wake(work);
        keep_time(&bus);
        if (items[SIGNALS].revents && !bus.drain_until)
            start_draining(&bus);
    }
    work_refuse_queued(work, "stopping", "this worker ends"); /* the drain ran out of time */
    send_finished(&bus);
    close_bus(&bus);
}
