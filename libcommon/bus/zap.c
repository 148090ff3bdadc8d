/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zap.c - the thread that answers ZAP, and the table of certificates that it shares
 *
 * libzmq asks on inproc://zeromq.zap.01 for every CURVE handshake; the answer's User-Id is
 * "name:key". The folder is read into a fresh table that replaces the old one under a mutex;
 * zap_caller looks the key of a frame's User-Id up there, so what the folder says now counts, not
 * what it said at the handshake. A key that the table lacks makes the folder be read again, at most
 * ten times a second: its handshake waits for that reading, as libzmq takes a refusal for final.
 */
#include "libcommon/bus/zap.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <uthash.h>
#include <utlist.h>

#include "libcommon/base/clock.h"
#include "libcommon/bus/frames.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"

/* Where libzmq asks (RFC 27). */
#define ZAP_ENDPOINT "inproc://zeromq.zap.01"

enum { RELOAD_MS = 2000, UNKNOWN_RELOAD_MS = 100, SETTLED_NS = 1000000000, PARKED_MAX = 1000 };

struct entry {
    struct certificate certificate; /* its secret_key is empty */
    bool doubled;                   /* two files with this key: neither counts */
    UT_hash_handle hh;              /* by public_key */
};

/* Who asks about which key. */
struct question {
    zmq_msg_t peer, request_id;
    char key[CURVE_TEXT + 1];
    struct question *next;
};

/* What the folder held at one moment; a talloc tree of its own. */
struct table {
    struct entry *entries;
    uint64_t fingerprint; /* of names, inodes, times and sizes; 0: read again in any case */
};

struct zap {
    char *folder;
    void *socket;       /* ROUTER; the thread's, as the next four */
    int64_t loaded_ms;  /* monotonic */
    int64_t unknown_ms; /* when an unknown key last made it read the folder */
    struct question *parked;
    size_t n_parked;
    int stop; /* eventfd */
    pthread_t thread;
    pthread_mutex_t mutex;
    struct table *table; /* under mutex */
    atomic_uint revocations;
};

static bool is_certificate_file(const char *name)
{
    size_t length = strlen(name);

    return name[0] != '.' && length > 4 && strcmp(name + length - 4, ".key") == 0;
}

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    for (const uint8_t *at = data, *end = at + size; at < end; at++)
        hash = (hash ^ *at) * 0x100000001b3u; /* FNV-1a */
    return hash;
}

/* Summed over files, so that readdir's order does not matter. A file that changed within the last
 * second may change again without a visible trace: then the fingerprint is 0. */
static uint64_t fingerprint(DIR *folder)
{
    uint64_t sum = 1;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    for (struct dirent *file; (file = readdir(folder));) {
        struct stat st;

        if (!is_certificate_file(file->d_name) || fstatat(dirfd(folder), file->d_name, &st, 0) != 0)
            continue;
        int64_t age_ns = (int64_t)(now.tv_sec - st.st_ctim.tv_sec) * 1000000000 + now.tv_nsec -
                         st.st_ctim.tv_nsec;
        uint64_t hash = mix(0xcbf29ce484222325u, file->d_name, strlen(file->d_name));

        if (age_ns < SETTLED_NS)
            return 0;
        hash = mix(hash, &st.st_ino, sizeof st.st_ino);
        hash = mix(hash, &st.st_size, sizeof st.st_size);
        hash = mix(hash, &st.st_ctim, sizeof st.st_ctim);
        sum += mix(hash, &st.st_mtim, sizeof st.st_mtim);
    }
    return sum ? sum : 1;
}

static void add_file(struct table *table, const char *path)
{
    struct entry *entry = mem_new(table, struct entry);
    struct entry *same;

    if (certificate_load(path, &entry->certificate) != STATUS_OK) {
        talloc_free(entry);
        return;
    }
    HASH_FIND(hh, table->entries, entry->certificate.public_key, CURVE_TEXT, same);
    if (same) {
        log_error("certificate_doubled", "name=%s other=%s both=refused", entry->certificate.name,
                  same->certificate.name);
        same->doubled = true;
        return;
    }
    HASH_ADD(hh, table->entries, certificate.public_key[0], CURVE_TEXT, entry);
}

static int clear_table(struct table *table)
{
    HASH_CLEAR(hh, table->entries);
    return 0;
}

/* NULL when the folder cannot be read, or when it is as it was at `known`. */
static struct table *read_folder(const char *path, uint64_t known)
{
    DIR *folder = opendir(path);

    if (!folder) {
        log_error("certificates_unreadable", "folder=%s error=%s", LOG_QUOTED(path),
                  LOG_QUOTED(strerror(errno)));
        return NULL;
    }
    uint64_t found = fingerprint(folder);
    struct table *table = NULL;

