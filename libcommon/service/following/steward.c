/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steward.c - follows journals and fires timers
 *
 *   hint, or the look at all heads now and then -> a street is behind in a journal (tracks.h) -> its next page by
 *   JournalService/Read -> follower_apply -> positions
 *
 * Hints are taken between any two pages, and what they woke goes before the backlog of restarts and
 * lost hints. A journal whose service is away is left alone for a second, so that it does not hold
 * up the others.
 */
#include "libcommon/service/following/steward.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal_service.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/metrics.h"
#include "libcommon/bus/client.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/following/follower.h"
#include "libcommon/service/following/positions.h"
#include "libcommon/service/journal/hint.h"
#include "libcommon/service/database/leader.h"
#include "libcommon/service/following/timer_fire.h"
#include "libcommon/service/following/tracks.h"

enum {
    BEAT_MS = 1000,
    LOOK_MS = 60000, /* at all heads, whose cost grows with the streets */
    SOON_MS = 1000,  /* between two looks where hints may have been lost */
    AWAY_MS = 1000,  /* how long a journal that does not answer is left alone */
    WAKE_MS = 100,   /* how soon the thread notices that it shall stop */
    WANTED_MS = 20,  /* how soon a standby looks for a position that somebody waits for */
    ASK_MS = 1500, /* for an answer; with TOUCH_MS less than the 3 s after which the lead is lost */
    TOUCH_MS = 500,
    GATHER_US = 1000, /* from the first hint on: subscribers first, and one read for all */
    PAGE_EVENTS = 256,
    HEADS = 1000,
    HWM = 20000, /* messages; what is lost beyond them the look at the heads finds */
};

static struct metric leads = {.type = METRIC_GAUGE,
                              .name = "jusha_steward_active",
                              .help = "1 while this process follows journals and fires timers"};

struct steward {
    pthread_t thread;
    const struct process *process;
    struct listener *heard; /* others' hints */
    struct client *client;
    struct db_slot slot;
    bool is_active;
    unsigned led_by; /* slot.opened of the session that has the lead */
    struct tracks tracks;
    struct metric *lag[JOURNALS_MAX];
    int64_t beat_due, look_due, touch_due;
    size_t looked; /* journals whose heads were looked at in this turn */
    bool missed;   /* one of them could not be */
    int64_t looked_ms;
    _Atomic bool stop;
};

/* ---- the database ---- */

#define POSITIONS                                                                                  \
    "SELECT street, source, seq, reached, reacted, coalesce(event_id::text, '') FROM follower"

STATEMENT(read_positions, .sql = POSITIONS);
STATEMENT(read_rebuilding, .sql = POSITIONS " WHERE seq < reached");
STATEMENT(read_wanted, .sql = POSITIONS " WHERE street = ANY(:streets::text[])", .with = "streets");

static struct follower_position read_position(const void *mem, const PGresult *rows, int row)
{
    const struct point point = point_at(column_int(rows, row, 2), column_text(mem, rows, row, 5));
    struct follower_position position = {point.seq, column_int(rows, row, 3),
                                         column_int(rows, row, 4), ""};

    memcpy(position.event_id, point.event_id, sizeof position.event_id);
    return position;
}

/* Whoever waits for a position is told also where copies are made anew, so that it does not read
 * half of them. */
static void set_position(struct steward *steward, struct track *track,
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
            set_position(steward,
                         tracks_find(&steward->tracks, column_text(mem, rows, row, 0), source),
                         read_position(mem, rows, row));
    }
    bool loaded = rows != NULL;
    db_recover(db);
    talloc_free(mem);
    return loaded;
}

static void stop_leading(struct steward *steward)
{
    if (steward->is_active)
        log_warning("steward_lost", "service=%s", steward->process->service->name);
    steward->is_active = false;
}

/* A connection that was lost took the lock with it. */
static bool has_database(struct steward *steward)
{
    if (!db_slot_open(&steward->slot) || steward->slot.opened != steward->led_by)
        stop_leading(steward);
    return steward->slot.db != NULL;
}

/* Whatever takes long says now and then that this process lives. */
static void keep_lead(struct steward *steward)
{
    if (!steward->is_active || !steward->slot.db || clock_monotonic_ms() < steward->touch_due)
        return;
    leader_touch(steward->slot.db);
    steward->touch_due = clock_monotonic_ms() + TOUCH_MS;
}

