/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publisher.c - a PUB socket to every broker, and how far each street's events are out
 *
 *   hint       of every commit            -> out at once, and again when a broker is back
 *   event      that follows what is out   -> out at once; any other is left to the relay
 *   heartbeat  of every stream            -> out when the relay says so
 *
 * A message is one frame (feed.h), of which every socket gets a reference. A socket may pass from
 * thread to thread under a mutex (zmq_socket(3)). Events are packed outside of it, since many work
 * threads commit at once, and checked again inside. Nothing here fails: what a broker misses is
 * read from the journal.
 */
#include "libcommon/service/journal/publisher.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <uthash.h>
#include <zmq.h>

#include "journal_live.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/metrics.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/feed.h"
#include "libcommon/bus/link.h"
#include "libcommon/service/journal/hint.h"

enum {
    HWM = 20000, /* messages; beyond them PUB drops, and subscribers read the journal */
    LINGER_MS = 1000,
    HELLO_MS = 1000,            /* between two hellos */
    LATELY_MS = 10000,          /* longer than it takes to notice that a connection is gone */
    AGAIN_MS = 1000,            /* from when a broker is back; by then it has said what it wants */
    TOPIC = FEED_TOPIC_MAX + 1, /* bytes, with the NUL */
};

static struct metric published = {.type = METRIC_COUNTER,
                                  .name = "jusha_relay_events_total",
                                  .help = "Events that this process published"};

/* One street's events, while this process may have to publish them. */
struct stream {
    struct behind at; /* sent < head: it is behind */
    zmq_msg_t beat;   /* the heartbeat that says at.sent; empty: it is to be written */
    UT_hash_handle hh;
};

/* A street's last hint, if it went out lately or while a broker was away: it may be lost. */
struct told {
    char street[64];
    struct point head;
    int64_t at_ms; /* clock_monotonic_ms */
    UT_hash_handle hh;
};

struct publisher {
    const char *service; /* borrowed */
    struct certificate own;

    pthread_mutex_t mutex; /* for all that follows */
    struct link *link[BROKERS_MAX];
    size_t n_links;
    int64_t hello_due_ms;   /* clock_monotonic_ms */
    bool is_active;         /* this process's relay leads */
    struct stream *streams; /* by street, in the order of their turns */
    struct told *told;      /* by street */
    int64_t again_due_ms;   /* when `told` goes out again; 0: it need not */
};

/* ---- life ---- */

struct publisher *publisher_new(void *zmq_context, const char *service, const char *brokers,
                                const struct certificate *own, struct broker_keys *broker_keys)
{
    struct publisher *publisher = mem_new(NULL, struct publisher);
    const struct link_options options = {.zmq_context = zmq_context,
                                         .type = ZMQ_PUB,
                                         .hwm = HWM,
                                         .linger_ms = LINGER_MS,
                                         .own = &publisher->own,
                                         .broker_keys = broker_keys};
    struct broker_address address[BROKERS_MAX];
    int count = ports_parse(brokers, address);

    publisher->service = service;
    publisher->own = *own;
    for (int i = 0; i < count; i++)
        publisher->link[publisher->n_links++] =
            link_new(publisher, &options, &address[i], PORT_PUBLISH);
    pthread_mutex_init(&publisher->mutex, NULL);
    metrics_register(&published);
    return publisher;
}

static void forget_streams(struct publisher *publisher)
{
    struct stream *stream, *next;

    HASH_ITER(hh, publisher->streams, stream, next)
    {
        HASH_DEL(publisher->streams, stream);
        zmq_msg_close(&stream->beat);
        talloc_free(stream);
    }
}

static void forget_told(struct publisher *publisher, int64_t before_ms)
{
    struct told *told, *next;

    HASH_ITER(hh, publisher->told, told, next)
    {
        if (told->at_ms >= before_ms)
            continue;
        HASH_DEL(publisher->told, told);
        talloc_free(told);
    }
}

void publisher_destroy(struct publisher **publisher)
{
    forget_streams(*publisher);
    forget_told(*publisher, INT64_MAX);
    explicit_bzero(&(*publisher)->own, sizeof(*publisher)->own);
    TALLOC_FREE(*publisher);
}