    if (found == 0 || found != known) {
        table = mem_new(NULL, struct table);
        talloc_set_destructor(table, clear_table);
        table->fingerprint = found;
        rewinddir(folder);
        for (struct dirent *file; (file = readdir(folder));)
            if (is_certificate_file(file->d_name))
                add_file(table, mem_printf(table, "%s/%s", path, file->d_name));
    }
    closedir(folder);
    return table;
}

/* Of two certificates with one key. */
static bool is_unchanged(const struct certificate *a, const struct certificate *b)
{
    return a->role == b->role && strcmp(a->name, b->name) == 0 &&
           strcmp(a->streets, b->streets) == 0;
}

/* Certificates that stood in the old table and do not stand in the new one as they did. */
static unsigned count_revoked(const struct table *old, const struct table *fresh)
{
    unsigned revoked = 0;

    for (struct entry *was = old->entries, *is; was; was = was->hh.next) {
        HASH_FIND(hh, fresh->entries, was->certificate.public_key, CURVE_TEXT, is);
        revoked += !was->doubled &&
                   (!is || is->doubled || !is_unchanged(&is->certificate, &was->certificate));
    }
    return revoked;
}

static void reload(struct zap *zap)
{
    struct table *fresh = read_folder(zap->folder, zap->table->fingerprint);

    zap->loaded_ms = clock_monotonic_ms();
    if (!fresh)
        return;
    pthread_mutex_lock(&zap->mutex);
    struct table *old = zap->table;

    zap->table = fresh;
    pthread_mutex_unlock(&zap->mutex);
    zap->revocations += count_revoked(old, fresh);
    talloc_free(old);
}

/* key: CURVE_TEXT characters. */
static bool look_up(struct zap *zap, const char *key, struct certificate *ret)
{
    struct entry *entry;

    pthread_mutex_lock(&zap->mutex);
    HASH_FIND(hh, zap->table->entries, key, CURVE_TEXT, entry);
    bool known = entry && !entry->doubled;

    if (known)
        *ret = entry->certificate;
    pthread_mutex_unlock(&zap->mutex);
    return known;
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

/* False: the table does not know the key. */
static bool let_in(struct zap *zap, struct question *question)
{
    char user_id[CERTIFICATE_NAME + 1 + CURVE_TEXT + 1];
    struct certificate caller;

    if (!look_up(zap, question->key, &caller))
        return false;
    snprintf(user_id, sizeof user_id, "%s:%s", caller.name, caller.public_key);
    answer(zap, question, "200", "OK", user_id);
    return true;
}

static void refuse(struct zap *zap, struct question *question)
{
    log_warning("key_refused", "reason=unknown");
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
        if (!let_in(zap, question))
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
    if (!frames_equal(ask, DOMAIN_NAME, "jusha", 5) || !frames_equal(ask, MECHANISM, "CURVE", 5) ||
        frames_size(ask, KEY) != 32)
        return "400";
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
        answer(zap, &question, wrong, "Only CURVE in domain jusha", "");
    else if (!let_in(zap, &question)) {
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

struct zap *zap_start(void *zmq_context, const char *folder)
{
    struct table *table = read_folder(folder, 0);

    if (!table)
        return NULL;
    struct zap *zap = mem_new(NULL, struct zap);

    zap->folder = mem_text(zap, folder);
    zap->table = table;
    zap->loaded_ms = clock_monotonic_ms();
    zap->unknown_ms = zap->loaded_ms - UNKNOWN_RELOAD_MS; /* the first one need not wait */
    zap->socket = zmq_socket(zmq_context, ZMQ_ROUTER);
    if (!zap->socket || zmq_bind(zap->socket, ZAP_ENDPOINT) == -1) {
        log_error("zap_not_started", "error=%s", LOG_QUOTED(zmq_strerror(errno)));
        if (zap->socket)
            zmq_close(zap->socket);
        talloc_free(table);
        talloc_free(zap);
        return NULL;
    }
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
    talloc_free((*zap)->table);
    talloc_free(*zap);
    *zap = NULL;
}

unsigned zap_revocations(struct zap *zap)
{
    return zap->revocations;
}

bool zap_caller(struct zap *zap, zmq_msg_t *frame, struct certificate *ret)
{
    const char *user_id = zmq_msg_gets(frame, "User-Id");
    const char *key = user_id ? strchr(user_id, ':') : NULL;

    return key && strlen(key + 1) == CURVE_TEXT && look_up(zap, key + 1, ret);
}

bool zap_holds(struct zap *zap, const struct certificate *certificate)
{
    struct certificate now;

    return look_up(zap, certificate->public_key, &now) && now.role == certificate->role &&
           strcmp(now.name, certificate->name) == 0 &&
           strcmp(now.streets, certificate->streets) == 0;
}
