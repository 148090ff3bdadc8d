/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay.c - publishes a service's journal
 *
 * hint (street, head) or the poll every 5 s -> a street is behind -> its rows -> CloudEvents -> PUB
 * to every broker. Every second: the session is touched, so that the server ends it when this
 * process hangs, and a heartbeat with the head goes out for every street.
 */
#include "libcommon/service/relay.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <zmq.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/fault.h"
#include "libcommon/service/db_convert.h"
#include "libcommon/bus/dial.h"
#include "libcommon/bus/frames.h"
#include "libcommon/service/hint.h"
#include "libcommon/service/journal.h"
#include "libcommon/service/leader.h"
#include "journal_live.pb-c.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/metrics.h"

enum {
    BEAT_MS = 1000,
    POLL_MS = 5000,
    WAKE_MS = 100,    /* how soon the thread notices that it shall stop */
    STREETS_MAX = 16, /* that are read in one round trip */
    EVENTS_MAX = 500, /* of one street in one round trip */
    HWM = 20000,      /* messages; beyond them PUB drops, and subscribers read the journal */
};

static struct metric published = {.type = METRIC_COUNTER,
                                  .name = "jusha_relay_events_total",
                                  .help = "Events that this process published"};
static struct metric active = {.type = METRIC_GAUGE,
                               .name = "jusha_relay_active",
                               .help = "1 while this process's relay is the active one"};

/* What is known of one street's journal. */
struct followed {
    char street[64];
    int64_t sent, head; /* sent < head: it is behind */
    UT_hash_handle hh;
};

struct relay {
    pthread_t thread;
    void *zmq_context;
    const struct service *service;
    const struct worker_options *options;
    const struct certificate *own;
    const char *broker_key;
    void *events, *hints; /* PUB, SUB: to every broker */
    struct db *db;
    bool is_active;
    struct followed *streets;
    int64_t beat_due, poll_due;
    _Atomic bool stop;
};

static const struct db_stmt poll_heads = {
    .name = "poll_heads",
    .sql = "SELECT s.street, coalesce((SELECT j.seq FROM journal j WHERE j.street = s.street"
           " ORDER BY j.seq DESC LIMIT 1), 0) AS seq FROM stream s",
};
static const struct db_stmt read_behind = {
    .name = "read_behind",
    .sql = "SELECT " JOURNAL_COLUMNS " FROM journal WHERE street = $1 AND seq > $2 ORDER BY seq"
           " LIMIT $3::int",
};
static const struct db_stmt *const relay_statements[] = {&poll_heads, &read_behind, NULL};

/* ---- out ---- */

static void publish(struct relay *relay, const char *topic, const ProtobufCMessage *message)
{
    struct frames frames = {0};
    size_t size = protobuf_c_message_get_packed_size(message);
    zmq_msg_t body;

    frames_add_text(&frames, topic);
    zmq_msg_init_size(&body, size);
    protobuf_c_message_pack(message, zmq_msg_data(&body));
    frames_add_move(&frames, &body);
    zmq_msg_close(&body);
    frames_send(relay->events, &frames);
}

/* "xiasha/registry/UnitRegistered" */
static void publish_event(struct relay *relay, const char *street, const Journal__CloudEvent *event)
{
    char topic[300];
    const char *dot = strrchr(event->type, '.');

    snprintf(topic, sizeof topic, "%s/%s/%s", street, relay->service->name, dot ? dot + 1 : "");
    publish(relay, topic, &event->base);
}

static void publish_heartbeats(struct relay *relay)
{
    char topic[160];

    for (struct followed *street = relay->streets; street; street = street->hh.next) {
        Journal__Heartbeat heartbeat = JOURNAL__HEARTBEAT__INIT;
        heartbeat.head = street->sent;
        snprintf(topic, sizeof topic, "%s/%s/", street->street, relay->service->name);
        publish(relay, topic, &heartbeat.base);
    }
}

/* ---- streets ---- */

static struct followed *follow(struct relay *relay, const char *name)
{
    struct followed *street;

    HASH_FIND_STR(relay->streets, name, street);
    if (!street) {
        street = mem_new(relay, struct followed);
        snprintf(street->street, sizeof street->street, "%s", name);
        HASH_ADD_STR(relay->streets, street, street);
    }
    return street;
}

static void forget_streets(struct relay *relay)
{
    struct followed *street, *next;

    HASH_ITER(hh, relay->streets, street, next)
    {
        HASH_DEL(relay->streets, street);
        talloc_free(street);
    }
}

/* Publishes what the rows hold and follows. A gap cannot be: numbers are given under the street's
 * lock. */
static void publish_rows(struct relay *relay, struct followed *street, const PGresult *rows)
{
    void *mem = mem_check(talloc_new(relay));

    for (int row = 0; row < PQntuples(rows); row++) {
        int64_t seq;
        publish_event(relay, street->street,
                      journal_event(mem, relay->service->name, street->street, rows, row, &seq));
        fault_point(FAULT_RELAY_AFTER_PUBLISH);
        street->sent = seq;
    }
    metrics_add(&published, PQntuples(rows));
    street->head = street->sent > street->head ? street->sent : street->head;
    talloc_free(mem);
}

/* Puts a street behind the others, so that busy ones take turns. */
static void end_turn(struct relay *relay, struct followed *street)
{
    HASH_DEL(relay->streets, street);
    HASH_ADD_STR(relay->streets, street, street);
}