static void try_to_lead(struct steward *steward)
{
    if (!leader_try(steward->slot.db, steward->process->service->name, "steward"))
        return;
    steward->led_by = steward->slot.opened;
    tracks_forget(&steward->tracks);
    steward->is_active = load_positions(steward, &read_positions, NULL, 0);
    steward->look_due = 0;
    steward->looked = 0;
    steward->missed = false;
    timers_lead();
    if (steward->is_active)
        log_info("steward_active", "service=%s", steward->process->service->name);
    else
        TALLOC_FREE(steward->slot.db); /* and with it the lock: another one may do better */
}

/* ---- other services ---- */

static void leave_alone(struct steward *steward, size_t source)
{
    steward->tracks.away_until_ms[source] = clock_monotonic_ms() + AWAY_MS;
}

/* One request to the service whose journal it is; reply->header says why it was refused. */
static enum status ask(struct steward *steward, const void *mem, size_t source, const char *street,
                       const char *method, const ProtobufCMessage *request,
                       const ProtobufCMessageDescriptor *type, struct client_reply *reply,
                       ProtobufCMessage **ret)
{
    struct violations violations = {0};

    keep_lead(steward);
    enum status status = client_call(steward->client, mem,
                                     &(struct client_request){.service = followers_source(source),
                                                              .street = street,
                                                              .method = method,
                                                              .timeout_ms = ASK_MS,
                                                              .payload = wire_pack(mem, request)},
                                     reply);

    if (status != STATUS_OK)
        return status;
    return wire_unpack(mem, type, reply->payload.data, reply->payload.len, &violations, ret);
}

/* Takes a page of heads; *ret_more: there may be another. False: the service does not answer. */
static bool take_heads(struct steward *steward, size_t source, Journal__HeadsRequest *request,
                       void *mem, bool *ret_more)
{
    struct client_reply reply;
    ProtobufCMessage *answer;

    if (ask(steward, mem, source, "", "jusha.journal.v1.JournalService/Heads", &request->base,
            &journal__heads_response__descriptor, &reply, &answer) != STATUS_OK) {
        leave_alone(steward, source);
        return false;
    }
    const Journal__HeadsResponse *heads = (const Journal__HeadsResponse *)answer;
    for (size_t i = 0; i < heads->n_heads; i++) {
        struct track *track = tracks_find(&steward->tracks, heads->heads[i]->street, source);
        const struct point head = point_at(heads->heads[i]->seq, heads->heads[i]->event_id);
        tracks_tell(&steward->tracks, track, &head, BACKLOG);
        request->after_street = heads->heads[i]->street;
    }
    *ret_more = heads->n_heads == HEADS;
    return true;
}

/* False: its service is away, so that hints may have been lost. */
static bool look_at(struct steward *steward, size_t source)
{
    Journal__HeadsRequest request = JOURNAL__HEADS_REQUEST__INIT;
    void *mem = mem_check(talloc_new(steward));
    bool is_there = clock_monotonic_ms() >= steward->tracks.away_until_ms[source], more = true;

    request.limit = HEADS;
    while (is_there && more && !steward->stop)
        is_there = take_heads(steward, source, &request, mem, &more);
    talloc_free(mem);
    return is_there;
}

/* One journal a turn, so that one whose service is away does not hold up the work on the others. */
static void look_at_heads(struct steward *steward)
{
    if (steward->looked == followers_count()) {
        steward->looked = 0;
        steward->missed = false;
    }
    if (steward->looked < followers_count() && !look_at(steward, steward->looked++))
        steward->missed = true;
    steward->look_due = clock_monotonic_ms();
    if (steward->looked == followers_count()) {
        steward->looked_ms = steward->look_due;
        steward->look_due += steward->missed ? SOON_MS : LOOK_MS;
    }
}

/* Between two whole looks a little time passes, whatever was lost. */
static void look_soon(struct steward *steward)
{
    int64_t soon = steward->looked_ms + SOON_MS;

    steward->look_due = soon < steward->look_due ? soon : steward->look_due;
}

