/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steward.c - follows journals and fires timers
 *
 *   hint, or the look at all heads now and then -> a street is behind in a journal (tracks.h) -> its next page by
 *   JournalService/Read -> follower_apply -> positions
 *
 * Hints are taken between any two pages, and what they woke goes before the backlog of restarts and
 * lost hints.
 */
#include "libcommon/service/following/steward.h"

#include "libcommon/service/following/steward_state.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/metrics.h"
#include "libcommon/bus/client.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/database/leader.h"
#include "libcommon/service/following/follower.h"
#include "libcommon/service/following/positions.h"
#include "libcommon/service/following/timer_fire.h"
#include "libcommon/service/following/tracks.h"
#include "libcommon/service/journal/hint.h"

enum {
    BEAT_MS = 1000,
    WAKE_MS = 100,  /* how soon the thread notices that it shall stop */
    WANTED_MS = 20, /* how soon a standby looks for a position that somebody waits for */
    TOUCH_MS = 500,
    GATHER_US = 1000, /* from the first hint on: subscribers first, and one read for all */
    HWM = 20000,      /* messages; what is lost beyond them the look at the heads finds */
};

static struct metric leads = {.type = METRIC_GAUGE,
                              .name = "jusha_steward_active",
                              .help = "1 while this process follows journals and fires timers"};

/* ---- the database ---- */

#define POSITIONS                                                                                  \
    "SELECT street, source, seq, reached, reacted, coalesce(event_id::text, '') AS event_id,"      \
    " coalesce(reacted_id::text, '') AS reacted_id FROM follower"

STATEMENT(read_positions, .sql = POSITIONS);
STATEMENT(read_rebuilding, .sql = POSITIONS " WHERE seq < reached");
STATEMENT(read_wanted, .sql = POSITIONS " WHERE street = ANY(:streets::text[])", .with = "streets");

static struct follower_position read_position(const void *mem, const PGresult *rows, int row)
{
    const struct point at = point_at(column_int(rows, row, 2), column_text(mem, rows, row, 5));
    const struct point reacted = point_at(column_int(rows, row, 4), column_text(mem, rows, row, 6));
    struct follower_position position = {at.seq, column_int(rows, row, 3), reacted.seq, "", ""};

    memcpy(position.event_id, at.event_id, sizeof position.event_id);
    memcpy(position.reacted_id, reacted.event_id, sizeof position.reacted_id);
    return position;
}

/* Whoever waits for a position is told also where copies are rebuilt, so that it does not read
 * half of them. */
void steward_set_position(struct steward *steward, struct track *track,
                          struct follower_position position)
{
    tracks_set_position(&steward->tracks, track, position);
    positions_set(steward->process->positions, track->street, followers_source(track->source),
                  position.seq);
}

/* Reads positions by one of the statements above. False: the database is away. */
static bool load_positions(struct steward *steward, const struct db_stmt *stmt,
                           const struct db_param *params, int count)
{
    void *mem = mem_check(talloc_new(steward));
    struct db *db = steward->slot.db;

    db_slot_set_street(db, EVERY_STREET);
    db_send_own(db, stmt, params, count);
    db_sync(db);
    db_next(db, mem);
    const PGresult *rows = db_next(db, mem);
    for (int row = 0; rows && row < PQntuples(rows); row++) {
        size_t source = followers_find(column_text(mem, rows, row, 1));
        if (source < followers_count())
            steward_set_position(
                steward, tracks_find(&steward->tracks, column_text(mem, rows, row, 0), source),
                read_position(mem, rows, row));
    }
    bool loaded = rows != NULL;
    db_recover(db);
    talloc_free(mem);
    return loaded;
}

void steward_stop_leading(struct steward *steward)
{
    if (steward->is_active)
        log_warning("steward_lost", "service=%s", steward->process->service->name);
    steward->is_active = false;
}

/* A connection that was lost took the lock with it. */
static bool has_database(struct steward *steward)
{
    if (!db_slot_open(&steward->slot) || steward->slot.opened != steward->led_by)
        steward_stop_leading(steward);
    return steward->slot.db != NULL;
}

/* Whatever takes long says now and then that this process lives. */
void steward_keep_lead(struct steward *steward)
{
    if (!steward->is_active || !steward->slot.db || clock_monotonic_ms() < steward->touch_due)
        return;
    if (!leader_touch(steward->slot.db, steward->process->service->name,
                      steward->process->streets[0])) {
        steward_stop_leading(steward);
        steward->gives_way = true;
        return;
    }
    steward->touch_due = clock_monotonic_ms() + TOUCH_MS;
}

static void try_to_lead(struct steward *steward)
{
    if (!leader_try(steward->slot.db, steward->process->service->name, "steward",
                    steward->process->streets[0]))
        return;
    steward->led_by = steward->slot.opened;
    tracks_forget(&steward->tracks);
    steward->is_active = load_positions(steward, &read_positions, NULL, 0);
    steward->look_due = 0;
    steward->looked = 0;
    memset(steward->seen, 0, sizeof steward->seen);
    timers_lead();
    if (steward->is_active)
        log_info("steward_active", "service=%s", steward->process->service->name);
    else
        TALLOC_FREE(steward->slot.db); /* and with it the lock: another one may do better */
}

/* ---- hints on the bus ---- */

/* The track of "!registry/xiasha", NULL if we do not follow that. */
static struct track *track_of_topic(struct steward *steward, const char *topic)
{
    char service[64];
    const char *street = strchr(topic, '/');

