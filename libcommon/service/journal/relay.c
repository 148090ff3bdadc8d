/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay.c - publishes a service's journal
 *
 * hint (street, head), or the poll now and then -> a street is behind -> its rows -> the publisher,
 * which knows what is out already: what this process commits itself, while it leads, went out at
 * once. Every second: the session is touched, so that the server ends it when this process hangs,
 * and a heartbeat with the head goes out for every street.
 */
#include "libcommon/service/journal/relay.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/metrics.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/database/leader.h"
#include "libcommon/service/journal/hint.h"
#include "libcommon/service/journal/journal.h"
#include "libcommon/service/journal/publisher.h"

enum {
    BEAT_MS = 1000,
    POLL_MS = 60000,  /* at all heads, whose cost grows with the streets */
    SOON_MS = 1000,   /* between two polls where hints may have been lost */
    UNSURE_MS = 5000, /* as long after that */
    WAKE_MS = 100,    /* how soon the thread notices that it shall stop */
    STREETS_MAX = 16, /* that are read in one round trip */
    EVENTS_MAX = 500, /* of one street in one round trip */
    HWM = 20000,      /* hints; what is lost beyond them the poll finds */
};

static struct metric active = {.type = METRIC_GAUGE,
                               .name = "jusha_relay_active",
                               .help = "1 while this process's relay is the active one"};

struct relay {
    pthread_t thread;
    const struct process *process;
    struct listener *hints;
    struct db *db;
    bool is_active;
    int64_t beat_due, poll_due, polled, unsure_until;
    _Atomic bool stop;
};

STATEMENT(poll_heads,
          .sql = "SELECT s.street, coalesce(j.seq, 0) AS seq, coalesce(j.id::text, '') AS event_id,"
                 " coalesce((SELECT i.id::text FROM incarnation i WHERE i.street = s.street"
                 " ORDER BY i.number DESC LIMIT 1), '') AS incarnation"
                 " FROM stream s LEFT JOIN LATERAL (SELECT seq, id FROM journal"
                 " WHERE street = s.street ORDER BY seq DESC LIMIT 1) j ON true",
          .session = SESSION_RELAY);
STATEMENT(read_behind, .sql = JOURNAL_PAGE(":limit::int"), .with = "after_seq, limit",
          .session = SESSION_RELAY);

/* ---- streets ---- */

static void publish_rows(struct relay *relay, const struct behind *behind, const PGresult *rows)
{
    void *mem = mem_check(talloc_new(relay));
    struct journal_page page = journal_page_read(mem, rows, behind->sent.seq);

    publisher_publish(relay->process->publisher, behind->street, page.entries, page.count);
    if (page.count == 0)
        publisher_settle(relay->process->publisher,
                         behind); /* whatever a hint said: there is no more */
    talloc_free(mem);
}

/* Reads up to STREETS_MAX streets that are behind. True if there may be more to read at once. */
static bool catch_up(struct relay *relay)
{
    struct behind behind[STREETS_MAX];
    size_t count = publisher_behind(relay->process->publisher, behind, STREETS_MAX);
    bool failed = false;

    if (count == 0)
        return false;
    void *mem = mem_check(talloc_new(relay));
    for (size_t i = 0; i < count; i++) {
        const struct db_param params[] = {
            NAMED(street, param_text(behind[i].street)),
            NAMED(after_seq, param_int(mem, behind[i].sent.seq)),
            NAMED(limit, param_int(mem, EVENTS_MAX)),
        };
        db_send_own(relay->db, &read_behind, params, 3);
    }
    db_sync(relay->db);
    for (size_t i = 0; i < count; i++) {
        const PGresult *rows = db_next(relay->db, mem);
        failed = failed || !rows;
        if (rows)
            publish_rows(relay, &behind[i], rows);
    }
    db_recover(relay->db);
    talloc_free(mem);
    return !failed;
}

/* Looks at every head: where a lead begins, and later for hints that were lost. What was not
 * published before a lead is found by subscribers in the journal. False: it could not look. */
static bool poll_all(struct relay *relay)
{
    void *mem = mem_check(talloc_new(relay));

    db_send_own(relay->db, &poll_heads, NULL, 0);
    db_sync(relay->db);
    const PGresult *rows = db_next(relay->db, mem);
    for (int row = 0; rows && row < PQntuples(rows); row++) {
        const char *street = PQgetvalue(rows, row, 0);
        const struct point head = point_at(column_int(rows, row, 1), PQgetvalue(rows, row, 2));

        publisher_see(relay->process->publisher, street, &head);
        publisher_set_incarnation(relay->process->publisher, street, PQgetvalue(rows, row, 3));
    }
    db_recover(relay->db);
    relay->polled = clock_monotonic_ms();
    relay->poll_due = relay->polled + (relay->polled > relay->unsure_until ? POLL_MS : SOON_MS);
    talloc_free(mem);
    return rows != NULL;
}

