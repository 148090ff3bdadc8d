/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.c - a service's process
 *
 * The main thread is the bus thread (worker_bus.c); each work thread has one database connection
 * and runs batches; the relay (relay.c) publishes the journal. Threads meet in work.c only.
 */
#include "libcommon/service/worker/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <zmq.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/data_keys.h"
#include "libcommon/base/log.h"
#include "libcommon/base/log_why.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/secrets.h"
#include "libcommon/bus/admin.h"
#include "libcommon/bus/certificate.h"
#include "libcommon/bus/context.h"
#include "libcommon/service/batch/batch.h"
#include "libcommon/service/batch/partitions.h"
#include "libcommon/service/batch/query.h"
#include "libcommon/service/database/connects.h"
#include "libcommon/service/database/writes.h"
#include "libcommon/service/following/follower.h"
#include "libcommon/service/following/positions.h"
#include "libcommon/service/following/steward.h"
#include "libcommon/service/following/timer_fire.h"
#include "libcommon/service/journal/publisher.h"
#include "libcommon/service/journal/relay.h"
#include "libcommon/service/method/envelope.h"
#include "libcommon/service/worker/work.h"
#include "libcommon/service/worker/worker_bus.h"

enum {
    WORK_THREADS_MAX = 64,
    OTHER_SESSIONS = 2, /* the relay's and the steward's */
    REOPEN_MS = 100,    /* between looks whether it is time (connects.h) */
    PARTITIONS_MS = 3600 * 1000,
    PARTITIONS_RETRY_MS = 60 * 1000,
    PARTITIONS_MISSING_MS = 1000, /* the same while no command can be answered */
    END_S = 5,
    STREET_BYTES = 33,
    STREETS_BYTES_MAX = CERTIFICATE_STREETS,
};

static struct {
    const char *brokers, *certificate, *broker_key, *database, *streets;
    int64_t work_threads, credit;
} options;

static const struct setting worker_settings[] = {
    {"brokers", SETTING_TEXT, &options.brokers, "127.0.0.1:7100", 3, 1000, "",
     "brokers to serve, host:port of their client port, separated by commas"},
    {"certificate", SETTING_TEXT, &options.certificate, NULL, 1, 4000, "",
     "path of this service's certificate (.key_secret)"},
    {"broker_key", SETTING_TEXT, &options.broker_key, NULL, 1, 4000, "",
     "path of the brokers' public certificate (.key)"},
    {"database", SETTING_TEXT, &options.database, NULL, 1, 4000, "",
     "libpq connection string without user: host, port, dbname, passfile"},
    {"work_threads", SETTING_INT, &options.work_threads, "4", 1, WORK_THREADS_MAX, "threads",
     "threads with one database connection each"},
    {"streets", SETTING_TEXT, &options.streets, "", 0, STREETS_BYTES_MAX, "",
     "streets that it serves alone, with a blank between them; none: it is one of the pool"},
    {"credit", SETTING_INT, &options.credit, "256", 1, 1024, "requests",
     "requests that each broker may have here at a time"},
    {0},
};

static const struct setting no_settings[] = {{0}};

/* ---- work threads ---- */

struct work_thread {
    pthread_t thread;
    struct work *work;
    struct db_slot slot;
    bool keeps_partitions;
    unsigned kept_for; /* slot.opened of the session that looked last */
    int64_t partitions_due;
};

/* Each hour, and on each new connection: a leap of the time ends the old one (db_clock.h). */
static void keep_house(struct work_thread *thread)
{
    const bool is_due = clock_monotonic_ms() >= thread->partitions_due;

    if (!thread->keeps_partitions || (thread->kept_for == thread->slot.opened && !is_due))
        return;
    thread->kept_for = thread->slot.opened;
    const int64_t wait_ms = partitions_keep(thread->slot.db) ? PARTITIONS_MS
                            : partitions_are_missing()       ? PARTITIONS_MISSING_MS
                                                             : PARTITIONS_RETRY_MS;
    thread->partitions_due = clock_monotonic_ms() + wait_ms;
}

/* Keeps the calls whose request is what the contract says; the others are refused with their
 * violations. A clock may have been set while they waited. */
static size_t decode(const struct work_batch *batch, struct call **ret)
{
    size_t count = 0;

    for (size_t i = 0; i < batch->count; i++) {
        batch->calls[i]->status = envelope_check_clock(batch->calls[i]);
        if (batch->calls[i]->status == STATUS_OK)
            batch->calls[i]->status = method_decode(batch->calls[i]);
        if (batch->calls[i]->status == STATUS_OK)
            ret[count++] = batch->calls[i];
    }
    return count;
}

static void run_batch(struct work_thread *thread, struct work_batch *batch)
{
    struct call *calls[BATCH_MAX];
    size_t count = decode(batch, calls);

    if (count > 0 && batch->queries)
        query_run(&thread->slot, calls, count);
    else if (count > 0)
        batch_run(&thread->slot, calls, count);
    if (batch->count > 0)
        work_finish(thread->work, batch);
}

