/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.h - one request in flight
 *
 * A call is a memory context (mem.h): what is allocated while serving the request is its child and
 * is freed with it, so handlers free nothing. Its fields are filled from top to bottom; a command
 * may run more than once, and call_reset then takes everything below `hash` back.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus_caller.pb-c.h"
#include "bus_delivery.pb-c.h"
#include "bus_envelope.pb-c.h"
#include "google_timestamp.pb-c.h"
#include "libcommon/base/id.h"
#include "libcommon/base/violation.h"

struct db;
struct endpoint; /* endpoint.h */

enum {
    BATCH_MAX = 64, /* calls of one street in one transaction, or queries of one round trip */
    AFTER_MAX = 8,  /* positions that a request may wait for */
};

/* A role of the actor, in force today. */
struct grant {
    Bus__Role role;
    const char *community_id, *unit_id; /* "": of the whole street */
};

/* Where in the street something is, and whose; "" for what it has not. */
struct spot {
    const char *community_id, *unit_id, *person_id;
    /* of a person: their highest role, UNSPECIFIED if none, and for which community or unit they
     * hold it: "" the street, "*" several */
    Bus__Role held_role;
    const char *held_at;
};

/* Who wants it: a caller, or the service itself, by an event of a journal that it follows or by a
 * timer. */
enum call_origin { ORIGIN_REQUEST, ORIGIN_EVENT, ORIGIN_TIMER };

/* Where the event stood that a reaction handles. */
struct event_source {
    const char *service;
    int64_t seq;
    const char *event_id, *subject, *actor;
    const Google__Protobuf__Timestamp *time;
};

/* Whose timer fires. */
struct timer_source {
    const char *name, *subject, *note;
};

/* What journal_append leaves for the end of the batch. */
struct call_event {
    char id[ID_CHARS + 1];
    const char *type;    /* full message name, static */
    const char *subject; /* id of the object */
    ProtobufCBinaryData data;
    struct call_event *next;
};

/* What stands under a call's id since an earlier try. */
struct kept_answer {
    ProtobufCBinaryData reply; /* of a refusal the packed ReplyHeader */
    int64_t seq;               /* -1: it is a refusal */
};

/* How long it waited, and for what; all 0 until it had a batch. */
struct call_times {
    int64_t taken, ended; /* clock_monotonic_ms: its batch began, and had its answers */
    int64_t lock_ms;      /* of that: until the street was its batch's */
    size_t batch;         /* calls in it */
};

struct call {
    enum call_origin origin;
    union {
        const Bus__Delivery *delivery; /* ORIGIN_REQUEST; owns the ticket and payload */
        const struct event_source *event;
        const struct timer_source *timer;
    } source;

    /* from the Delivery, by the bus thread; or as the service says itself */
    const struct endpoint *endpoint;  /* the method and its descriptors */
    const Bus__RequestHeader *header; /* its request_id in lower case, so that it is one key */
    const char *asked_id;             /* the request_id as it was sent, for the reply */
    const Bus__Caller *caller;
    const char *street; /* slug; "" where the method spans streets */
    const char
        *actor; /* who is responsible: header->actor of a gateway or operator, or the caller */
    const char *causation; /* what an event or a timer brought; NULL: it is a first cause itself */
    int64_t began, deadline; /* clock_monotonic_ms */
    ProtobufCBinaryData payload;
    size_t broker;            /* index of the connection that it came by */
    struct call *prev, *next; /* in the queue that it waits in */
    struct call *later,
        *last_later; /* of its caller, that wait behind it for their turns (work.c) */

    /* by the work thread */
    const void *request;    /* of type endpoint->request, normalised by its rules */
    uint8_t hash[16];       /* of a command: of method, actor and payload (method_hash) */
    int hash_key;           /* number of the data key in it */
    const char *page_after; /* of a list: key of the last row that the caller has */
    struct call_times times;

