/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zap.c - the thread that answers ZAP, and what it shares: the table of certificates, the
 * admissions
 *
 * libzmq asks on inproc://zeromq.zap.01 for every CURVE handshake; the answer's User-Id is the
 * admission's serial, by which each message of that connection finds its certificate: what the
 * folder says now counts, not what it said at the handshake. The folder is read into a fresh table
 * that replaces the old one under a mutex. A key that the table lacks makes the folder be read
 * again, at most ten times a second: its handshake waits for that reading, as libzmq takes 400 for
 * final. What may come right by waiting is answered 300: the peer reconnects by itself.
 */
#include "libcommon/bus/zap.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utlist.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/admissions.h"
#include "libcommon/bus/context.h"
#include "libcommon/bus/frames.h"
#include "libcommon/bus/zap_reader.h"

/* Where libzmq asks (RFC 27). */
#define ZAP_ENDPOINT "inproc://zeromq.zap.01"

enum { RELOAD_MS = 2000, UNKNOWN_RELOAD_MS = 100, PARKED_MAX = 1000, ADDRESS_BYTES = 64 };

/* The peer that asks, and its key. */
struct question {
    zmq_msg_t peer, request_id;
    enum broker_port port;
    char address[ADDRESS_BYTES]; /* without its port */
    char key[CURVE_TEXT + 1];
    struct question *next;
};

struct zap {
    struct zap_reader *reader;
    void *socket;       /* ROUTER; the thread's, as the next four */
    int64_t loaded_ms;  /* monotonic */
    int64_t unknown_ms; /* when an unknown key last made it read the folder */
    struct question *parked;
    size_t n_parked;
    int stop; /* eventfd */
    pthread_t thread;
    pthread_mutex_t mutex; /* of the next three */
    struct zap_table *table;
    struct admissions *admissions;
    struct certificate guest; /* without a name: none */
    atomic_uint revocations, expiring;
};

static int64_t now_us(void)
{
    return clock_monotonic_ms() * 1000;
}

static void reload(struct zap *zap)
{
    struct zap_table *fresh = zap_reader_read(zap->reader, zap->table);

    zap->loaded_ms = clock_monotonic_ms();
    if (!fresh)
        return;
    zap_table_tell(zap->table, fresh);
    pthread_mutex_lock(&zap->mutex);
    struct zap_table *old = zap->table;

    if (zap->guest.name[0])
        zap_table_add(fresh, &zap->guest);
    zap->table = fresh;
    admissions_follow(zap->admissions, fresh, now_us());
    pthread_mutex_unlock(&zap->mutex);
    zap->revocations += zap_table_revoked(old, fresh);
    zap->expiring = zap_table_expiring(fresh);
    talloc_free(old);
}

/* user_id: "" unless code is "200" */
static void answer(struct zap *zap, struct question *question, const char *code, const char *text,
                   const char *user_id)
{
    struct frames reply = {0};

    frames_add_move(&reply, &question->peer);
    frames_add_text(&reply, "");
    frames_add_text(&reply, "1.0");
    frames_add_move(&reply, &question->request_id);
    frames_add_text(&reply, code);
    frames_add_text(&reply, text);
    frames_add_text(&reply, user_id);
    frames_add_text(&reply, "");      /* no metadata of our own */
    frames_send(zap->socket, &reply); /* false: the peer has gone */
}

/* name: of its certificate, "" if nobody knows it. */
static void log_refusal(const struct question *question, const char *name, const char *reason)
{
    log_warning("key_refused", "reason=%s name=%s address=%s domain=%s", reason, name,
                LOG_QUOTED(question->address), ports_domain(question->port));
}

/* False: the table does not know the key. */
static bool decide(struct zap *zap, struct question *question)
{
    static const char *const codes[] = {
        [ADMISSION_GRANTED] = "200", [ADMISSION_LATER] = "300", [ADMISSION_NEVER] = "400"};
    char user_id[ZAP_SERIAL_BYTES + 1] = "", name[CERTIFICATE_NAME + 1];
    enum admission_answer verdict = ADMISSION_NEVER;
    const struct certificate *certificate;
    const char *reason = NULL;
    uint64_t serial;

    pthread_mutex_lock(&zap->mutex);
    certificate = zap_table_find(zap->table, question->key);
    if (certificate) {
        verdict = admissions_ask(zap->admissions, certificate, question->port, now_us(), &serial,
                                 &reason);
        memcpy(name, certificate->name, sizeof name);
    }
    pthread_mutex_unlock(&zap->mutex);
    if (!certificate)
        return false;
    if (verdict == ADMISSION_GRANTED)
        snprintf(user_id, sizeof user_id, "%016" PRIx64, serial);
    else
        log_refusal(question, name, reason);
    answer(zap, question, codes[verdict], reason ? reason : "OK", user_id);
    return true;
}

static void refuse(struct zap *zap, struct question *question)
{
    const char *name, *reason = zap_table_refusal(zap->table, question->key, &name);

    log_refusal(question, name, reason);
    answer(zap, question, "400", "Unknown key", "");
}