static void *work_thread_main(void *argument)
{
    struct work_thread *thread = argument;
    struct work_batch batch;
    bool go_on = true, offered = false;

    while (go_on) {
        bool open = db_slot_open(&thread->slot);
        if (open != offered)
            work_offer(thread->work, open ? 1 : -1);
        offered = open;
        if (open) {
            keep_house(thread);
            if (thread->keeps_partitions)
                writes_try(thread->slot.db);
            go_on = work_take(thread->work, &batch);
            run_batch(thread, &batch);
        } else {
            go_on = !work_wait_stopped(thread->work, REOPEN_MS);
        }
    }
    HASH_CLEAR(hh, thread->slot.known);
    talloc_free(thread->slot.db);
    return NULL;
}

static struct work_thread *start_work_threads(const struct process *process, struct work *work)
{
    size_t count = (size_t)options.work_threads;
    struct work_thread *threads = mem_array(NULL, struct work_thread, count);

    for (size_t i = 0; i < count; i++) {
        threads[i].work = work;
        threads[i].keeps_partitions = i == 0;
        threads[i].slot = (struct db_slot){
            .parent = mem_check(talloc_new(NULL)),
            .conninfo = process->database,
            .service = process->service,
            .publisher = process->publisher,
        };
        if (pthread_create(&threads[i].thread, NULL, work_thread_main, &threads[i]) != 0)
            abort();
    }
    return threads;
}

static void join_work_threads(struct work *work, struct work_thread *threads)
{
    work_stop(work);
    for (int64_t i = 0; i < options.work_threads; i++) {
        pthread_join(threads[i].thread, NULL);
        talloc_free((void *)threads[i].slot.parent);
    }
    talloc_free(threads);
}

/* ---- the process ---- */

static int block_signals(void)
{
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* What a broker takes: slugs, none of them twice. */
static bool streets_are_valid(void)
{
    bool valid =
        certificate_streets_are_valid(options.streets) && strcmp(options.streets, "*") != 0;

    for (const char *rest = options.streets; valid && *rest;) {
        char street[STREET_BYTES];
        size_t length = strcspn(rest, " ");

        snprintf(street, sizeof street, "%.*s", (int)length, rest);
        rest += length + (rest[length] == ' ');
        valid = !certificate_grants(rest, street);
    }
    if (!valid)
        log_error("setting_invalid",
                  "name=streets value=%s reason=\"slugs, one blank between, none of them twice\"",
                  LOG_QUOTED(options.streets));
    return valid;
}

static bool load_certificates(const struct service *service, struct certificate *own,
                              struct broker_keys **ret_brokers)
{
    if (certificate_load(options.certificate, own) != STATUS_OK ||
        !(*ret_brokers = broker_keys_open(NULL, options.broker_key)))
        return false;
    if (strcmp(own->name, service->name) == 0 && own->role == BUS__ROLE__ROLE_SERVICE)
        return true;
    log_error("certificate_unfit", "path=%s reason=\"its name and role must be %s, SERVICE\"",
              LOG_QUOTED(options.certificate), service->name);
    return false;
}

static void read_settings(int argc, char **argv, const char *about, const struct service *service)
{
    const struct setting *const tables[] = {worker_settings,
                                            admin_settings,
                                            log_why_settings,
                                            data_key_settings,
                                            service->settings ? service->settings : no_settings,
                                            NULL};

    settings_load(argc, argv, about, tables);
}

int worker_main(int argc, char **argv, const char *about, const struct service *service)
{
    struct broker_keys *broker_keys;
    struct certificate own;

    secrets_guard();
    read_settings(argc, argv, about, service);
    if (!streets_are_valid() || !data_keys_start() || (service->start && !service->start()))
        return EXIT_FAILURE;
    connects_budget((int)options.work_threads + OTHER_SESSIONS, "work_threads");
    methods_start(service);
    follower_start(service);
    timers_start(service);
    int signals = block_signals();
    secrets_lock(&own, sizeof own);
    if (!load_certificates(service, &own, &broker_keys))
        return EXIT_FAILURE;

    struct admin *admin = admin_start();
    if (!admin)
        return EXIT_FAILURE;
    struct process process = {
        .service = service,
        .zmq_context = context_new(),
        .brokers = options.brokers,
        .database = options.database,
        .own = &own,
        .broker_keys = broker_keys,
        .streets = options.streets,
        .credit = options.credit,
        .positions = positions_new(NULL),
    };
    process.publisher =
        publisher_new(process.zmq_context, service->name, options.brokers, &own, broker_keys);
    struct work *work = work_new(NULL);
    struct work_thread *threads = start_work_threads(&process, work);
    struct relay *relay = relay_start(&process);
    struct steward *steward = steward_start(&process);
    log_info("started", "service=%s", service->name);

    worker_bus_run(&process, work, admin, signals);

    alarm(END_S); /* a server that hangs must not keep this process: SIGALRM ends it */
    steward_destroy(&steward);
    relay_destroy(&relay);
    join_work_threads(work, threads);
    publisher_destroy(&process.publisher);
    talloc_free(work);
    talloc_free(process.positions);
    zmq_ctx_term(process.zmq_context);
    talloc_free(broker_keys);
    admin_destroy(&admin);
    secrets_forget(&own, sizeof own);
    log_info("stopped", "service=%s", service->name);
    return EXIT_SUCCESS;
}
