/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger.c - what the monitors of the four ports say, tied to what came through them
 *
 *   accepted -> YOUNG -> QUIET -> TALKING -> ENDED -> forgotten
 *                  \_______\________/__ SHUT __/
 *
 * A descriptor is used again as soon as it is closed, and libzmq's thread is ahead of us. So what
 * was accepted is named by the kernel's cookie before it is shut down, an ACCEPTED ends whoever had
 * the descriptor before, and a first message is tied only after the monitor was read: its
 * connection was accepted before it could send.
 */
#include "services/broker/ports/ledger_state.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "services/broker/ports/gauges.h"

enum {
    END_LATE_MS = 1000,
    TELL_MS = 20, /* at least, before the admissions hear again who is silent */
    DESCRIPTORS_MAX = 32768,
    ASSIGNED_BYTES = 5, /* of a routing id that libzmq gave: 0 and four bytes */
};

static unsigned descriptors_in_use(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;

    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

/* How many connections there is room for. */
static unsigned raise_limit(void)
{
    enum { PORTS_AND_MONITORS = 32 };
    struct rlimit limit;
    unsigned taken = descriptors_in_use() + PORTS_AND_MONITORS + DESCRIPTORS_RESERVED;

    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < DESCRIPTORS_MAX) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur > DESCRIPTORS_MAX)
        limit.rlim_cur = DESCRIPTORS_MAX;
    return limit.rlim_cur / 2 > taken ? (unsigned)limit.rlim_cur - taken
                                      : (unsigned)limit.rlim_cur / 2;
}

struct ledger *ledger_create(const void *parent, struct zap *zap)
{
    struct ledger *ledger = mem_new(parent, struct ledger);

    ledger->zap = zap;
    ledger->peers_max = raise_limit();
    ledger->epoll = epoll_create1(EPOLL_CLOEXEC);
    assert(ledger->epoll != -1);
    return ledger;
}

/* ---- peers ---- */

void peer_move(struct ledger *ledger, struct port *port, struct peer *peer, enum peer_state state)
{
    DL_DELETE(port->peers[peer->state], peer);
    port->count[peer->state]--;
    ledger->open -= peer->state < SHUT;
    peer->state = state;
    DL_APPEND(port->peers[state], peer);
    port->count[state]++;
    ledger->open += state < SHUT;
}

static struct peer *peer_at(const struct port *port, int fd)
{
    return fd >= 0 && (size_t)fd < talloc_array_length(port->by_fd) ? port->by_fd[fd] : NULL;
}

static void set_peer_at(struct ledger *ledger, struct port *port, int fd, struct peer *peer)
{
    size_t length = talloc_array_length(port->by_fd), wanted = (size_t)fd + 1;

    if (wanted > length) {
        wanted = wanted < 64 ? 64 : wanted * 2;
        port->by_fd = mem_check(talloc_realloc(ledger, port->by_fd, struct peer *, wanted));
        memset(port->by_fd + length, 0, (wanted - length) * sizeof(struct peer *));
    }
    port->by_fd[fd] = peer;
}

/* It is of this admission, and no other any more. */
static void tie_to(struct ledger *ledger, struct peer *peer, uint64_t serial)
{
    if (peer->serial) {
        zap_ended(ledger->zap, peer->serial);
        HASH_DEL(ledger->by_serial, peer);
    }
    peer->serial = serial;
    if (serial)
        HASH_ADD(hh, ledger->by_serial, serial, sizeof peer->serial, peer);
}

static void forget(struct ledger *ledger, struct port *port, struct peer *peer)
{
    tie_to(ledger, peer, 0);
    if (peer_at(port, peer->fd) == peer)
        port->by_fd[peer->fd] = NULL;
    DL_DELETE(port->peers[peer->state], peer);
    port->count[peer->state]--;
    ledger->open -= peer->state < SHUT;
    talloc_free(peer);
}

static uint64_t cookie_of(int fd)
{
    uint64_t cookie = 0;
    socklen_t size = sizeof cookie;

    return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0 ? cookie : 0;
}

static void end(struct ledger *ledger, struct port *port, struct peer *peer)
{
    if (peer->state == ENDED)
        return;
    peer_move(ledger, port, peer, ENDED);
    peer->since_ms = clock_monotonic_ms();
}

static void accepted(struct ledger *ledger, struct port *port, int fd)
{
    struct peer *peer = mem_new(ledger, struct peer), *before = peer_at(port, fd);

    if (before)
        end(ledger, port, before);
    peer->fd = fd;
    peer->cookie = cookie_of(fd);
    peer->since_ms = clock_monotonic_ms();
    DL_APPEND(port->peers[YOUNG], peer);
    port->count[YOUNG]++;
    ledger->open++;
    set_peer_at(ledger, port, fd, peer);
}