static int question_end(struct question *question)
{
    zmq_msg_close(&question->peer);
    zmq_msg_close(&question->request_id);
    return 0;
}

/* Takes over what question holds. */
static void park(struct zap *zap, struct question *question)
{
    struct question *parked = mem_new(NULL, struct question);

    *parked = *question;
    zmq_msg_init(&parked->peer);
    zmq_msg_init(&parked->request_id);
    zmq_msg_move(&parked->peer, &question->peer);
    zmq_msg_move(&parked->request_id, &question->request_id);
    talloc_set_destructor(parked, question_end);
    LL_PREPEND(zap->parked, parked);
    zap->n_parked++;
}

/* The folder may be read again: all who wait for that are answered. */
static void answer_parked(struct zap *zap)
{
    struct question *question, *next;

    zap->unknown_ms = clock_monotonic_ms();
    reload(zap);
    LL_FOREACH_SAFE(zap->parked, question, next)
    {
        if (!decide(zap, question))
            refuse(zap, question);
        talloc_free(question);
    }
    zap->parked = NULL;
    zap->n_parked = 0;
}

/* NULL, or what is wrong. version, request id, domain, address, identity, mechanism, credentials
 * (RFC 27), behind the ROUTER's routing id and an empty frame. */
static const char *read_question(struct frames *ask, struct question *ret)
{
    enum {
        PEER,
        EMPTY,
        VERSION,
        REQUEST_ID,
        DOMAIN_NAME,
        ADDRESS,
        IDENTITY,
        MECHANISM,
        KEY,
        COUNT
    };

    if (ask->count <= REQUEST_ID)
        return "500";
    zmq_msg_move(&ret->peer, &ask->frame[PEER]);
    zmq_msg_move(&ret->request_id, &ask->frame[REQUEST_ID]);
    if (ask->count != COUNT || !frames_equal(ask, VERSION, "1.0", 3))
        return "500";
    ret->port = ports_of_domain(frames_data(ask, DOMAIN_NAME), frames_size(ask, DOMAIN_NAME));
    if (ret->port == BROKER_PORTS || !frames_equal(ask, MECHANISM, "CURVE", 5) ||
        frames_size(ask, KEY) != 32)
        return "400";
    snprintf(ret->address, sizeof ret->address, "%.*s", (int)frames_size(ask, ADDRESS),
             (const char *)frames_data(ask, ADDRESS));
    zmq_z85_encode(ret->key, frames_data(ask, KEY), 32);
    return NULL;
}

static void take_question(struct zap *zap)
{
    struct question question = {0};
    struct frames ask;

    if (!frames_recv(zap->socket, &ask))
        return;
    zmq_msg_init(&question.peer);
    zmq_msg_init(&question.request_id);
    const char *wrong = read_question(&ask, &question);

    frames_clear(&ask);
    if (wrong)
        answer(zap, &question, wrong, "Only CURVE at one of our ports", "");
    else if (!decide(zap, &question)) {
        if (zap->n_parked < PARKED_MAX)
            park(zap, &question);
        else
            refuse(zap, &question);
    }
    question_end(&question);
}

static int64_t next_reading_ms(const struct zap *zap)
{
    int64_t round = zap->loaded_ms + RELOAD_MS, parked = zap->unknown_ms + UNKNOWN_RELOAD_MS;

    return zap->parked && parked < round ? parked : round;
}

static void *run(void *argument)
{
    struct zap *zap = argument;
    zmq_pollitem_t items[] = {{.socket = zap->socket, .events = ZMQ_POLLIN},
                              {.fd = zap->stop, .events = ZMQ_POLLIN}};
    sigset_t all;

    sigfillset(&all); /* signals are for the main thread */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (;;) {
        int64_t wait_ms = next_reading_ms(zap) - clock_monotonic_ms();

        if (zmq_poll(items, 2, wait_ms > 0 ? wait_ms : 0) == -1 && errno != EINTR)
            break; /* the context is gone */
        if (items[1].revents)
            break;
        if (items[0].revents)
            take_question(zap);
        int64_t now = clock_monotonic_ms();

        if (zap->parked && now - zap->unknown_ms >= UNKNOWN_RELOAD_MS)
            answer_parked(zap);
        else if (now - zap->loaded_ms >= RELOAD_MS)
            reload(zap);
    }
    zmq_unbind(zap->socket, ZAP_ENDPOINT); /* at once: closing frees the name some time later */
    zmq_close(zap->socket);
    while (zap->parked) {
        struct question *question = zap->parked;

        LL_DELETE(zap->parked, question);
        talloc_free(question);
    }
    return NULL;
}

static void release(struct zap **zap)
{
    zap_reader_destroy(&(*zap)->reader);
    talloc_free((*zap)->admissions);
    talloc_free((*zap)->table);
    talloc_free(*zap);
    *zap = NULL;
}

