/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.c - follows topics at the event port of every broker
 *
 * A broker forgets who says nothing for 5 s, and a new one knows nobody. So each connection begins
 * with a FOLLOW for every prefix, each second has a PING, and whoever is told that it is not known
 * follows again. A PING that nothing answers for 3 s makes a new connection; that is judged when
 * all that arrived was taken, since the caller may have been away for long.
 */
#include "libcommon/bus/listener.h"
#include "libcommon/bus/admissions.h"

#include <string.h>

#include "bus_envelope.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

enum {
    SILENT_MS = 3000,
    AGAIN_MS = 5000, /* after a refusal */
    AWAY_MS = 3000,  /* not connected for so long: its word is not waited for */
    KEEP_MS = 100,   /* between two looks at the clock while messages come without end */
};

/* At one broker. */
struct ear {
    struct link *link;
    bool follows;        /* it said so on this connection */
    enum status refusal; /* its last word, if that was one; else OK */
    int64_t ping_ms;     /* when the next PING is due */
    int64_t asked_ms;    /* the first PING that nothing came behind; 0: none */
    int64_t again_ms;    /* when to ask again after a refusal; 0: no need */
    int64_t down_ms;     /* since when it is not connected */
};

struct listener {
    size_t n_ears, n_prefixes, turn;
    struct ear ear[BROKERS_MAX];
    char **prefix;
    int64_t kept_ms;
    enum status refused; /* what it means that a broker refuses our key: no broker says why */
};

/* ---- to a broker ---- */

static void say(struct ear *ear, enum feed_word word, const char *prefix)
{
    zmq_msg_t frame;

    feed_write(&frame, word, prefix, strlen(prefix), NULL, 0);
    zmq_msg_send(&frame, link_socket(ear->link), ZMQ_DONTWAIT); /* lost: the next PING tells */
    zmq_msg_close(&frame);
}

static void follow_all(const struct listener *listener, struct ear *ear)
{
    for (size_t i = 0; i < listener->n_prefixes; i++)
        say(ear, FEED_FOLLOW, listener->prefix[i]);
    ear->again_ms = 0;
}

static void ping(struct ear *ear, int64_t now)
{
    say(ear, FEED_PING, "");
    ear->ping_ms = now + FEED_PING_MS;
    if (!ear->asked_ms)
        ear->asked_ms = now;
}

/* ---- time ---- */

static void lose(struct ear *ear, int64_t now)
{
    ear->follows = false;
    ear->asked_ms = ear->again_ms = 0;
    ear->down_ms = now;
}

static void keep(const struct listener *listener, struct ear *ear, int64_t now)
{
    int news = link_keep(ear->link, now);

    if (news & LINK_DOWN)
        lose(ear, now);
    if (news & LINK_UP) {
        ear->refusal = STATUS_OK;
        follow_all(listener, ear);
        ear->ping_ms = now + FEED_PING_MS;
    }
    if (!link_is_up(ear->link))
        return;
    if (ear->again_ms && now >= ear->again_ms)
        follow_all(listener, ear);
    if (now >= ear->ping_ms)
        ping(ear, now);
}

static void keep_all(struct listener *listener, int64_t now)
{
    for (size_t i = 0; i < listener->n_ears; i++)
        keep(listener, &listener->ear[i], now);
    listener->kept_ms = now;
}

/* Nothing is left that arrived. */
static void judge_silence(struct ear *ear, int64_t now)
{
    if (!ear->asked_ms || now - ear->asked_ms < SILENT_MS)
        return;
    log_warning("feed_silent", "broker=%s", link_name(ear->link));
    lose(ear, now);
    link_renew(ear->link, now);
}

/* ---- from a broker ---- */

static enum status refusal_of(const struct feed_message *message)
{
    void *memory = mem_check(talloc_new(NULL));
    struct violations violations = {0};
    enum status status = STATUS_INTERNAL;
    ProtobufCMessage *header;

    if (wire_unpack(memory, &bus__reply_header__descriptor, message->body, message->body_size,
                    &violations, &header) == STATUS_OK)
        status = (enum status)((const Bus__ReplyHeader *)header)->code;
    talloc_free(memory);
    return status;
}

static void be_refused(const struct listener *listener, struct ear *ear,
                       const struct feed_message *message, int64_t now)
{
    enum status refusal = refusal_of(message);

    ear->follows = false;
    if (refusal ==
        STATUS_NOT_FOUND) { /* we lapsed; or were refused, and it keeps nothing of that */
        if (!ear->again_ms)
            follow_all(listener, ear);
        return;
    }
    if (refusal != ear->refusal)
        log_warning("feed_refused", "broker=%s prefix=%.*s status=%s", link_name(ear->link),
                    (int)message->topic_size, message->topic, status_name(refusal));
    ear->refusal = refusal;
    ear->again_ms = now + AGAIN_MS;
}