/* Its end is told by the monitor as any other. A copy of the descriptor pins the connection while
 * it is compared; without one the descriptor may change hands in between, and an innocent newcomer
 * has to reconnect. */
void peer_shut(struct ledger *ledger, struct port *port, struct peer *peer)
{
    int pinned = dup(peer->fd);
    int fd = pinned == -1 ? peer->fd : pinned;

    if (peer->cookie && cookie_of(fd) == peer->cookie)
        shutdown(fd, SHUT_RDWR);
    if (pinned != -1)
        close(pinned);
    peer_move(ledger, port, peer, SHUT);
    gauges_count(DOOR_shut_down);
}

/* ---- what monitors say ---- */

void ledger_watch(struct ledger *ledger, enum broker_port which, void *context, void *socket)
{
    static unsigned count; /* libzmq frees a name some time after its monitor */
    struct port *port = &ledger->port[which];
    struct epoll_event event = {.events = EPOLLIN};
    size_t size = sizeof(int);
    char name[64];
    int fd, rc;

    assert(!port->monitor);
    snprintf(name, sizeof name, "inproc://jusha.broker.monitor.%u", count++);
    rc = zmq_socket_monitor(socket, name, ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED);
    assert(rc == 0);
    port->socket = socket;
    port->monitor = zmq_socket(context, ZMQ_PAIR);
    /* Without a limit: a full one would stop the thread that serves the connections. */
    zmq_setsockopt(port->monitor, ZMQ_RCVHWM, &(int){0}, sizeof(int));
    zmq_setsockopt(port->monitor, ZMQ_LINGER, &(int){0}, sizeof(int));
    rc = zmq_connect(port->monitor, name);
    assert(rc == 0);
    zmq_getsockopt(port->monitor, ZMQ_FD, &fd, &size);
    rc = epoll_ctl(ledger->epoll, EPOLL_CTL_ADD, fd, &event);
    assert(rc == 0);
}

void ledger_unwatch(struct ledger *ledger, enum broker_port which)
{
    struct port *port = &ledger->port[which];

    if (!port->monitor)
        return;
    zmq_socket_monitor(port->socket, NULL,
                       0); /* first: nobody to take an event stops libzmq's thread */
    zmq_close(port->monitor);
    port->monitor = NULL;
    for (enum peer_state state = 0; state < ENDED; state++)
        while (port->peers[state])
            end(ledger, port, port->peers[state]);
}

int ledger_fd(const struct ledger *ledger)
{
    return ledger->epoll;
}

/* [event of 16 bits, value of 32 bits] [endpoint] */
static void read_monitor(struct ledger *ledger, struct port *port)
{
    struct frames frames;

    while (port->monitor && frames_recv(port->monitor, &frames)) {
        const uint8_t *data = frames_data(&frames, 0);
        uint16_t event;
        int32_t fd;

        assert(frames_size(&frames, 0) == sizeof event + sizeof fd);
        memcpy(&event, data, sizeof event);
        memcpy(&fd, data + sizeof event, sizeof fd);
        struct peer *peer = peer_at(port, fd);

        if (event == ZMQ_EVENT_ACCEPTED)
            accepted(ledger, port, fd);
        else if (event == ZMQ_EVENT_DISCONNECTED && peer)
            end(ledger, port, peer);
        frames_clear(&frames);
    }
}

static void tell_who_is_silent(struct ledger *ledger, enum broker_port which, int64_t now_ms)
{
    const struct port *port = &ledger->port[which];
    const struct peer *first = port->peers[YOUNG];
    struct silent_ones silent = {.young = port->count[YOUNG],
                                 .quiet = port->count[QUIET],
                                 .young_ms = first ? now_ms - first->since_ms : 0,
                                 .oldest_ms = QUIET_MS + YOUNG_MS};

    zap_silent(ledger->zap, which, &silent);
}

void ledger_read(struct ledger *ledger)
{
    int64_t now_ms = clock_monotonic_ms();

    for (int i = 0; i < BROKER_PORTS; i++)
        read_monitor(ledger, &ledger->port[i]);
    ledger_limit(ledger, now_ms);
    if (now_ms - ledger->told_ms < TELL_MS)
        return;
    ledger->told_ms = now_ms;
    for (int i = 0; i < BROKER_PORTS; i++)
        tell_who_is_silent(ledger, (enum broker_port)i, now_ms);
}

/* ---- what peers say ---- */

