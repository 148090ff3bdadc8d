/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timer_fire.c - due rows -> calls of the service itself
 *
 * What is due of a street runs as one batch. A call deletes its row, if that still says what was
 * read, and runs the timer's handler; so of two that fire the same timer one does nothing. A
 * handler that refuses is not asked again: the row goes, and TimerRefused says why.
 */
#include "libcommon/service/following/timer_fire.h"

#include <string.h>

#include "journal_events.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/metrics.h"
#include "libcommon/service/batch/batch.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/following/lived.h"
#include "libcommon/service/journal/journal.h"
#include "libcommon/service/method/envelope.h"

enum {
    LOOK_MS = 500,         /* that firing may take before the steward does something else */
    LOOK_ROWS = BATCH_MAX, /* that one look reads */
};
_Static_assert(LOOK_ROWS == 64, "as read_due says");

static struct metric fired = {.type = METRIC_COUNTER,
                              .name = "jusha_timers_fired_total",
                              .help = "Timers that were due and are done"};
static struct metric refused = {.type = METRIC_COUNTER,
                                .name = "jusha_timers_refused_total",
                                .help = "Timers whose handler refused; TimerRefused says why"};

static const struct service *of_service;
static struct lived lived; /* the steward's thread alone */
static char *names;        /* of the timers that this version knows, as an array in text form */

/* A row of `timer`, read. */
struct due {
    struct timer_source source; /* call->source.timer */
    const char *causation;      /* "": a version before set it */
    const char *traceparent;
    const struct timer *timer;
    const Google__Protobuf__Timestamp *due;
    enum status refusal; /* of the first try */
    const char *message;
};

/* A name that only a newer version knows waits for it. */
STATEMENT(read_due,
          .sql =
              "SELECT street, name, subject, due, note, causation, traceparent FROM timer"
              " WHERE due <= :now AND name = ANY(:names::text[]) AND street <> ALL(:stuck::text[])"
              " ORDER BY due LIMIT 64",
          .with = "names, stuck");
STATEMENT(take_timer,
          .sql = "DELETE FROM timer WHERE street = :street AND name = :name"
                 " AND subject = :subject AND due = :due",
          .with = "name, subject, due",
          .one_row = {STATUS_ABORTED, "due", "stale",
                      "it was fired, moved or cancelled meanwhile"});

/* ---- a call ---- */

static void queue_take(struct call *call)
{
    const struct due *due = (const struct due *)call->source.timer;
    const struct db_param given[] = {
        NAMED(name, param_text(due->timer->name)),
        NAMED(subject, param_text(call->source.timer->subject)),
        NAMED(due, param_time(call, due->due)),
    };

    db_do_more(call, &take_timer, NULL, given, 3);
}

static enum status fire(struct call *call)
{
    const struct due *due = (const struct due *)call->source.timer;

    queue_take(call);
    return due->timer->fire(call);
}

static enum status give_up(struct call *call)
{
    const struct due *due = (const struct due *)call->source.timer;
    Journal__TimerRefused event = JOURNAL__TIMER_REFUSED__INIT;

    queue_take(call);
    event.name = (char *)due->timer->name;
    event.subject = (char *)call->source.timer->subject;
    event.due = (Google__Protobuf__Timestamp *)due->due;
    event.code = (Type__Code)due->refusal;
    event.message = (char *)due->message;
    return journal_append(call, call->source.timer->subject, &event.base);
}

static const struct method fire_row = {.scope = SCOPE_STREET, .command = fire};
static const struct method give_up_row = {.scope = SCOPE_STREET, .command = give_up};
static struct endpoint fire_endpoint = {.row = &fire_row, .name = "timer"};
static struct endpoint give_up_endpoint = {.row = &give_up_row, .name = "give up timer"};

/* ---- start ---- */

void timers_start(const struct service *service)
{
    of_service = fire_endpoint.service = give_up_endpoint.service = service;
    metrics_register(&fired);
    metrics_register(&refused);
    lived_start();
    names = mem_text(NULL, "{"); /* as long as the process */
    for (const struct timer *timer = service->timers; timer && timer->name; timer++)
        names = mem_check(talloc_asprintf_append_buffer(
            names, "%s%s", timer == service->timers ? "" : ",", timer->name));
    names = mem_check(talloc_strdup_append_buffer(names, "}"));
}

/* ---- due ---- */

static const struct timer *find_timer(const char *name)
{
    const struct timer *timer = of_service->timers;

    while (strcmp(timer->name, name) != 0)
        timer++; /* only known names were asked for */
    return timer;
}

static struct call *call_for(const struct endpoint *endpoint, const char *street,
                             const char *subject, const char *note, const struct due *due)
{
    struct call *call = envelope_own(endpoint, street, ORIGIN_TIMER);
    struct due *own = mem_copy(call, due, sizeof *due);

    own->due = wire_copy(call, &due->due->base);
    own->message = mem_text(call, due->message ? due->message : "");
    own->source = (struct timer_source){
        .name = due->timer->name, .subject = mem_text(call, subject), .note = mem_text(call, note)};
    call->source.timer = &own->source;
    if (due->causation[0])
        own->causation = call->causation = mem_text(call, due->causation);
    own->traceparent = mem_text(call, due->traceparent);
    ((Bus__RequestHeader *)call->header)->traceparent = (char *)own->traceparent;
    return call;
}

