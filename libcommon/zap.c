/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zap.c - the thread that answers ZAP, and the table of certificates that it shares
 *
 * libzmq asks on inproc://zeromq.zap.01 for every CURVE handshake; the answer's User-Id is
 * "name:key". The folder is read into a fresh table that replaces the old one under a mutex;
 * zap_caller looks the key of a frame's User-Id up there, so what the folder says now counts, not
 * what it said at the handshake. A key that the table lacks makes the folder be read again, at most
 * once a second; in between the answer is 300, on which the peer silently tries again, and not 400,
 * on which libzmq gives up for good.
 */
#include "zap.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <uthash.h>

#include "clock.h"
#include "frames.h"
#include "log.h"
#include "mem.h"

enum { RELOAD_MS = 2000, UNKNOWN_RELOAD_MS = 1000, SELF_TEST_MS = 5000, SETTLED_NS = 1000000000 };

struct entry {
    struct certificate certificate; /* its secret_key is empty */
    bool doubled;                   /* two files with this key: neither counts */
    UT_hash_handle hh;              /* by public_key */
};

/* What the folder held at one moment; a talloc tree of its own. */
struct table {
    struct entry *entries;
    uint64_t fingerprint; /* of names, inodes, times and sizes; 0: read again in any case */
};

struct zap {
    char *folder;
    void *socket; /* REP; the thread's */
    int stop;     /* eventfd */
    pthread_t thread;
    int64_t loaded_ms;  /* the thread's; monotonic */
    int64_t unknown_ms; /* the thread's; when an unknown key last made it read the folder */
    pthread_mutex_t mutex;
    struct table *table; /* under mutex */
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

struct answer {
    const char *code, *text;
    char user_id[CERTIFICATE_NAME + 1 + CURVE_TEXT + 1];
};

static struct answer judge_key(struct zap *zap, const char *key)
{
    int64_t now = clock_monotonic_ms();
    struct answer answer = {.code = "200", .text = "OK"};
    struct certificate caller;

    if (!look_up(zap, key, &caller)) {
        if (zap->unknown_ms && now - zap->unknown_ms < UNKNOWN_RELOAD_MS)
            return (struct answer){.code = "300", .text = "Try again"};
        zap->unknown_ms = now;
        reload(zap);
        if (!look_up(zap, key, &caller)) {
            log_warning("key_refused", "reason=unknown");
            return (struct answer){.code = "400", .text = "Unknown key"};
        }
    }
    snprintf(answer.user_id, sizeof answer.user_id, "%s:%s", caller.name, caller.public_key);
    return answer;
}

/* version, request id, domain, address, identity, mechanism, credentials: RFC 27 */
static struct answer judge(struct zap *zap, struct frames *ask)
{
    enum { VERSION, REQUEST_ID, DOMAIN_NAME, ADDRESS, IDENTITY, MECHANISM, CREDENTIAL, COUNT };
    char key[CURVE_TEXT + 1];

    if (ask->count != COUNT || !frames_equal(ask, VERSION, "1.0", 3))
        return (struct answer){.code = "500", .text = "Not ZAP 1.0"};
    if (!frames_equal(ask, DOMAIN_NAME, "jusha", 5))
        return (struct answer){.code = "400", .text = "Unknown domain"};
    if (!frames_equal(ask, MECHANISM, "CURVE", 5) || frames_size(ask, CREDENTIAL) != 32)
        return (struct answer){.code = "400", .text = "Only CURVE"};
    zmq_z85_encode(key, frames_data(ask, CREDENTIAL), 32);
    return judge_key(zap, key);
}

static void answer_one(struct zap *zap)
{
    struct frames ask, reply = {0};

    if (!frames_recv(zap->socket, &ask))
        return;
    struct answer answer = judge(zap, &ask);

    frames_add_text(&reply, "1.0");
    if (ask.count > 1)
        frames_add_move(&reply, &ask.frame[1]);
    else
        frames_add_text(&reply, "");
    frames_add_text(&reply, answer.code);
    frames_add_text(&reply, answer.text);
    frames_add_text(&reply, answer.user_id);
    frames_add_text(&reply, ""); /* no metadata of our own */
    frames_send(zap->socket, &reply);
    frames_clear(&ask);
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
        int64_t wait_ms = zap->loaded_ms + RELOAD_MS - clock_monotonic_ms();

        if (zmq_poll(items, 2, wait_ms > 0 ? wait_ms : 0) == -1 && errno != EINTR)
            break; /* the context is gone */
        if (items[1].revents)
            break;
        if (items[0].revents)
            answer_one(zap);
        if (clock_monotonic_ms() - zap->loaded_ms >= RELOAD_MS)
            reload(zap);
    }
    zmq_close(zap->socket);
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
    zap->socket = zmq_socket(zmq_context, ZMQ_REP);
    if (!zap->socket || zmq_bind(zap->socket, "inproc://zeromq.zap.01") == -1) {
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

bool zap_caller(struct zap *zap, zmq_msg_t *frame, struct certificate *ret)
{
    const char *user_id = zmq_msg_gets(frame, "User-Id");
    const char *key = user_id ? strchr(user_id, ':') : NULL;

    return key && strlen(key + 1) == CURVE_TEXT && look_up(zap, key + 1, ret);
}

/* The first two bytes of a monitor's first frame are the event's number. */
static int next_event(void *monitor)
{
    struct frames frames;
    uint16_t event = 0;

    if (!frames_recv(monitor, &frames))
        return 0;
    if (frames.count > 0 && frames_size(&frames, 0) >= sizeof event)
        memcpy(&event, frames_data(&frames, 0), sizeof event);
    frames_clear(&frames);
    return event;
}

/* True once refused; false once let in or when time is up. */
static bool wait_for_refusal(void *monitor)
{
    int64_t deadline = clock_monotonic_ms() + SELF_TEST_MS;

    for (int64_t left; (left = deadline - clock_monotonic_ms()) > 0;) {
        zmq_pollitem_t item = {.socket = monitor, .events = ZMQ_POLLIN};

        if (zmq_poll(&item, 1, left) <= 0)
            continue;
        int event = next_event(monitor);

        if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
            return true;
        if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
            log_error("zap_self_test_failed", "reason=%s", LOG_QUOTED("a random key was let in"));
            return false;
        }
    }
    log_error("zap_self_test_failed", "reason=%s", LOG_QUOTED("no refusal within 5 s"));
    return false;
}

bool zap_self_test(void *zmq_context, const char *endpoint, const char *server_key)
{
    static const char monitor_name[] = "inproc://jusha.zap.self-test";
    void *socket = zmq_socket(zmq_context, ZMQ_DEALER);
    void *monitor = zmq_socket(zmq_context, ZMQ_PAIR);
    struct certificate stranger = {0};

    assert(socket && monitor);
    zmq_curve_keypair(stranger.public_key, stranger.secret_key);
    certificate_connect(socket, &stranger, server_key);
    zmq_setsockopt(socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_socket_monitor(socket, monitor_name,
                       ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    bool refused = zmq_connect(monitor, monitor_name) == 0 && zmq_connect(socket, endpoint) == 0 &&
                   wait_for_refusal(monitor);

    zmq_socket_monitor(socket, NULL, 0);
    zmq_close(monitor);
    zmq_close(socket);
    return refused;
}