/* False, with a log line. */
static bool bind_socket(struct zap *zap, void *zmq_context)
{
    zap->socket = context_socket(zmq_context, ZMQ_ROUTER);
    if (zap->socket && zmq_bind(zap->socket, ZAP_ENDPOINT) == 0)
        return true;
    log_error("zap_not_started", "error=%s", LOG_QUOTED(zmq_strerror(errno)));
    if (zap->socket)
        zmq_close(zap->socket);
    return false;
}

struct zap *zap_start(void *zmq_context, const char *folder)
{
    struct zap *zap = mem_new(NULL, struct zap);

    zap->reader = zap_reader_start(folder);
    zap->admissions = admissions_create(NULL);
    zap->table = zap_reader_read(zap->reader, NULL);
    if (!zap->table || !bind_socket(zap, zmq_context)) {
        release(&zap);
        return NULL;
    }
    zap_table_tell(NULL, zap->table);
    zap->expiring = zap_table_expiring(zap->table);
    zap->loaded_ms = clock_monotonic_ms();
    zap->unknown_ms = zap->loaded_ms - UNKNOWN_RELOAD_MS; /* the first one need not wait */
    zap->stop = eventfd(0, EFD_CLOEXEC);
    assert(zap->stop != -1);
    pthread_mutex_init(&zap->mutex, NULL);
    int rc = pthread_create(&zap->thread, NULL, run, zap);

    assert(rc == 0);
    return zap;
}

void zap_destroy(struct zap **zap)
{
    if (!*zap)
        return;
    eventfd_write((*zap)->stop, 1);
    pthread_join((*zap)->thread, NULL);
    close((*zap)->stop);
    pthread_mutex_destroy(&(*zap)->mutex);
    release(zap);
}

void zap_guest(struct zap *zap, const struct certificate *guest)
{
    pthread_mutex_lock(&zap->mutex);
    zap->guest = *guest;
    explicit_bzero(zap->guest.secret_key, sizeof zap->guest.secret_key);
    zap_table_add(zap->table, &zap->guest);
    pthread_mutex_unlock(&zap->mutex);
}

void zap_guest_leaves(struct zap *zap)
{
    pthread_mutex_lock(&zap->mutex);
    zap_table_remove(zap->table, zap->guest.public_key);
    admissions_follow(zap->admissions, zap->table, now_us());
    zap->guest = (struct certificate){0};
    pthread_mutex_unlock(&zap->mutex);
}

unsigned zap_revocations(struct zap *zap)
{
    return zap->revocations;
}

unsigned zap_expiring(struct zap *zap)
{
    return zap->expiring;
}

/* 0: the frame came from no connection that was let in. */
static uint64_t serial_of(zmq_msg_t *frame)
{
    const char *user_id = zmq_msg_gets(frame, "User-Id");

    return user_id ? strtoull(user_id, NULL, 16) : 0;
}

bool zap_sender(struct zap *zap, zmq_msg_t *frame, struct zap_sender *ret,
                struct certificate *ret_certificate)
{
    uint64_t serial = serial_of(frame);
    struct admission found;

    pthread_mutex_lock(&zap->mutex);
    bool admitted = admissions_find(zap->admissions, serial, &found);

    if (admitted && found.certificate)
        *ret_certificate = *found.certificate;
    pthread_mutex_unlock(&zap->mutex);
    if (admitted)
        *ret = (struct zap_sender){
            .serial = serial, .spoke = found.spoke, .known = found.certificate != NULL};
    return admitted;
}

bool zap_caller(struct zap *zap, zmq_msg_t *frame, struct certificate *ret)
{
    struct zap_sender sender;

    return zap_sender(zap, frame, &sender, ret) && sender.known;
}

bool zap_changed(struct zap *zap, uint64_t serial, bool *ret_known)
{
    struct admission found = {0};

    pthread_mutex_lock(&zap->mutex);
    bool changed = admissions_changed(zap->admissions, serial) &&
                   admissions_find(zap->admissions, serial, &found);

    pthread_mutex_unlock(&zap->mutex);
    if (changed)
        *ret_known = found.certificate != NULL;
    return changed;
}

bool zap_spoke(struct zap *zap, uint64_t serial)
{
    pthread_mutex_lock(&zap->mutex);
    bool within = admissions_speak(zap->admissions, serial);

    pthread_mutex_unlock(&zap->mutex);
    return within;
}

void zap_ended(struct zap *zap, uint64_t serial)
{
    pthread_mutex_lock(&zap->mutex);
    admissions_end(zap->admissions, serial, now_us());
    pthread_mutex_unlock(&zap->mutex);
}

void zap_silent(struct zap *zap, enum broker_port port, const struct silent_ones *silent)
{
    pthread_mutex_lock(&zap->mutex);
    admissions_silent(zap->admissions, port, silent, now_us());
    pthread_mutex_unlock(&zap->mutex);
}

bool zap_holds(struct zap *zap, const struct certificate *certificate)
{
    pthread_mutex_lock(&zap->mutex);
    const struct certificate *now = zap_table_find(zap->table, certificate->public_key);
    bool holds = now && certificate_is_same(now, certificate);

    pthread_mutex_unlock(&zap->mutex);
    return holds;
}