/* Reads up to STREETS_MAX streets that are behind. True if there may be more to read at once. */
static bool catch_up(struct relay *relay)
{
    struct followed *behind[STREETS_MAX];
    int count = 0;
    bool failed = false;
    void *mem = mem_check(talloc_new(relay));

    for (struct followed *street = relay->streets; street && count < STREETS_MAX;
         street = street->hh.next)
        if (street->sent < street->head) {
            const struct db_param params[] = {param_text(street->street),
                                              param_int(mem, street->sent),
                                              param_int(mem, EVENTS_MAX)};
            db_send_own(relay->db, &read_behind, params, 3);
            behind[count++] = street;
        }
    if (count > 0)
        db_sync(relay->db);
    for (int i = 0; i < count; i++) {
        const PGresult *rows = db_next(relay->db, mem);
        failed = failed || !rows;
        if (!rows)
            continue;
        publish_rows(relay, behind[i], rows);
        if (PQntuples(rows) < EVENTS_MAX)
            behind[i]->head = behind[i]->sent; /* whatever a hint said: there is no more */
        end_turn(relay, behind[i]);
    }
    if (count > 0)
        db_recover(relay->db);
    talloc_free(mem);
    return count > 0 && !failed;
}

/* Looks at every head, for hints that were lost. At the start of a lead the streets begin at their head: what
 * was not published before is found by subscribers in the journal. False: it could not look. */
static bool poll_all(struct relay *relay, bool start)
{
    void *mem = mem_check(talloc_new(relay));

    db_send_own(relay->db, &poll_heads, NULL, 0);
    db_sync(relay->db);
    const PGresult *rows = db_next(relay->db, mem);
    for (int row = 0; rows && row < PQntuples(rows); row++) {
        struct followed *street = follow(relay, PQgetvalue(rows, row, 0));
        street->head = column_int(rows, row, 1);
        if (start)
            street->sent = street->head;
    }
    db_recover(relay->db);
    relay->poll_due = clock_monotonic_ms() + POLL_MS;
    talloc_free(mem);
    return rows != NULL;
}

static void take_hints(struct relay *relay)
{
    size_t prefix = strlen(relay->service->name) + 2; /* "!registry/" */
    char topic[HINT_TOPIC];
    int64_t head;

    while (hint_recv(relay->hints, topic, &head)) {
        if (strlen(topic) <= prefix)
            continue;
        struct followed *street = follow(relay, topic + prefix);
        street->head = head > street->head ? head : street->head;
    }
}

/* ---- who leads ---- */

static bool open_database(struct relay *relay)
{
    const struct db_stmt *const *const lists[] = {leader_statements, relay_statements, NULL};
    char user[100];

    if (relay->db && db_alive(relay->db) && db_fault(relay->db) == DB_FINE)
        return true;
    if (relay->is_active)
        log_warning("relay_lost", "service=%s", relay->service->name);
    relay->is_active = false;
    TALLOC_FREE(relay->db);
    snprintf(user, sizeof user, "%s_relay", relay->service->name);
    relay->db = db_open(relay, relay->options->database, user, relay->service->name, lists);
    return relay->db != NULL;
}

static void try_to_lead(struct relay *relay)
{
    if (!leader_try(relay->db, relay->service->name, "relay"))
        return;
    forget_streets(relay);
    relay->is_active = poll_all(relay, true);
    if (relay->is_active)
        log_info("relay_active", "service=%s", relay->service->name);
    else
        TALLOC_FREE(relay->db); /* and with it the lock: another one may do better */
}

static void beat(struct relay *relay)
{
    relay->beat_due = clock_monotonic_ms() + BEAT_MS;
    if (!open_database(relay))
        return;
    if (!relay->is_active) {
        try_to_lead(relay);
    } else {
        leader_touch(relay->db);
        publish_heartbeats(relay);
    }
    metrics_set(&active, relay->is_active);
}

/* ---- thread ---- */

static void *connect_all(struct relay *relay, int type, enum broker_port port)
{
    void *socket = dial_new(relay->zmq_context, type, HWM, 0, relay->own, relay->broker_key);

    dial_all(socket, relay->options->brokers, port);
    return socket;
}

static bool leads(const struct relay *relay)
{
    return relay->is_active && relay->db && db_fault(relay->db) == DB_FINE;
}

static void *relay_main(void *argument)
{
    struct relay *relay = argument;

    relay->events = connect_all(relay, ZMQ_PUB, PORT_PUBLISH);
    relay->hints = connect_all(relay, ZMQ_SUB, PORT_SUBSCRIBE);
    zmq_connect(relay->hints, HINT_ENDPOINT);
    hint_subscribe(relay->hints, relay->service->name);
    bool behind = false;
    while (!relay->stop) {
        zmq_pollitem_t item = {relay->hints, 0, ZMQ_POLLIN, 0};
        zmq_poll(&item, 1, behind ? 0 : WAKE_MS);
        take_hints(relay);
        if (clock_monotonic_ms() >= relay->beat_due)
            beat(relay);
        if (leads(relay) && clock_monotonic_ms() >= relay->poll_due)
            poll_all(relay, false);
        behind = leads(relay) && catch_up(relay);
    }
    zmq_close(relay->events);
    zmq_close(relay->hints);
    TALLOC_FREE(relay->db);
    return NULL;
}

struct relay *relay_start(void *zmq_context, const struct service *service,
                          const struct worker_options *options, const struct certificate *own,
                          const char *broker_key)
{
    struct relay *relay = mem_new(NULL, struct relay);

    relay->zmq_context = zmq_context;
    relay->service = service;
    relay->options = options;
    relay->own = own;
    relay->broker_key = broker_key;
    metrics_register(&published);
    metrics_register(&active);
    if (pthread_create(&relay->thread, NULL, relay_main, relay) != 0)
        abort();
    return relay;
}

void relay_destroy(struct relay **relay)
{
    (*relay)->stop = true;
    pthread_join((*relay)->thread, NULL);
    HASH_CLEAR(hh, (*relay)->streets);
    TALLOC_FREE(*relay);
}
