/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publisher.c - one PUB socket to every broker, and how far each street's events are out
 *
 * A socket may pass from thread to thread under a mutex (zmq_socket(3)). Events are packed outside of it, since many
 * work threads commit at once, and checked again inside: what no longer follows on is left to the relay.
 */
#include "libcommon/service/publisher.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <uthash.h>
#include <zmq.h>

#include "journal_live.pb-c.h"
#include "libcommon/base/fault.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/metrics.h"
#include "libcommon/bus/dial.h"
#include "libcommon/bus/frames.h"
#include "libcommon/service/hint.h"

enum {
    HWM = 20000, /* messages; beyond them PUB drops, and subscribers read the journal */
    LINGER_MS = 1000,
    TOPIC = 300,
};

static struct metric published = {.type = METRIC_COUNTER,
                                  .name = "jusha_relay_events_total",
                                  .help = "Events that this process published"};

struct stream {
    struct behind at; /* sent < head: it is behind */
    UT_hash_handle hh;
};

struct publisher {
    const char *service;
    pthread_mutex_t mutex;
    void *socket; /* PUB */
    bool is_active;
    struct stream *streams; /* in the order of their turns */
};

struct publisher *publisher_new(void *zmq_context, const char *service, const char *brokers,
                                const struct certificate *own, const char *broker_key)
{
    struct publisher *publisher = mem_new(NULL, struct publisher);

    publisher->service = service;
    publisher->socket = dial_new(zmq_context, ZMQ_PUB, HWM, LINGER_MS, own, broker_key);
    dial_all(publisher->socket, brokers, PORT_PUBLISH);
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
        talloc_free(stream);
    }
}

void publisher_destroy(struct publisher **publisher)
{
    forget_streams(*publisher);
    zmq_close((*publisher)->socket);
    TALLOC_FREE(*publisher);
}

/* A street that is new to an active publisher has nothing out. */
static struct stream *find(struct publisher *publisher, const char *street)
{
    struct stream *stream;

    HASH_FIND_STR(publisher->streams, street, stream);
    if (!stream) {
        stream = mem_new(publisher, struct stream);
        snprintf(stream->at.street, sizeof stream->at.street, "%s", street);
        HASH_ADD_STR(publisher->streams, at.street, stream);
    }
    return stream;
}

static void raise_head(struct behind *at, int64_t head)
{
    at->head = head > at->head ? head : at->head;
}

/* ---- out ---- */

/* "xiasha/registry/UnitRegistered" */
static void add_topic(struct frames *frames, const struct publisher *publisher, const char *street,
                      const char *type)
{
    char topic[TOPIC];
    const char *dot = strrchr(type, '.');

    snprintf(topic, sizeof topic, "%s/%s/%s", street, publisher->service, dot ? dot + 1 : "");
    frames_add_text(frames, topic);
}

/* True if the event is out, by this call or already. False: one before it is missing, or nothing is ours to send. */
static bool bring_out(struct publisher *publisher, const char *street, int64_t seq,
                      struct frames *frames)
{
    pthread_mutex_lock(&publisher->mutex);
    struct behind *at = publisher->is_active ? &find(publisher, street)->at : NULL;
    if (at && seq == at->sent + 1) {
        frames_send(publisher->socket, frames);
        at->sent = seq;
        raise_head(at, seq);
        metrics_add(&published, 1);
    } else {
        frames_clear(frames);
    }
    bool is_out = at && seq <= at->sent;
    pthread_mutex_unlock(&publisher->mutex);
    return is_out;
}

void publisher_publish(struct publisher *publisher, const char *street,
                       const struct journal_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct frames frames = {0};
        void *mem = mem_check(talloc_new(NULL));

        add_topic(&frames, publisher, street, entries[i].type);
        frames_add_packed(&frames,
                          &journal_event(mem, publisher->service, street, &entries[i])->base);
        talloc_free(mem);
        if (!bring_out(publisher, street, entries[i].seq, &frames))
            return;
        fault_point(FAULT_RELAY_AFTER_PUBLISH);
    }
}

/* True if what comes behind head can go out at once. */
static bool expects(struct publisher *publisher, const char *street, int64_t head)
{
    pthread_mutex_lock(&publisher->mutex);
    bool expected = publisher->is_active && find(publisher, street)->at.sent == head;
    pthread_mutex_unlock(&publisher->mutex);
    return expected;
}

void publisher_tell(struct publisher *publisher, const char *street, int64_t head,
                    const struct journal_entry *entries, size_t count)
{
    int64_t tail = head + (int64_t)count;

    if (expects(publisher, street, head))
        publisher_publish(publisher, street, entries, count);
    pthread_mutex_lock(&publisher->mutex);
    if (publisher->is_active)
        raise_head(&find(publisher, street)->at, tail);
    hint_send(publisher->socket, publisher->service, street, tail);
    pthread_mutex_unlock(&publisher->mutex);
}

static struct behind *copy_streams(struct publisher *publisher, size_t *ret_count)
{
    size_t count = 0;

    pthread_mutex_lock(&publisher->mutex);
    struct behind *copy = mem_array(NULL, struct behind, HASH_COUNT(publisher->streams) + 1);
    for (struct stream *stream = publisher->streams; stream; stream = stream->hh.next)
        copy[count++] = stream->at;
    pthread_mutex_unlock(&publisher->mutex);
    *ret_count = count;
    return copy;
}

/* One by one: those who have just committed need not wait for a thousand streets. */
void publisher_beat(struct publisher *publisher)
{
    size_t count;
    struct behind *streets = copy_streams(publisher, &count);

    for (size_t i = 0; i < count; i++) {
        struct frames frames = {0};
        Journal__Heartbeat heartbeat = JOURNAL__HEARTBEAT__INIT;

        heartbeat.head = streets[i].sent;
        add_topic(&frames, publisher, streets[i].street, "");
        frames_add_packed(&frames, &heartbeat.base);
        pthread_mutex_lock(&publisher->mutex);
        frames_send(publisher->socket, &frames);
        pthread_mutex_unlock(&publisher->mutex);
    }
    talloc_free(streets);
}

/* ---- for the relay ---- */

void publisher_see(struct publisher *publisher, const char *street, int64_t head)
{
    pthread_mutex_lock(&publisher->mutex);
    struct behind *at = &find(publisher, street)->at;
    raise_head(at, head);
    if (!publisher->is_active)
        at->sent = at->head;
    pthread_mutex_unlock(&publisher->mutex);
}

void publisher_start(struct publisher *publisher)
{
    pthread_mutex_lock(&publisher->mutex);
    publisher->is_active = true;
    pthread_mutex_unlock(&publisher->mutex);
}

void publisher_stop(struct publisher *publisher)
{
    pthread_mutex_lock(&publisher->mutex);
    publisher->is_active = false;
    forget_streams(publisher);
    pthread_mutex_unlock(&publisher->mutex);
}

/* Puts a street behind the others, so that busy ones take turns. */
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
        if (stream->at.sent < stream->at.head)
            ret[count++] = stream->at;
    for (size_t i = 0; i < count; i++)
        end_turn(publisher, find(publisher, ret[i].street));
    pthread_mutex_unlock(&publisher->mutex);
    return count;
}

void publisher_settle(struct publisher *publisher, const struct behind *behind)
{
    pthread_mutex_lock(&publisher->mutex);
    struct behind *at = &find(publisher, behind->street)->at;
    if (at->head == behind->head)
        at->head = at->sent;
    pthread_mutex_unlock(&publisher->mutex);
}