    if (topic[0] != '!' || !street || (size_t)(street - topic) > sizeof service ||
        strlen(street + 1) >= sizeof steward->tracks.all->street)
        return NULL;
    snprintf(service, sizeof service, "%.*s", (int)(street - topic - 1), topic + 1);
    size_t source = followers_find(service);
    return source < followers_count() ? tracks_find(&steward->tracks, street + 1, source) : NULL;
}

static void take_hints(struct steward *steward)
{
    struct listener_news news;
    char topic[HINT_TOPIC];
    struct point head;

    while (listener_next(steward->heard, &news)) {
        if (hint_may_be_lost(&news.message))
            steward_look_soon(steward);
        bool hint = steward->is_active && hint_read(&news.message, topic, &head);
        struct track *track = hint ? track_of_topic(steward, topic) : NULL;
        if (track)
            tracks_tell(&steward->tracks, track, &head, WOKEN);
        zmq_msg_close(&news.frame);
    }
}

/* ---- time ---- */

static void set_lag(struct steward *steward)
{
    for (size_t i = 0; i < followers_count(); i++)
        metrics_set(steward->lag[i], steward->is_active ? tracks_lag(&steward->tracks, i) : 0);
    metrics_set(&leads, steward->is_active);
}

static void beat(struct steward *steward)
{
    steward->beat_due = clock_monotonic_ms() + BEAT_MS;
    if (steward->gives_way)
        TALLOC_FREE(steward->slot.db); /* and with it the lock */
    steward->gives_way = false;
    if (!has_database(steward))
        return;
    if (!steward->is_active)
        try_to_lead(steward);
    steward_keep_lead(steward);
    if (steward->is_active) {
        if (followers_count() > 0)
            load_positions(steward, &read_rebuilding, NULL, 0);
        timers_fire(&steward->slot);
    }
    set_lag(steward);
}

/* A standby knows positions only from the database. */
static bool serve_wanted(struct steward *steward)
{
    void *mem = mem_check(talloc_new(steward));
    char *wanted = positions_take_wanted(steward->process->positions, mem);

    if (wanted && !steward->is_active && steward->slot.db && db_alive(steward->slot.db)) {
        const struct db_param param = NAMED(streets, param_text(wanted));
        load_positions(steward, &read_wanted, &param, 1);
    }
    talloc_free(mem);
    return wanted != NULL;
}

/* ---- thread ---- */

static void open_all(struct steward *steward)
{
    const struct listener_options options = {.zmq_context = steward->process->zmq_context,
                                             .brokers = steward->process->brokers,
                                             .hwm = HWM,
                                             .own = steward->process->own,
                                             .broker_keys = steward->process->broker_keys};
    const char *sources[JOURNALS_MAX + 1] = {NULL};

    for (size_t i = 0; i < followers_count(); i++)
        sources[i] = followers_source(i);
    steward->heard = hint_listen(steward, &options, sources);
    steward->client = client_new(steward, steward->process->zmq_context, steward->process->brokers,
                                 steward->process->own, steward->process->broker_keys);
}

static void close_all(struct steward *steward)
{
    TALLOC_FREE(steward->client);
    TALLOC_FREE(steward->heard);
    HASH_CLEAR(hh, steward->slot.known);
    TALLOC_FREE(steward->slot.db);
}

static void *steward_main(void *argument)
{
    struct steward *steward = argument;
    bool behind = false, wanted = false;

    open_all(steward);
    while (!steward->stop && steward->client && steward->heard) {
        zmq_pollitem_t items[LISTENER_POLL_MAX];
        long wait_ms = behind ? 0 : wanted ? WANTED_MS : WAKE_MS;
        size_t count = listener_poll(steward->heard, items, &wait_ms);
        bool idle = !behind && !wanted;
        bool woken = zmq_poll(items, (int)count, wait_ms) > 0;
        if (woken && idle)
            usleep(GATHER_US);
        take_hints(steward);
        if (clock_monotonic_ms() >= steward->beat_due)
            beat(steward);
        wanted = serve_wanted(steward);
        if (steward->is_active && clock_monotonic_ms() >= steward->look_due)
            steward_look(steward);
        behind = steward->is_active && steward_catch_up(steward);
    }
    close_all(steward);
    return NULL;
}

static struct metric *new_lag_metric(size_t source)
{
    struct metric *metric = mem_new(NULL, struct metric); /* as long as the process */

    metric->type = METRIC_GAUGE;
    metric->name = "jusha_follower_lag_events";
    metric->labels = mem_printf(metric, "source=\"%s\"", followers_source(source));
    metric->help = "Events of other journals that are not applied yet, of all streets";
    metrics_register(metric);
    return metric;
}

struct steward *steward_start(const struct process *process)
{
    struct steward *steward = mem_new(NULL, struct steward);

    steward->process = process;
    steward->tracks = (struct tracks){.parent = steward, .sources = followers_count()};
    steward->slot = (struct db_slot){.parent = steward,
                                     .conninfo = process->database,
                                     .service = process->service,
                                     .publisher = process->publisher};
    metrics_register(&leads);
    for (size_t i = 0; i < followers_count(); i++)
        steward->lag[i] = new_lag_metric(i);
    if (pthread_create(&steward->thread, NULL, steward_main, steward) != 0)
        abort();
    return steward;
}

void steward_destroy(struct steward **steward)
{
    (*steward)->stop = true;
    pthread_join((*steward)->thread, NULL);
    tracks_forget(&(*steward)->tracks);
    TALLOC_FREE(*steward);
}