/* ---- streams, under the mutex ---- */

/* The street's stream; a new one has nothing out. It goes with publisher_stop. */
static struct stream *stream_of(struct publisher *publisher, const char *street)
{
    struct stream *stream;

    HASH_FIND_STR(publisher->streams, street, stream);
    if (!stream) {
        stream = mem_new(publisher, struct stream);
        snprintf(stream->at.street, sizeof stream->at.street, "%s", street);
        zmq_msg_init(&stream->beat);
        HASH_ADD_STR(publisher->streams, at.street, stream);
    }
    return stream;
}

/* What the heartbeat says is no longer so. */
static void forget_beat(struct stream *stream)
{
    zmq_msg_close(&stream->beat);
    zmq_msg_init(&stream->beat);
}

static void raise_head(struct behind *at, const struct point *head)
{
    if (head->seq > at->head.seq)
        at->head = *head;
}

/* ---- sending ---- */

/* "xiasha/registry/UnitRegistered" NUL body. type: full name of the event's message; "" for a
 * heartbeat. The frame is the caller's to send or close. */
static void write_frame(zmq_msg_t *frame, const struct publisher *publisher, const char *street,
                        const char *type, const ProtobufCMessage *message)
{
    ProtobufCBinaryData body = wire_pack(NULL, message);
    const char *dot = strrchr(type, '.');
    char topic[TOPIC];
    int size =
        snprintf(topic, sizeof topic, "%s/%s/%s", street, publisher->service, dot ? dot + 1 : "");

    assert(size < TOPIC); /* slugs and names of messages are shorter */
    feed_write(frame, FEED_PUBLISHED, topic, (size_t)size, body.data, body.len);
    talloc_free(body.data);
}

/* Under the mutex. Takes the frame. What a broker does not take now is lost there. */
static void send_all(struct publisher *publisher, zmq_msg_t *frame)
{
    for (size_t i = 0; i < publisher->n_links; i++) {
        void *socket = link_socket(publisher->link[i]);
        zmq_msg_t copy;

        zmq_msg_init(&copy);
        zmq_msg_copy(&copy, frame);
        if (!socket || zmq_msg_send(&copy, socket, ZMQ_DONTWAIT) == -1)
            zmq_msg_close(&copy);
    }
    zmq_msg_close(frame);
}

/* Under the mutex: the street's journal goes to head. */
static void send_hint(struct publisher *publisher, const char *street, const struct point *head)
{
    zmq_msg_t hint;

    hint_write(&hint, publisher->service, street, head);
    send_all(publisher, &hint);
}

/* ---- connections, under the mutex ---- */

/* "?registry" NUL: a broker presumes connections dead on which nothing was ever said, and not
 * every process has something to publish. */
static void say_hello(struct publisher *publisher, int64_t now)
{
    char topic[TOPIC];
    zmq_msg_t frame;
    int size = snprintf(topic, sizeof topic, "?%s", publisher->service);

    feed_write(&frame, FEED_PUBLISHED, topic, (size_t)size, NULL, 0);
    send_all(publisher, &frame);
    publisher->hello_due_ms = now + HELLO_MS;
}

/* A hint goes out now. */
static void remember_told(struct publisher *publisher, const char *street, const struct point *head)
{
    struct told *told;

    HASH_FIND_STR(publisher->told, street, told);
    if (!told) {
        told = mem_new(publisher, struct told);
        snprintf(told->street, sizeof told->street, "%s", street);
        HASH_ADD_STR(publisher->told, street, told);
    }
    told->head = *head;
    told->at_ms = clock_monotonic_ms();
}

static void repeat_hints(struct publisher *publisher)
{
    for (struct told *told = publisher->told; told; told = told->hh.next)
        send_hint(publisher, told->street, &told->head);
}

/* Is every broker there, and has it been told again what it may have missed? */
static bool is_whole(const struct publisher *publisher)
{
    for (size_t i = 0; i < publisher->n_links; i++)
        if (!link_is_up(publisher->link[i]))
            return false;
    return publisher->again_due_ms == 0;
}