/* The page's events; where there are none the journal ends here, whatever it once reached. */
static enum status apply_page(struct steward *steward, struct track *track,
                              const Journal__ReadResponse *page, struct follower_position *position)
{
    if (page->n_events > 0)
        return follower_apply(&steward->slot, track->street, track->source, page->events,
                              page->n_events, position);
    tracks_set_end(&steward->tracks, track);
    return position->seq == position->reached
               ? STATUS_OK
               : follower_end_here(&steward->slot, track->street, track->source, position);
}

/* What a journal that was restored says of a position that is not in it; NULL: it is no such
 * refusal. */
static const Type__Violation *other_history(const Bus__ReplyHeader *header)
{
    for (size_t i = 0; i < header->n_violations; i++)
        if (strcmp(header->violations[i]->rule, "other_history") == 0)
            return header->violations[i];
    return NULL;
}

static int64_t param_of_violation(const Type__Violation *violation, const char *key)
{
    for (size_t i = 0; i < violation->n_params; i++)
        if (strcmp(violation->params[i]->key, key) == 0)
            return strtoll(violation->params[i]->value, NULL, 10);
    return 0;
}

/* The page could not be read. */
static enum status take_refusal(struct steward *steward, struct track *track, enum status status,
                                const struct client_reply *reply,
                                struct follower_position *position)
{
    const Type__Violation *other =
        status == STATUS_FAILED_PRECONDITION ? other_history(reply->header) : NULL;

    if (other) {
        tracks_set_end(&steward->tracks, track); /* what was told of its head was of another one */
        return follower_start_over(&steward->slot, track->street, track->source,
                                   param_of_violation(other, "head"),
                                   param_of_violation(other, "common"), position);
    }
    if (status == STATUS_UNAVAILABLE || status == STATUS_DEADLINE_EXCEEDED)
        leave_alone(steward, track->source);
    return STATUS_UNAVAILABLE;
}

/* Reads one page of a street that is behind, and applies it. */
static void read_page(struct steward *steward, struct track *track)
{
    void *mem = mem_check(talloc_new(steward));
    Journal__ReadRequest request = JOURNAL__READ_REQUEST__INIT;
    struct follower_position position = track->position;
    struct client_reply reply;
    ProtobufCMessage *answer;

    request.after_seq = position.seq;
    request.after_id = track->position.event_id;
    request.limit = PAGE_EVENTS;
    enum status status =
        ask(steward, mem, track->source, track->street, "jusha.journal.v1.JournalService/Read",
            &request.base, &journal__read_response__descriptor, &reply, &answer);
    if (status == STATUS_OK)
        status = apply_page(steward, track, (const Journal__ReadResponse *)answer, &position);
    else
        status = take_refusal(steward, track, status, &reply, &position);
    if (status == STATUS_OK || position.seq != track->position.seq)
        set_position(steward, track, position);
    if (status == STATUS_ABORTED)
        stop_leading(steward); /* it knows the positions no more */
    else if (status != STATUS_OK)
        track->away_until_ms = clock_monotonic_ms() + AWAY_MS; /* others go on */
    talloc_free(mem);
}

/* A page of a street that was woken, a page of the backlog. False: nothing can be read now. */
static bool catch_up(struct steward *steward)
{
    static const enum queue turns[] = {WOKEN, BACKLOG};
    bool read = false;

    for (size_t i = 0; i < sizeof turns / sizeof *turns && steward->is_active; i++) {
        struct track *track = tracks_take(&steward->tracks, turns[i], clock_monotonic_ms());
        if (!track)
            continue;
        read_page(steward, track);
        tracks_put_back(&steward->tracks, track);
        read = true;
    }
    return read;
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
            look_soon(steward);
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
    if (!has_database(steward))
        return;
    if (!steward->is_active)
        try_to_lead(steward);
    keep_lead(steward);
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
                                             .broker_key = steward->process->broker_key};
    const char *sources[JOURNALS_MAX + 1] = {NULL};

    for (size_t i = 0; i < followers_count(); i++)
        sources[i] = followers_source(i);
    steward->heard = hint_listen(steward, &options, sources);
    steward->client = client_new(steward, steward->process->zmq_context, steward->process->brokers,
                                 steward->process->own, steward->process->broker_key);
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
            look_at_heads(steward);
        behind = steward->is_active && catch_up(steward);
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
