/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steward_read.c - what the steward asks of other services: heads of their journals, and pages
 *
 *   steward_look      asks one journal for its heads, of all streets -> tracks: who is behind
 *   steward_catch_up  takes a track that is behind -> asks for its next page -> follower_apply
 *                     -> the track's new position
 *
 * A journal whose service is away is left alone for a second, so that it does not hold up the
 * others. What is allocated hangs off a `mem` of one look or one page. Failures end here: what did
 * not succeed is still behind, and tried again. Runs in the steward's thread.
 */
#include "libcommon/service/following/steward_state.h"

#include <stdlib.h>
#include <string.h>

#include "journal_service.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/page_size.h"
#include "libcommon/base/wire.h"
#include "libcommon/service/following/follower.h"

enum {
    LOOK_MS = 60000,  /* at all heads, whose cost grows with the streets */
    SOON_MS = 1000,   /* between two looks while hints may have been lost */
    UNSURE_MS = 5000, /* how long that is assumed after steward_look_soon */
    AWAY_MS = 1000,   /* how long a journal that does not answer is left alone */
    /* for an answer; with TOUCH_MS of steward.c less than the 3 s after which the lead is lost */
    ASK_MS = 1500,
    PAGE_EVENTS = 256,
    PAGE_HEADS = 1000,
};

/* ---- asking ---- */

static void leave_alone(struct steward *steward, size_t source)
{
    steward->tracks.away_until_ms[source] = clock_monotonic_ms() + AWAY_MS;
}

/* One request to the service whose journal it is. OK: *ret is its answer, of this type, under mem.
 * Else reply->header says why it was refused; an answer that makes no sense is INVALID_ARGUMENT. */
static enum status ask(struct steward *steward, const void *mem, size_t source, const char *street,
                       const char *method, const ProtobufCMessage *request,
                       const ProtobufCMessageDescriptor *type, struct client_reply *reply,
                       ProtobufCMessage **ret)
{
    struct violations violations = {0};

    steward_keep_lead(steward);
    enum status status = client_call(steward->client, mem,
                                     &(struct client_request){.service = followers_source(source),
                                                              .street = street,
                                                              .method = method,
                                                              .timeout_ms = ASK_MS,
                                                              .payload = wire_pack(mem, request)},
                                     reply);

    if (status != STATUS_OK)
        return status;
    status = wire_unpack(mem, type, reply->payload.data, reply->payload.len, &violations, ret);
    if (status != STATUS_OK)
        log_warning("answer_unreadable", "service=%s street=%s method=%s", followers_source(source),
                    street, method);
    return status;
}

/* ---- heads ---- */

/* Takes a page of heads, and moves the request behind them (it points into mem then). *ret_more:
 * there may be another page. False: the service does not answer. */
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
    *ret_more = heads->n_heads == PAGE_HEADS;
    return true;
}

/* Takes the heads of one journal. False: its service is away, so that hints may have been lost. */
static bool look_at(struct steward *steward, size_t source)
{
    Journal__HeadsRequest request = JOURNAL__HEADS_REQUEST__INIT;
    void *mem = mem_check(talloc_new(steward));
    bool is_there = clock_monotonic_ms() >= steward->tracks.away_until_ms[source], more = true;

    request.limit = PAGE_HEADS;
    while (is_there && more && !steward->stop)
        is_there = take_heads(steward, source, &request, mem, &more);
    talloc_free(mem);
    return is_there;
}

static bool all_seen(const struct steward *steward)
{
    for (size_t i = 0; i < followers_count(); i++)
        if (!steward->seen[i])
            return false;
    return true;
}

/* Of a turn in which services were away the next one asks for those alone. */
static void begin_turn(struct steward *steward)
{
    steward->looked = 0;
    if (all_seen(steward) || clock_monotonic_ms() <= steward->unsure_until_ms)
        memset(steward->seen, 0, sizeof steward->seen);
}

/* One journal a call, so that one whose service is away does not hold up the work on the others.
 * After the last one the turn is over, and the next is due later. */
void steward_look(struct steward *steward)
{
    if (steward->looked == followers_count())
        begin_turn(steward);
    if (steward->looked < followers_count()) {
        size_t source = steward->looked++;
        steward->seen[source] = steward->seen[source] || look_at(steward, source);
    }
    steward->look_due = clock_monotonic_ms();
    if (steward->looked == followers_count()) {
        steward->looked_ms = steward->look_due;
        bool sure = all_seen(steward) && steward->look_due > steward->unsure_until_ms;
        steward->look_due += sure ? LOOK_MS : SOON_MS;
    }
}

/* Between two whole turns a little time passes, whatever was lost; and there are several, since a
 * broker that is back learns only little by little who wants what. */
void steward_look_soon(struct steward *steward)
{
    int64_t soon = steward->looked_ms + SOON_MS;

    steward->look_due = soon < steward->look_due ? soon : steward->look_due;
    steward->unsure_until_ms = clock_monotonic_ms() + UNSURE_MS;
}

/* ---- pages ---- */

/* Applies the page's events and moves *position behind them, as follower_apply; where there are
 * none the journal ends here, whatever it once reached. */
static enum status apply_page(struct steward *steward, struct track *track,
                              const Journal__ReadResponse *page, struct follower_position *position)
{
    if (page->n_events > 0)
        return follower_apply(&steward->slot, track->street, track->source, page->events,
                              page->n_events, position);
    enum status status =
        position->seq == position->reached
            ? STATUS_OK
            : follower_end_here(&steward->slot, track->street, track->source, position);
    if (status == STATUS_OK)
        tracks_set_end(&steward->tracks, track);
    return status;
}