/* True if it is for the caller. */
static bool take(const struct listener *listener, struct ear *ear, struct listener_news *news,
                 int64_t now)
{
    struct feed_message *message = &news->message;

    ear->asked_ms = 0;
    if (zmq_msg_more(&news->frame) ||
        !feed_read(zmq_msg_data(&news->frame), zmq_msg_size(&news->frame), message))
        return false;
    switch (message->word) {
    case FEED_FOLLOWED:
        ear->follows = true;
        ear->refusal = STATUS_OK;
        return true;
    case FEED_REFUSED:
        be_refused(listener, ear, message, now);
        return false;
    case FEED_PUBLISHED:
    case FEED_LAGGED:
        return true;
    default:
        return false;
    }
}

static bool receive(const struct listener *listener, struct ear *ear, struct listener_news *ret,
                    int64_t now)
{
    void *socket = link_socket(ear->link);

    zmq_msg_init(&ret->frame);
    while (socket && zmq_msg_recv(&ret->frame, socket, ZMQ_DONTWAIT) != -1)
        if (take(listener, ear, ret, now))
            return true;
    zmq_msg_close(&ret->frame);
    return false;
}

bool listener_next(struct listener *listener, struct listener_news *ret)
{
    int64_t now = clock_monotonic_ms();

    if (now - listener->kept_ms >= KEEP_MS)
        keep_all(listener, now);
    for (size_t i = 0; i < listener->n_ears; i++) {
        struct ear *ear = &listener->ear[listener->turn];

        listener->turn = (listener->turn + 1) % listener->n_ears;
        if (receive(listener, ear, ret, now))
            return true;
    }
    for (size_t i = 0; i < listener->n_ears; i++)
        judge_silence(&listener->ear[i], now);
    keep_all(listener, now);
    return false;
}

/* ---- what callers see ---- */

enum status listener_status(const struct listener *listener)
{
    int64_t now = clock_monotonic_ms();
    enum status refusal = STATUS_NOT_FOUND;
    bool undecided = false;

    for (size_t i = 0; i < listener->n_ears; i++) {
        const struct ear *ear = &listener->ear[i];

        if (ear->follows)
            return STATUS_OK;
        if (link_is_refused(ear->link))
            refusal = listener->refused;
        else if (ear->refusal != STATUS_OK)
            refusal = ear->refusal;
        else
            undecided = undecided || link_is_up(ear->link) || now - ear->down_ms < AWAY_MS;
    }
    return undecided ? STATUS_NOT_FOUND : refusal;
}

static void wait_until(long *wait_ms, int64_t at_ms, int64_t now)
{
    long left_ms = at_ms > now ? (long)(at_ms - now) : 0;

    if (*wait_ms < 0 || left_ms < *wait_ms)
        *wait_ms = left_ms;
}

size_t listener_poll(const struct listener *listener,
                     zmq_pollitem_t items[static LISTENER_POLL_MAX], long *wait_ms)
{
    int64_t now = clock_monotonic_ms();
    size_t count = 0;

    for (size_t i = 0; i < listener->n_ears; i++) {
        const struct ear *ear = &listener->ear[i];

        count += link_poll(ear->link, items + count, wait_ms);
        if (!link_is_up(ear->link))
            continue;
        wait_until(wait_ms, ear->ping_ms, now);
        if (ear->asked_ms)
            wait_until(wait_ms, ear->asked_ms + SILENT_MS, now);
    }
    return count;
}

static void copy_prefixes(struct listener *listener, const char *const *prefixes)
{
    while (prefixes[listener->n_prefixes])
        listener->n_prefixes++;
    listener->prefix = mem_array(listener, char *, listener->n_prefixes);
    for (size_t i = 0; i < listener->n_prefixes; i++)
        listener->prefix[i] = mem_text(listener, prefixes[i]);
}

struct listener *listener_new(const void *parent, const struct listener_options *options)
{
    const struct link_options link = {.zmq_context = options->zmq_context,
                                      .type = ZMQ_DEALER,
                                      .hwm = options->hwm,
                                      .own = options->own,
                                      .broker_keys = options->broker_keys};
    struct broker_address address[BROKERS_MAX];
    int count = ports_parse(options->brokers, address);

    if (count < 1) {
        log_error("brokers_unreadable", "brokers=%s", LOG_QUOTED(options->brokers));
        return NULL;
    }
    struct listener *listener = mem_new(parent, struct listener);

    listener->refused = options->own->role == BUS__ROLE__ROLE_UNSPECIFIED ||
                                admissions_admit(options->own->role, PORT_SUBSCRIBE)
                            ? STATUS_UNAUTHENTICATED
                            : STATUS_PERMISSION_DENIED;
    copy_prefixes(listener, options->prefixes);
    for (; listener->n_prefixes > 0 && listener->n_ears < (size_t)count; listener->n_ears++)
        listener->ear[listener->n_ears] = (struct ear){
            .link = link_new(listener, &link, &address[listener->n_ears], PORT_SUBSCRIBE),
            .refusal = STATUS_OK,
            .down_ms = clock_monotonic_ms()};
    return listener;
}