static bool is_transient(enum status status)
{
    return status == STATUS_UNAVAILABLE || status == STATUS_UNKNOWN ||
           status == STATUS_DEADLINE_EXCEEDED;
}

/* Somebody else fired, moved or cancelled it meanwhile. */
static bool is_gone(const struct call *call)
{
    return call->status == STATUS_ABORTED && call->violations.count > 0 &&
           strcmp(call->violations.item[0].field, "due") == 0;
}

/* The street is not served here: its timers wait. */
static bool is_elsewhere(const struct call *call)
{
    return call->status == STATUS_NOT_FOUND && call->violations.count > 0 &&
           strcmp(call->violations.item[0].field, "street") == 0;
}

/* The handler does not want it: that is said, and the row goes. False: not now. */
static bool give_up_instead(struct db_slot *slot, const struct call *call)
{
    struct due due = *(const struct due *)call->source.timer;

    log_warning("timer_refused", "street=%s timer=%s subject=%s code=%s reason=%s", call->street,
                due.timer->name, call->source.timer->subject, status_name(call->status),
                LOG_QUOTED(call->message));
    due.refusal = call->status;
    due.message = call->message;
    struct call *instead =
        call_for(&give_up_endpoint, call->street, due.source.subject, due.source.note, &due);
    batch_run(slot, &instead, 1);
    bool done = instead->status == STATUS_OK || is_gone(instead);
    metrics_add(&refused, done);
    talloc_free(instead);
    return done;
}

/* Fires timers of one street. False: not all of them could be done now. */
static bool fire_together(struct db_slot *slot, struct call **calls, size_t count)
{
    bool done = true;

    batch_run(slot, calls, count);
    for (size_t i = 0; i < count; i++) {
        if (calls[i]->status == STATUS_OK)
            metrics_add(&fired, 1);
        else if (is_transient(calls[i]->status) || is_elsewhere(calls[i]))
            done = false;
        else if (!is_gone(calls[i]))
            done = give_up_instead(slot, calls[i]) && done;
        talloc_free(calls[i]);
    }
    return done;
}

/* Rows that are due, as far as one look takes; NULL when the database is away. */
static const PGresult *read_rows(struct db *db, const void *mem, const char *stuck)
{
    const struct db_param params[] = {
        NAMED(now, param_time(mem, timestamp_new(mem, clock_unix_us()))),
        NAMED(names, param_text(names)),
        NAMED(stuck, param_text(mem_printf(mem, "{%s}", stuck))),
    };

    db_slot_set_street(db, EVERY_STREET);
    db_send_own(db, &read_due, params, 3);
    db_sync(db);
    db_next(db, mem);
    const PGresult *rows = db_next(db, mem);
    db_recover(db);
    return rows;
}

/* Those rows of a look that are of one street, from the first on. */
static size_t make_calls(const PGresult *rows, int first, bool taken[LOOK_ROWS],
                         struct call *ret[LOOK_ROWS])
{
    const char *street = PQgetvalue(rows, first, 0);
    size_t count = 0;

    for (int row = first; row < PQntuples(rows); row++) {
        if (taken[row] || strcmp(PQgetvalue(rows, row, 0), street) != 0)
            continue;
        void *mem = mem_check(talloc_new(NULL));
        const struct due due = {.timer = find_timer(PQgetvalue(rows, row, 1)),
                                .due = timestamp_new(mem, column_unix_us(rows, row, 3)),
                                .causation = PQgetvalue(rows, row, 5),
                                .traceparent = PQgetvalue(rows, row, 6)};
        taken[row] = true;
        ret[count++] = call_for(&fire_endpoint, street, PQgetvalue(rows, row, 2),
                                PQgetvalue(rows, row, 4), &due);
        talloc_free(mem);
    }
    return count;
}

/* Fires what a look found. Streets where it could not be done now are added to *stuck, "a,b". */
static void fire_rows(struct db_slot *slot, const PGresult *rows, char **stuck)
{
    bool taken[LOOK_ROWS] = {false};

    for (int row = 0; row < PQntuples(rows) && db_slot_open(slot); row++) {
        struct call *calls[LOOK_ROWS];
        size_t count = taken[row] ? 0 : make_calls(rows, row, taken, calls);
        if (count > 0 && !fire_together(slot, calls, count))
            *stuck = mem_check(talloc_asprintf_append_buffer(*stuck, "%s%s", **stuck ? "," : "",
                                                             PQgetvalue(rows, row, 0)));
    }
}

void timers_lead(void)
{
    lived = (struct lived){0};
}

void timers_fire(struct db_slot *slot)
{
    if (!of_service->timers || !of_service->timers->name || !lived_until_now(&lived, slot))
        return;
    void *mem = mem_check(talloc_new(NULL));
    char *stuck = mem_text(mem, "");
    int64_t end_ms = clock_monotonic_ms() + LOOK_MS;
    const PGresult *rows = NULL;
    do {
        rows = db_slot_open(slot) ? read_rows(slot->db, mem, stuck) : NULL;
        if (rows)
            fire_rows(slot, rows, &stuck);
    } while (rows && PQntuples(rows) == LOOK_ROWS && clock_monotonic_ms() < end_ms);
    talloc_free(mem);
}