void publisher_keep(struct publisher *publisher)
{
    int64_t now = clock_monotonic_ms();

    pthread_mutex_lock(&publisher->mutex);
    for (size_t i = 0; i < publisher->n_links; i++)
        if (link_keep(publisher->link[i], now) & LINK_UP)
            publisher->again_due_ms = now + AGAIN_MS;
    if (publisher->again_due_ms && now >= publisher->again_due_ms) {
        repeat_hints(publisher);
        publisher->again_due_ms = 0;
    }
    if (now >= publisher->hello_due_ms) {
        say_hello(publisher, now);
        if (is_whole(publisher))
            forget_told(publisher, now - LATELY_MS);
    }
    pthread_mutex_unlock(&publisher->mutex);
}

/* ---- hints and events ---- */

/* Sends the event if it is the stream's next. Takes the frame. True if the event is out, by this
 * call or already. False: one before it is missing, or nothing is ours to send. */
static bool bring_out(struct publisher *publisher, const char *street,
                      const struct journal_entry *entry, zmq_msg_t *frame)
{
    const struct point point = point_at(entry->seq, entry->id);

    pthread_mutex_lock(&publisher->mutex);
    struct stream *stream = publisher->is_active ? stream_of(publisher, street) : NULL;
    struct behind *at = stream ? &stream->at : NULL;
    if (at && point.seq == at->sent.seq + 1) {
        send_all(publisher, frame);
        at->sent = point;
        forget_beat(stream);
        raise_head(at, &point);
        metrics_add(&published, 1);
    } else {
        zmq_msg_close(frame);
    }
    bool is_out = at && point.seq <= at->sent.seq;
    pthread_mutex_unlock(&publisher->mutex);
    return is_out;
}

void publisher_publish(struct publisher *publisher, const char *street,
                       const struct journal_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        void *mem = mem_check(talloc_new(NULL));
        zmq_msg_t frame;

        write_frame(&frame, publisher, street, entries[i].type,
                    &journal_event(mem, publisher->service, street, &entries[i])->base);
        talloc_free(mem);
        if (!bring_out(publisher, street, &entries[i], &frame))
            return;
    }
}

/* True if what comes behind head can go out at once. Only a guess, which saves useless packing:
 * bring_out knows. */
static bool expects(struct publisher *publisher, const char *street, int64_t head)
{
    pthread_mutex_lock(&publisher->mutex);
    bool expected = publisher->is_active && stream_of(publisher, street)->at.sent.seq == head;
    pthread_mutex_unlock(&publisher->mutex);
    return expected;
}

void publisher_tell(struct publisher *publisher, const char *street, const struct point *head,
                    const struct journal_entry *entries, size_t count)
{
    const struct point tail = journal_tail(head, entries, count);

    if (expects(publisher, street, head->seq))
        publisher_publish(publisher, street, entries, count);
    pthread_mutex_lock(&publisher->mutex);
    if (publisher->is_active)
        raise_head(&stream_of(publisher, street)->at, &tail);
    remember_told(publisher, street, &tail);
    send_hint(publisher, street, &tail);
    pthread_mutex_unlock(&publisher->mutex);
}

/* ---- heartbeats ---- */

/* A copy of a stream, to write its heartbeat outside of the mutex. */
struct street_beat {
    struct behind at;
    zmq_msg_t frame; /* as of the last time, if nothing has happened since; else empty */
};

/* Of every stream; the caller's, and each frame to be sent. */
static struct street_beat *copy_beats(struct publisher *publisher, size_t *ret_count)
{
    size_t count = 0;

    pthread_mutex_lock(&publisher->mutex);
    struct street_beat *copy =
        mem_array(NULL, struct street_beat, HASH_COUNT(publisher->streams) + 1);
    for (struct stream *stream = publisher->streams; stream; stream = stream->hh.next) {
        copy[count].at = stream->at;
        zmq_msg_init(&copy[count].frame);
        zmq_msg_copy(&copy[count++].frame, &stream->beat);
    }
    pthread_mutex_unlock(&publisher->mutex);
    *ret_count = count;
    return copy;
}