    /* while it runs; call_reset starts here */
    struct db *db;
    char *
        last_id; /* that was made in the street, whoever made it: a new one sorts behind it; NULL of
                    * a query */
    const Google__Protobuf__Timestamp *now; /* the only clock of handlers; whole microseconds */
    void *response; /* of type endpoint->response, for the handler to fill; NULL of an own call */
    const struct grant *grants; /* of the actor, where authority_needs_grants */
    size_t grant_count;
    bool grants_rebuilt; /* they are being rebuilt: what the actor may, nobody knows now */
    const struct kept_answer *kept; /* for whoever may still do it there; NULL: it is new */
    struct spot spot;               /* where it acts, as authority_check_place found it */
    struct call_event *events, **events_end;
    size_t event_count;
    bool careful; /* it runs under a savepoint of its own, so those around it may fall without it */
    bool decided; /* by stored data, so that the request keeps this answer */
    bool wrote;   /* a statement was queued, so a refusal needs a rollback */
    bool moved_grants; /* roles may not be what they were for those behind it */
    bool unreadable;   /* a row that it read makes no sense: whatever its handler said is nothing */
    const char *
        rebuilds; /* journal whose copies it has deleted, so that nobody may decide by them; NULL */

    /* how it ended */
    enum status status;
    const char *message; /* "" or one line for people */
    struct violations violations;
    bool replayed;             /* the reply is that of an earlier request of this id */
    bool repeated;             /* the batch holds its id twice, and this is not the first */
    int64_t seq;               /* the street's journal after it; -1: not told */
    ProtobufCBinaryData reply; /* packed response */
};

/* An empty one, of its own: free it when it is answered. */
struct call *call_new(void);

/* Does the service do it by itself? Then there is no reply to send or to keep. */
bool call_is_own(const struct call *call);
/* Id of the request that this follows from, however many events and timers lie between: its own if
 * nothing does. */
const char *call_causation(const struct call *call);
/* Trace context that it goes on: of the request, or of what an event or a timer was part of. "":
 * none. One that is not one is no reason to refuse a request; it is left out (W3C Trace Context,
 * 3.2). */
const char *call_traceparent(const struct call *call);
/* Of its times: until its batch began, and of the batch what was not spent for the street. */
int64_t call_queue_ms(const struct call *call);
int64_t call_database_ms(const struct call *call);
/* Is one caller behind both? Whoever a gateway speaks for is a caller of their own. */
bool call_is_of_same_caller(const struct call *a, const struct call *b);

/* Records why the call fails, and returns status so that one can write 'return call_fail(...)'.
 * field is a path from the request's top or a field of the header, "" of the request as a whole;
 * rule is a constant, by which programs and other languages say why. */
enum status call_fail(struct call *call, enum status status, const char *field, const char *rule,
                      const char *format, ...) PRINTF(5, 6) MUST_CHECK;

/* The event or the response is larger than this. */
enum status call_fail_size(struct call *call, const char *what, int bytes_max) MUST_CHECK;

/* Copies that it would be decided by are being rebuilt. */
enum status call_fail_rebuilding(struct call *call) MUST_CHECK;

/* Adds one to the refusal that call_fail made, and returns its status. */
enum status call_add_param(struct call *call, struct violation_param param) MUST_CHECK;

/* Fails the call with the violations that it holds. */
enum status call_fail_rules(struct call *call) MUST_CHECK;

/* Back to where the handler has not run. */
void call_reset(struct call *call, struct db *db, const Google__Protobuf__Timestamp *now);

/* What the call ends with, whose handler said `status`: of many statements some may have been
 * answered by then, and what it read may have been unreadable. */
enum status call_outcome(struct call *call, enum status status) MUST_CHECK;

/* Packs the response as the reply; RESOURCE_EXHAUSTED when it is larger than a reply may be. */
enum status call_pack_response(struct call *call) MUST_CHECK;

/* A new UUIDv7. Those of a street's commands rise from one to the next, in the order of their
 * commits, whichever process runs them and whatever its clock says: lists and inboxes are read by
 * their ids. */
void call_make_id(struct call *call, char id[static ID_CHARS + 1]);
/* The same as a text under the call. */
char *call_new_id(struct call *call);

/* True for a command that this run did, so that its events and its reply are to be stored. */
bool call_is_done_now(const struct call *call);

/* Gives a call that came twice what the other one got, as a replay. */
void call_copy_outcome(struct call *call, const struct call *other);

/* A refusal as bytes, and back: for whoever asks again under the same id. */
ProtobufCBinaryData call_pack_refusal(struct call *call);
void call_unpack_refusal(struct call *call, const uint8_t *data, size_t size);
/* Code, message and violations, as far as there are any. What the header points at is the
 * call's. */
void call_fill_refusal(struct call *call, Bus__ReplyHeader *header);
