/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin.c - a small HTTP server for whoever watches the program
 *
 * A libevent loop in its own thread answers from atomics that other threads set. pages[] is the
 * whole site. The loop ends by an eventfd, as libevent's own calls belong to the loop's thread.
 */
#include "libcommon/bus/admin.h"

#include <assert.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/metrics.h"
#include "libcommon/bus/ports.h"

enum { ALIVE_MS = 10000, TIMEOUT_S = 5, HEADERS_BYTES_MAX = 8192, BODY_BYTES_MAX = 1024 };

static const char *admin_address;

const struct setting admin_settings[] = {
    {"admin", SETTING_TEXT, &admin_address, "", 0, 300, "",
     "address:port for /healthz, /readyz and /metrics; empty for none"},
    {0},
};

struct admin {
    struct event_base *loop; /* NULL: a stub that serves nothing */
    struct evhttp *http;
    struct event *stop_event;
    int stop; /* eventfd */
    pthread_t thread;
    _Atomic(const char *) unready; /* NULL when ready, else why not */
    _Atomic int64_t alive_ms;      /* monotonic; the main loop's last sign of life */
};

/* Each writes its text into body and returns the HTTP code. */
static int healthz(struct admin *admin, struct evbuffer *body)
{
    bool alive = clock_monotonic_ms() - atomic_load(&admin->alive_ms) < ALIVE_MS;

    evbuffer_add_printf(body, "%s\n", alive ? "ok" : "the main loop stands still");
    return alive ? HTTP_OK : HTTP_SERVUNAVAIL;
}

static int readyz(struct admin *admin, struct evbuffer *body)
{
    const char *reason = atomic_load(&admin->unready);

    evbuffer_add_printf(body, "%s\n", reason ? reason : "ok");
    return reason ? HTTP_SERVUNAVAIL : HTTP_OK;
}

static int metrics(struct admin *admin, struct evbuffer *body)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    (void)admin;
    assert(out); /* out of memory */
    metrics_print(out);
    fclose(out);
    evbuffer_add(body, text, size);
    free(text);
    return HTTP_OK;
}

static const struct page {
    const char *path;
    const char *content_type;
    int (*write)(struct admin *admin, struct evbuffer *body);
} pages[] = {
    {"/healthz", "text/plain; charset=utf-8", healthz},
    {"/readyz", "text/plain; charset=utf-8", readyz},
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", metrics},
};

static const struct page *find_page(struct evhttp_request *request)
{
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));

    for (size_t i = 0; path && i < sizeof pages / sizeof *pages; i++)
        if (strcmp(path, pages[i].path) == 0)
            return &pages[i];
    return NULL;
}

static void serve(struct evhttp_request *request, void *argument)
{
    enum evhttp_cmd_type method = evhttp_request_get_command(request);
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    const struct page *page = find_page(request);

    evhttp_add_header(headers, "Cache-Control", "no-store");
    if (!page) {
        evhttp_send_reply(request, HTTP_NOTFOUND, NULL, NULL);
        return;
    }
    if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD) {
        evhttp_add_header(headers, "Allow", "GET, HEAD");
        evhttp_send_reply(request, HTTP_BADMETHOD, NULL, NULL);
        return;
    }
    struct evbuffer *body = evbuffer_new();

    assert(body); /* out of memory */
    evhttp_add_header(headers, "Content-Type", page->content_type);
    int code = page->write(argument, body);

    if (method == EVHTTP_REQ_HEAD) /* libevent 2.1 would send the body all the same */
        evbuffer_drain(body, evbuffer_get_length(body));
    evhttp_send_reply(request, code, NULL, body);
    evbuffer_free(body);
}

static void stop_loop(evutil_socket_t fd, short what, void *loop)
{
    (void)fd, (void)what;
    event_base_loopbreak(loop);
}

static void *run(void *argument)
{
    struct admin *admin = argument;
    sigset_t all;

    sigfillset(&all); /* signals are for the main thread, and a peer that left is no SIGPIPE */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    event_base_dispatch(admin->loop);
    return NULL;
}

static bool listen_at(struct admin *admin, const char *text)
{
    struct broker_address address[BROKERS_MAX];

    if (ports_parse(text, address) != 1) {
        log_error("admin_not_started", "admin=%s error=%s", LOG_QUOTED(text),
                  LOG_QUOTED("not address:port"));
        return false;
    }
    if (evhttp_bind_socket(admin->http, address->host, (ev_uint16_t)address->port) == -1) {
        log_error("admin_not_started", "admin=%s error=%s", LOG_QUOTED(text),
                  LOG_QUOTED(strerror(errno)));
        return false;
    }
    return true;
}

static void free_loop(struct admin *admin)
{
    event_free(admin->stop_event);
    evhttp_free(admin->http);
    event_base_free(admin->loop);
    close(admin->stop);
}

struct admin *admin_start(void)
{
    struct admin *admin = mem_new(NULL, struct admin);

    atomic_store(&admin->unready, "starting");
    atomic_store(&admin->alive_ms, clock_monotonic_ms());
    if (!admin_address || admin_address[0] == '\0')
        return admin;
    admin->loop = event_base_new();
    admin->http = evhttp_new(admin->loop);
    admin->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    admin->stop_event = event_new(admin->loop, admin->stop, EV_READ, stop_loop, admin->loop);
    assert(admin->loop && admin->http && admin->stop != -1 && admin->stop_event);
    event_add(admin->stop_event, NULL);
    evhttp_set_gencb(admin->http, serve, admin);
    evhttp_set_allowed_methods(admin->http, UINT16_MAX); /* serve() refuses, with 405 */
    evhttp_set_max_headers_size(admin->http, HEADERS_BYTES_MAX);
    evhttp_set_max_body_size(admin->http, BODY_BYTES_MAX);
    evhttp_set_timeout(admin->http, TIMEOUT_S);
    if (!listen_at(admin, admin_address)) {
        free_loop(admin);
        talloc_free(admin);
        return NULL;
    }
    int rc = pthread_create(&admin->thread, NULL, run, admin);

    assert(rc == 0);
    return admin;
}

void admin_destroy(struct admin **admin)
{
    if (!*admin)
        return;
    if ((*admin)->loop) {
        eventfd_write((*admin)->stop, 1);
        pthread_join((*admin)->thread, NULL);
        free_loop(*admin);
    }
    talloc_free(*admin);
    *admin = NULL;
}

void admin_ready(struct admin *admin, const char *reason)
{
    atomic_store(&admin->unready, reason);
}

void admin_alive(struct admin *admin)
{
    atomic_store(&admin->alive_ms, clock_monotonic_ms());
}
