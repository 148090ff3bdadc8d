/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_server.c - one poll loop over a listener and eight places for connections
 *
 *   accepted -> head read up to its empty line -> reply sent -> what still comes is thrown away -> closed
 *
 * libevent's evhttp has neither a limit of connections nor a deadline for one as a whole, and it
 * stops listening to nobody when descriptors are out; what is left of HTTP without keep-alive and
 * bodies is small. A free place holds a spare descriptor, which is given up when accept finds none:
 * so the last one in the process is never a stranger's.
 */
#include "libcommon/bus/admin_server.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"

enum {
    PLACES = 8,
    DEADLINE_MS = 5000,
    HEAD_BYTES_MAX = 8192,
    REST_BYTES_MAX =
        64 *
        1024, /* that are thrown away behind a request, so that its reply is not lost by a reset */
    ACCEPT_MAX = 16,       /* connections in a row */
    ACCEPT_PAUSE_MS = 100, /* when there is no descriptor, not even a spare */
    TURN_MS = 1000,
};

enum stage { STAGE_FREE, STAGE_READS, STAGE_WRITES, STAGE_ENDS };

struct admin_slot {
    enum stage stage;
    int fd; /* of a free one: the spare, -1 if it could not be had */
    int64_t deadline_ms;
    char head[HEAD_BYTES_MAX + 1]; /* ends with NUL */
    size_t got;                    /* bytes of the head, then of the rest */
    char *reply;
    size_t size, sent;
};

struct admin_server {
    struct admin_site site;
    int listener;
    int stop; /* eventfd; also what a spare descriptor is a copy of */
    int64_t accept_ms;
    struct admin_slot places[PLACES];
    pthread_t thread;
};

/* ---- places ---- */

/* The number stays ours: it becomes the spare again in the moment in which it stops being a
 * connection. */
static void set_free(struct admin_server *server, struct admin_slot *place)
{
    if (place->fd == -1)
        place->fd = fcntl(server->stop, F_DUPFD_CLOEXEC, 0);
    else if (place->stage != STAGE_FREE)
        (void)!dup3(server->stop, place->fd, O_CLOEXEC);
    free(place->reply);
    place->reply = NULL;
    place->stage = STAGE_FREE;
}

static struct admin_slot *free_place(struct admin_server *server)
{
    struct admin_slot *oldest = &server->places[0];

    for (size_t i = 0; i < PLACES; i++) {
        struct admin_slot *place = &server->places[i];
        if (place->stage == STAGE_FREE)
            return place;
        if (place->deadline_ms < oldest->deadline_ms)
            oldest = place;
    }
    return oldest;
}

/* ---- one connection ---- */

static void send_reply(struct admin_server *server, struct admin_slot *place)
{
    ssize_t sent = send(place->fd, place->reply + place->sent, place->size - place->sent,
                        MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent < 0 && errno != EAGAIN) {
        set_free(server, place);
        return;
    }
    place->sent += sent > 0 ? (size_t)sent : 0;
    if (place->sent < place->size)
        return;
    shutdown(place->fd, SHUT_WR);
    place->got = 0;
    place->stage = STAGE_ENDS;
}

static void answer(struct admin_server *server, struct admin_slot *place, const char *head)
{
    FILE *out = open_memstream(&place->reply, &place->size);

    assert(out); /* out of memory */
    server->site.answer(server->site.argument, head, out);
    fclose(out);
    place->sent = 0;
    place->stage = STAGE_WRITES;
    send_reply(server, place);
}

static void read_head(struct admin_server *server, struct admin_slot *place)
{
    ssize_t got =
        recv(place->fd, place->head + place->got, HEAD_BYTES_MAX - place->got, MSG_DONTWAIT);

    if (got == 0 || (got < 0 && errno != EAGAIN))
        set_free(server, place);
    if (got <= 0)
        return;
    place->got += (size_t)got;
    place->head[place->got] = '\0';
    const char *end = memmem(place->head, place->got, "\r\n\r\n", 4);
    if (end)
        answer(server, place, place->head);
    else if (place->got == HEAD_BYTES_MAX)
        answer(server, place, NULL);
}

static void throw_away(struct admin_server *server, struct admin_slot *place)
{
    char rest[4096];
    ssize_t got = recv(place->fd, rest, sizeof rest, MSG_DONTWAIT);

    place->got += got > 0 ? (size_t)got : 0;
    if (got == 0 || (got < 0 && errno != EAGAIN) || place->got > REST_BYTES_MAX)
        set_free(server, place);
}

static void (*const go_on[])(struct admin_server *server, struct admin_slot *place) = {
    [STAGE_READS] = read_head,
    [STAGE_WRITES] = send_reply,
    [STAGE_ENDS] = throw_away,
};