static void write_beat(struct publisher *publisher, struct street_beat *beat)
{
    Journal__Heartbeat heartbeat = JOURNAL__HEARTBEAT__INIT;

    heartbeat.head = beat->at.sent.seq;
    heartbeat.event_id = beat->at.sent.event_id;
    heartbeat.incarnation = beat->at.incarnation;
    write_frame(&beat->frame, publisher, beat->at.street, "", &heartbeat.base);
}

/* Under the mutex: keeps the frame for the next time, unless something happened meanwhile. */
static void keep_beat(struct publisher *publisher, struct street_beat *beat)
{
    struct stream *stream;

    HASH_FIND_STR(publisher->streams, beat->at.street, stream);
    if (stream && stream->at.sent.seq == beat->at.sent.seq &&
        strcmp(stream->at.incarnation, beat->at.incarnation) == 0)
        zmq_msg_copy(&stream->beat, &beat->frame);
}

/* One by one: those who have just committed need not wait for a thousand streets. */
void publisher_beat(struct publisher *publisher)
{
    size_t count;
    struct street_beat *beats = copy_beats(publisher, &count);

    for (size_t i = 0; i < count; i++) {
        bool is_new = zmq_msg_size(&beats[i].frame) == 0;

        if (is_new)
            write_beat(publisher, &beats[i]);
        pthread_mutex_lock(&publisher->mutex);
        if (is_new)
            keep_beat(publisher, &beats[i]);
        send_all(publisher, &beats[i].frame);
        pthread_mutex_unlock(&publisher->mutex);
    }
    talloc_free(beats);
}

/* ---- for the relay ---- */

void publisher_set_incarnation(struct publisher *publisher, const char *street,
                               const char *incarnation)
{
    pthread_mutex_lock(&publisher->mutex);
    struct stream *stream = stream_of(publisher, street);
    if (strcmp(stream->at.incarnation, incarnation) != 0)
        forget_beat(stream);
    snprintf(stream->at.incarnation, sizeof stream->at.incarnation, "%s", incarnation);
    pthread_mutex_unlock(&publisher->mutex);
}

void publisher_see(struct publisher *publisher, const char *street, const struct point *head)
{
    pthread_mutex_lock(&publisher->mutex);
    struct stream *stream = stream_of(publisher, street);
    raise_head(&stream->at, head);
    if (!publisher->is_active) {
        stream->at.sent = stream->at.head;
        forget_beat(stream);
    }
    pthread_mutex_unlock(&publisher->mutex);
}

/* Who led before may have told less, or of another history. */
void publisher_start(struct publisher *publisher)
{
    const struct point none = {0};

    pthread_mutex_lock(&publisher->mutex);
    publisher->is_active = true;
    send_hint(publisher, HINT_EVERY_STREET, &none);
    pthread_mutex_unlock(&publisher->mutex);
}

void publisher_stop(struct publisher *publisher)
{
    pthread_mutex_lock(&publisher->mutex);
    publisher->is_active = false;
    forget_streams(publisher);
    pthread_mutex_unlock(&publisher->mutex);
}

/* Under the mutex: puts a street behind the others, so that busy ones take turns. */
static void end_turn(struct publisher *publisher, struct stream *stream)
{
    HASH_DEL(publisher->streams, stream);
    HASH_ADD_STR(publisher->streams, at.street, stream);
}

size_t publisher_behind(struct publisher *publisher, struct behind *ret, size_t max)
{
    size_t count = 0;

    pthread_mutex_lock(&publisher->mutex);
    for (struct stream *stream = publisher->streams; stream && count < max;
         stream = stream->hh.next)
        if (stream->at.sent.seq < stream->at.head.seq)
            ret[count++] = stream->at;
    for (size_t i = 0; i < count; i++)
        end_turn(publisher, stream_of(publisher, ret[i].street));
    pthread_mutex_unlock(&publisher->mutex);
    return count;
}

void publisher_settle(struct publisher *publisher, const struct behind *behind)
{
    pthread_mutex_lock(&publisher->mutex);
    struct behind *at = &stream_of(publisher, behind->street)->at;
    if (at->head.seq == behind->head.seq)
        at->head = at->sent;
    pthread_mutex_unlock(&publisher->mutex);
}