/* And again for a while: a broker that is back learns only little by little who wants what. */
static void poll_soon(struct relay *relay)
{
    int64_t soon = relay->polled + SOON_MS;

    relay->poll_due = soon < relay->poll_due ? soon : relay->poll_due;
    relay->unsure_until = clock_monotonic_ms() + UNSURE_MS;
}

static void take_hints(struct relay *relay)
{
    size_t prefix = strlen(relay->process->service->name) + 2; /* "!registry/" */
    struct listener_news news;
    char topic[HINT_TOPIC];
    struct point head;

    while (listener_next(relay->hints, &news)) {
        if (hint_may_be_lost(&news.message))
            poll_soon(relay);
        if (relay->is_active && hint_read(&news.message, topic, &head) && strlen(topic) > prefix)
            publisher_see(relay->process->publisher, topic + prefix, &head);
        zmq_msg_close(&news.frame);
    }
}

/* ---- who leads ---- */

static void stop_leading(struct relay *relay)
{
    if (relay->is_active)
        log_warning("relay_lost", "service=%s", relay->process->service->name);
    relay->is_active = false;
    publisher_stop(relay->process->publisher);
}

static bool open_database(struct relay *relay)
{
    if (relay->db && db_alive(relay->db) && db_fault(relay->db) == DB_FINE)
        return true;
    stop_leading(relay);
    TALLOC_FREE(relay->db);
    relay->db =
        db_open(relay, relay->process->database, relay->process->service->name, SESSION_RELAY);
    return relay->db != NULL;
}

static void try_to_lead(struct relay *relay)
{
    if (!leader_try(relay->db, relay->process->service->name, "relay", relay->process->streets[0]))
        return;
    publisher_stop(relay->process->publisher);
    relay->is_active = poll_all(relay);
    if (relay->is_active) {
        publisher_start(relay->process->publisher);
        log_info("relay_active", "service=%s", relay->process->service->name);
    } else {
        TALLOC_FREE(relay->db); /* and with it the lock: another one may do better */
    }
}

/* Its session has ended, or the pool is back. */
static void give_up(struct relay *relay)
{
    stop_leading(relay);
    TALLOC_FREE(relay->db);
}

static void beat(struct relay *relay)
{
    relay->beat_due = clock_monotonic_ms() + BEAT_MS;
    bool is_open = open_database(relay);
    if (is_open && !relay->is_active) {
        try_to_lead(relay);
    } else if (is_open) {
        if (leader_touch(relay->db, relay->process->service->name, relay->process->streets[0]))
            publisher_beat(relay->process->publisher);
        else
            give_up(relay);
    }
    metrics_set(&active, relay->is_active);
}

/* ---- thread ---- */

static bool leads(const struct relay *relay)
{
    return relay->is_active && relay->db && db_fault(relay->db) == DB_FINE;
}

static void *relay_main(void *argument)
{
    struct relay *relay = argument;
    const struct listener_options options = {.zmq_context = relay->process->zmq_context,
                                             .brokers = relay->process->brokers,
                                             .hwm = HWM,
                                             .own = relay->process->own,
                                             .broker_keys = relay->process->broker_keys};
    bool behind = false;

    relay->hints =
        hint_listen(relay, &options, (const char *const[]){relay->process->service->name, NULL});
    while (!relay->stop && relay->hints) {
        zmq_pollitem_t items[LISTENER_POLL_MAX];
        long wait_ms = behind ? 0 : WAKE_MS;
        size_t count = listener_poll(relay->hints, items, &wait_ms);

        zmq_poll(items, (int)count, wait_ms);
        take_hints(relay);
        if (clock_monotonic_ms() >= relay->beat_due)
            beat(relay);
        if (leads(relay) && clock_monotonic_ms() >= relay->poll_due)
            poll_all(relay);
        behind = leads(relay) && catch_up(relay);
    }
    publisher_stop(relay->process->publisher);
    TALLOC_FREE(relay->hints);
    TALLOC_FREE(relay->db);
    return NULL;
}

struct relay *relay_start(const struct process *process)
{
    struct relay *relay = mem_new(NULL, struct relay);

    relay->process = process;
    metrics_register(&active);
    if (pthread_create(&relay->thread, NULL, relay_main, relay) != 0)
        abort();
    return relay;
}

void relay_destroy(struct relay **relay)
{
    (*relay)->stop = true;
    pthread_join((*relay)->thread, NULL);
    TALLOC_FREE(*relay);
}