/* ---- all of them ---- */

static int accept_one(struct admin_server *server, struct admin_slot *spare)
{
    int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd != -1 || (errno != EMFILE && errno != ENFILE) || spare->fd == -1)
        return fd;
    close(spare->fd);
    spare->fd = -1;
    return accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static void accept_some(struct admin_server *server)
{
    for (int i = 0; i < ACCEPT_MAX; i++) {
        struct admin_slot *place = free_place(server);
        struct pollfd waits = {.fd = server->listener, .events = POLLIN};

        if (poll(&waits, 1, 0) != 1)
            return;
        set_free(server, place);
        int fd = accept_one(server, place);
        if (fd == -1) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
                server->accept_ms = clock_monotonic_ms() + ACCEPT_PAUSE_MS;
            continue;
        }
        if (place->fd != -1)
            close(place->fd);
        place->fd = fd;
        place->stage = STAGE_READS;
        place->got = 0;
        place->deadline_ms = clock_monotonic_ms() + DEADLINE_MS;
        read_head(server, place); /* it may be there, before the next one takes the place */
    }
}

static void free_late_ones(struct admin_server *server)
{
    int64_t now = clock_monotonic_ms();

    for (size_t i = 0; i < PLACES; i++) {
        struct admin_slot *place = &server->places[i];
        if (place->fd == -1 || (place->stage != STAGE_FREE && now >= place->deadline_ms))
            set_free(server, place);
    }
}

/* Until the next deadline, or a turn. */
static int wait_ms(const struct admin_server *server)
{
    int64_t now = clock_monotonic_ms(), wait = TURN_MS;

    if (server->accept_ms > now && server->accept_ms - now < wait)
        wait = server->accept_ms - now;
    for (size_t i = 0; i < PLACES; i++) {
        const struct admin_slot *place = &server->places[i];
        if (place->stage != STAGE_FREE && place->deadline_ms - now < wait)
            wait = place->deadline_ms - now;
    }
    return wait < 0 ? 0 : (int)wait;
}

static void *run(void *argument)
{
    enum { STOP, LISTENER, FIRST };
    struct admin_server *server = argument;
    struct pollfd fds[FIRST + PLACES] = {{.fd = server->stop, .events = POLLIN}};
    sigset_t all;

    sigfillset(&all); /* signals are for the main thread */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while (!(fds[STOP].revents & POLLIN)) {
        bool pauses = clock_monotonic_ms() < server->accept_ms;
        fds[LISTENER] = (struct pollfd){pauses ? -1 : server->listener, POLLIN, 0};
        for (size_t i = 0; i < PLACES; i++) {
            const struct admin_slot *place = &server->places[i];
            fds[FIRST + i] = (struct pollfd){place->stage == STAGE_FREE ? -1 : place->fd,
                                             place->stage == STAGE_WRITES ? POLLOUT : POLLIN, 0};
        }
        poll(fds, FIRST + PLACES, wait_ms(server));
        for (size_t i = 0; i < PLACES; i++)
            if (fds[FIRST + i].revents)
                go_on[server->places[i].stage](server, &server->places[i]);
        if (fds[LISTENER].revents)
            accept_some(server);
        free_late_ones(server);
        log_catch_up();
    }
    return NULL;
}

/* ---- start and end ---- */

static int listen_at(const char *host, int port)
{
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *address;
    char service[8];
    int one = 1;

    snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(host, service, &wanted, &address) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool fine = fd != -1 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
                bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0;
    int error = errno;
    freeaddrinfo(address);
    if (!fine && fd != -1)
        close(fd);
    errno = error;
    return fine ? fd : -1;
}

struct admin_server *admin_server_start(const char *host, int port, const struct admin_site *site)
{
    int listener = listen_at(host, port);

    if (listener == -1)
        return NULL;
    struct admin_server *server = mem_new(NULL, struct admin_server);
    server->site = *site;
    server->listener = listener;
    server->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert(server->stop != -1);
    for (size_t i = 0; i < PLACES; i++) {
        server->places[i].fd = -1;
        set_free(server, &server->places[i]);
    }
    int rc = pthread_create(&server->thread, NULL, run, server);
    assert(rc == 0);
    return server;
}

void admin_server_destroy(struct admin_server **server)
{
    if (!*server)
        return;
    eventfd_write((*server)->stop, 1);
    pthread_join((*server)->thread, NULL);
    for (size_t i = 0; i < PLACES; i++) {
        set_free(*server, &(*server)->places[i]);
        if ((*server)->places[i].fd != -1)
            close((*server)->places[i].fd);
    }
    close((*server)->listener);
    close((*server)->stop);
    talloc_free(*server);
    *server = NULL;
}