/* The violation by which a journal that was restored says that our position is not in it; NULL: it
 * is no such refusal. Part of the header. */
static const Type__Violation *other_history(const Bus__ReplyHeader *header)
{
    for (size_t i = 0; i < header->n_violations; i++)
        if (strcmp(header->violations[i]->rule, "other_history") == 0)
            return header->violations[i];
    return NULL;
}

/* 0: it has none of this key. */
static int64_t param_of_violation(const Type__Violation *violation, const char *key)
{
    for (size_t i = 0; i < violation->n_params; i++)
        if (strcmp(violation->params[i]->key, key) == 0)
            return strtoll(violation->params[i]->value, NULL, 10);
    return 0;
}

/* The page could not be read. If that is because the journal has another history now, our copy is
 * started over and *position moved back; its status, else UNAVAILABLE. */
static enum status take_refusal(struct steward *steward, struct track *track, enum status status,
                                const struct client_reply *reply,
                                struct follower_position *position)
{
    const Type__Violation *other =
        status == STATUS_FAILED_PRECONDITION ? other_history(reply->header) : NULL;

    if (other) {
        status = follower_start_over(&steward->slot, track->street, track->source,
                                     param_of_violation(other, "head"),
                                     param_of_violation(other, "common"), position);
        if (status == STATUS_OK)
            tracks_set_end(&steward->tracks, track); /* the head that was told was of the old one */
        return status;
    }
    if (status == STATUS_UNAVAILABLE || status == STATUS_DEADLINE_EXCEEDED)
        leave_alone(steward, track->source);
    return STATUS_UNAVAILABLE;
}

static enum status read_after(struct steward *steward, const void *mem, const struct track *track,
                              const struct point *after, uint32_t limit, struct client_reply *reply,
                              const Journal__ReadResponse **ret)
{
    Journal__ReadRequest request = JOURNAL__READ_REQUEST__INIT;
    ProtobufCMessage *answer;

    request.after_seq = after->seq;
    request.after_id = (char *)after->event_id;
    request.limit = limit;
    enum status status =
        ask(steward, mem, track->source, track->street, "jusha.journal.v1.JournalService/Read",
            &request.base, &journal__read_response__descriptor, reply, &answer);
    if (status == STATUS_OK)
        *ret = (const Journal__ReadResponse *)answer;
    return status;
}

static enum status read_page_after(struct steward *steward, const void *mem, struct track *track,
                                   const struct point *after, struct client_reply *reply,
                                   const Journal__ReadResponse **ret)
{
    const uint32_t events = track->page_events > 0 ? track->page_events : PAGE_EVENTS;
    enum status status = read_after(steward, mem, track, after, events, reply, ret);

    track->page_events = page_size_next(events, PAGE_EVENTS, status);
    return status;
}

/* May the journal still be the one whose events were reacted to as far as `reacted`? A page of
 * copies that are rebuilt denies it where it ends before, or has another event there. */
static bool goes_on_to(const Journal__ReadResponse *page, const struct point *reacted)
{
    if (page->n_events == 0)
        return false;
    for (size_t i = 0; i < page->n_events; i++) {
        const struct point there =
            point_at(follower_event_seq(page->events[i]), page->events[i]->id);
        if (point_contradicts(&there, reacted))
            return false;
    }
    return true;
}

/* The next page. A service that rebuilds copies does not react, so first the journal has to
 * prove that it is the one that was reacted to; and again, where it was restored since. */
static enum status next_page(struct steward *steward, const void *mem, struct track *track,
                             struct client_reply *reply, const Journal__ReadResponse **ret)
{
    const struct follower_position *position = &track->position;
    const struct point here = point_at(position->seq, position->event_id);
    const struct point reacted = point_at(position->reacted, position->reacted_id);
    enum status status = STATUS_OK;

    if (position->seq == 0 && reacted.seq > 0)
        status = read_after(steward, mem, track, &reacted, 1, reply, ret);
    if (status == STATUS_OK)
        status = read_page_after(steward, mem, track, &here, reply, ret);
    if (status != STATUS_OK || here.seq == reacted.seq || goes_on_to(*ret, &reacted))
        return status;
    status = read_after(steward, mem, track, &reacted, 1, reply, ret);
    return status == STATUS_OK ? STATUS_UNAVAILABLE : status; /* restored once more: look again */
}

/* Reads one page of a street that is behind, and applies it. Whatever fails, the track is as far as
 * its events were applied. */
static void read_page(struct steward *steward, struct track *track)
{
    void *mem = mem_check(talloc_new(steward));
    struct follower_position position = track->position;
    const Journal__ReadResponse *page;
    struct client_reply reply;

    enum status status = next_page(steward, mem, track, &reply, &page);
    if (status == STATUS_OK)
        status = apply_page(steward, track, page, &position);
    else
        status = take_refusal(steward, track, status, &reply, &position);
    if (status == STATUS_OK || position.seq != track->position.seq)
        steward_set_position(steward, track, position);
    if (status == STATUS_ABORTED)
        steward_stop_leading(steward); /* it knows the positions no more */
    else if (status != STATUS_OK)
        track->away_until_ms = clock_monotonic_ms() + AWAY_MS; /* others go on */
    talloc_free(mem);
}

/* A page of a street that was woken, a page of the backlog. False: nothing can be read now. */
bool steward_catch_up(struct steward *steward)
{
    static const enum track_list turns[] = {WOKEN, BACKLOG};
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