/* The first message of an admission. False: it ended meanwhile, or is one too many. */
static bool tie(struct ledger *ledger, struct port *port, struct frames *frames, uint64_t serial,
                const struct certificate *caller)
{
    ledger_read(ledger);
    struct peer *peer = peer_at(port, zmq_msg_get(&frames->frame[frames->count - 1], ZMQ_SRCFD));

    if (!peer || peer->serial > serial) {
        zap_ended(ledger->zap, serial);
        return false;
    }
    tie_to(ledger, peer, serial); /* a straggler of the connection before may have tied it */
    memcpy(peer->key, caller->public_key, sizeof peer->key);
    if (frames->count > 1) {
        peer->id.size = (uint8_t)frames_size(frames, 0);
        memcpy(peer->id.bytes, frames_data(frames, 0), peer->id.size);
    }
    if (peer->state < TALKING)
        peer_move(ledger, port, peer, TALKING);
    if (zap_spoke(ledger->zap, serial))
        return true;
    log_warning("connection_refused", "reason=connections name=%s", caller->name);
    if (peer->state == TALKING)
        peer_shut(ledger, port, peer);
    return false;
}

static bool is_assigned(struct frames *frames)
{
    return frames_size(frames, 0) == ASSIGNED_BYTES &&
           *(const uint8_t *)frames_data(frames, 0) == 0;
}

/* It is told a few times that its certificate was taken away. False: that was enough. */
static bool bear_revoked(struct ledger *ledger, struct port *port, uint64_t serial)
{
    struct peer *peer;

    HASH_FIND(hh, ledger->by_serial, &serial, sizeof serial, peer);
    if (peer && ++peer->refused == REVOKED_MAX && peer->state == TALKING)
        peer_shut(ledger, port, peer);
    return peer && peer->refused < REVOKED_MAX;
}

enum sender ledger_sender(struct ledger *ledger, enum broker_port which, struct frames *frames,
                          struct certificate *ret_caller)
{
    struct port *port = &ledger->port[which];
    struct zap_sender sender;
    struct certificate caller;

    /* A ROUTER's first frame is its own and knows nobody. */
    if (frames->count == 0 ||
        !zap_sender(ledger->zap, &frames->frame[frames->count - 1], &sender, &caller))
        return SENDER_NOBODY;
    if (!sender.known)
        caller = (struct certificate){0};
    if (!sender.spoke && !tie(ledger, port, frames, sender.serial, &caller))
        return SENDER_NOBODY;
    ledger_took(ledger, sender.serial, frames);
    if (!sender.known)
        return bear_revoked(ledger, port, sender.serial) ? SENDER_REVOKED : SENDER_NOBODY;
    *ret_caller = caller;
    if ((which == PORT_CLIENT || which == PORT_WORKER) && !is_assigned(frames))
        return SENDER_CLAIMED;
    return SENDER_KNOWN;
}

bool ledger_has_ends(const struct ledger *ledger, enum broker_port port)
{
    return ledger->port[port].peers[ENDED] != NULL;
}

bool ledger_next_end(struct ledger *ledger, enum broker_port which, bool drained,
                     struct routing_id *ret)
{
    struct port *port = &ledger->port[which];
    struct peer *peer;

    while ((peer = port->peers[ENDED])) {
        if (!drained && clock_monotonic_ms() - peer->since_ms < END_LATE_MS)
            return false;
        bool spoke = peer->serial != 0;

        *ret = peer->id;
        forget(ledger, port, peer);
        if (!spoke)
            continue;
        gauges_count(DOOR_ended);
        return true;
    }
    return false;
}

bool ledger_next_changed(struct ledger *ledger, enum broker_port which, struct routing_id *ret,
                         bool *ret_known)
{
    struct peer *peer;

    DL_FOREACH(ledger->port[which].peers[TALKING], peer)
    {
        if (zap_changed(ledger->zap, peer->serial, ret_known)) {
            *ret = peer->id;
            return true;
        }
    }
    return false;
}

void ledger_shut(struct ledger *ledger, const char *public_key)
{
    for (int i = 0; i < BROKER_PORTS; i++) {
        struct peer *peer, *next;

        DL_FOREACH_SAFE(ledger->port[i].peers[TALKING], peer, next)
        {
            if (strcmp(peer->key, public_key) == 0)
                peer_shut(ledger, &ledger->port[i], peer);
        }
    }
}

void ledger_destroy(struct ledger **ledger)
{
    if (!*ledger)
        return;
    for (int port = 0; port < BROKER_PORTS; port++)
        assert(!(*ledger)->port[port].monitor);
    HASH_CLEAR(hh, (*ledger)->by_serial);
    close((*ledger)->epoll);
    talloc_free(*ledger);
    *ledger = NULL;
}
