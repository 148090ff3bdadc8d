/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin.c - the pages that tell whoever watches the program how it is
 *
 * The server's thread (admin_server.c) answers from atomics that other threads set. pages[] is the
 * whole site.
 */
#include "libcommon/bus/admin.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/metrics.h"
#include "libcommon/base/process_metrics.h"
#include "libcommon/bus/admin_server.h"
#include "libcommon/bus/ports.h"

enum { ALIVE_MS = 10000, PARTS_MAX = 4 };

enum http_code {
    HTTP_OK = 200,
    HTTP_BAD_REQUEST = 400,
    HTTP_NOT_FOUND = 404,
    HTTP_METHOD_NOT_ALLOWED = 405,
    HTTP_HEADERS_TOO_LARGE = 431,
    HTTP_UNAVAILABLE = 503,
};

static const char *admin_address;

const struct setting admin_settings[] = {
    {"admin", SETTING_TEXT, &admin_address, "", 0, 300, "",
     "address:port for /healthz, /readyz and /metrics; empty for none"},
    {0},
};

struct admin_part {
    const char *name;
    _Atomic int64_t alive_ms; /* monotonic; its last sign of life */
};

struct admin {
    struct admin_server *server;   /* NULL: a stub that serves nothing */
    _Atomic(const char *) unready; /* NULL when ready, else why not */
    struct admin_part parts[PARTS_MAX];
    _Atomic size_t part_count;
    struct admin_part *main_loop;
};

/* ---- pages: each writes its text and returns the code ---- */

static enum http_code healthz(struct admin *admin, FILE *body)
{
    int64_t now = clock_monotonic_ms();
    bool alive = true;

    for (size_t i = 0; i < atomic_load(&admin->part_count); i++) {
        const struct admin_part *part = &admin->parts[i];
        if (now - atomic_load(&part->alive_ms) < ALIVE_MS)
            continue;
        fprintf(body, "the %s has stalled\n", part->name);
        alive = false;
    }
    if (alive)
        fprintf(body, "ok\n");
    return alive ? HTTP_OK : HTTP_UNAVAILABLE;
}

static enum http_code readyz(struct admin *admin, FILE *body)
{
    const char *reason = atomic_load(&admin->unready);

    fprintf(body, "%s\n", reason ? reason : "ok");
    return reason ? HTTP_UNAVAILABLE : HTTP_OK;
}

static enum http_code metrics(struct admin *admin, FILE *body)
{
    (void)admin;
    metrics_print(body);
    return HTTP_OK;
}

static const struct page {
    const char *path;
    const char *content_type;
    enum http_code (*write)(struct admin *admin, FILE *body);
} pages[] = {
    {"/healthz", "text/plain; charset=utf-8", healthz},
    {"/readyz", "text/plain; charset=utf-8", readyz},
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", metrics},
};

/* ---- HTTP ---- */

static const char *reason_of(enum http_code code)
{
    switch (code) {
    case HTTP_OK:
        return "OK";
    case HTTP_BAD_REQUEST:
        return "Bad Request";
    case HTTP_NOT_FOUND:
        return "Not Found";
    case HTTP_METHOD_NOT_ALLOWED:
        return "Method Not Allowed";
    case HTTP_HEADERS_TOO_LARGE:
        return "Request Header Fields Too Large";
    case HTTP_UNAVAILABLE:
        return "Service Unavailable";
    }
    return "";
}

struct http_request {
    char method[16];
    char path[256]; /* without the query */
};

/* "GET /healthz?verbose HTTP/1.1": a version 1 request of a method and path of ours, or longer
 * ones, is readable. */
static bool read_request(const char *head, struct http_request *ret)
{
    char target[sizeof ret->path], version;
    int end = 0;

    if (sscanf(head, "%15[A-Z] %255[!-~] HTTP/1.%c%n", ret->method, target, &version, &end) != 3)
        return false;
    if ((version != '0' && version != '1') || strncmp(head + end, "\r\n", 2) != 0)
        return false;
    target[strcspn(target, "?")] = '\0';
    memcpy(ret->path, target, sizeof target);
    return true;
}

static const struct page *find_page(const char *path)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (strcmp(path, pages[i].path) == 0)
            return &pages[i];
    return NULL;
}

static void write_head(FILE *out, enum http_code code, const char *more, size_t body_size)
{
    fprintf(out,
            "HTTP/1.1 %d %s\r\nConnection: close\r\nCache-Control: no-store\r\n%s"
            "Content-Length: %zu\r\n\r\n",
            code, reason_of(code), more, body_size);
}

static void write_page(struct admin *admin, const struct page *page, bool with_body, FILE *out)
{
    char type[100], *text = NULL;
    size_t size = 0;
    FILE *body = open_memstream(&text, &size);

    assert(body); /* out of memory */
    enum http_code code = page->write(admin, body);
    fclose(body);
    snprintf(type, sizeof type, "Content-Type: %s\r\n", page->content_type);
    write_head(out, code, type, size);
    if (with_body)
        fwrite(text, 1, size, out);
    free(text);
}

static void answer(void *argument, const char *head, FILE *out)
{
    struct admin *admin = argument;
    struct http_request request;

    if (!head) {
        write_head(out, HTTP_HEADERS_TOO_LARGE, "", 0);
        return;
    }
    if (!read_request(head, &request)) {
        write_head(out, HTTP_BAD_REQUEST, "", 0);
        return;
    }
    const struct page *page = find_page(request.path);
    bool get = strcmp(request.method, "GET") == 0;

    if (!page)
        write_head(out, HTTP_NOT_FOUND, "", 0);
    else if (!get && strcmp(request.method, "HEAD") != 0)
        write_head(out, HTTP_METHOD_NOT_ALLOWED, "Allow: GET, HEAD\r\n", 0);
    else
        write_page(admin, page, get, out);
}

/* ---- for the program ---- */

static bool serve_at(struct admin *admin, const char *text)
{
    const struct admin_site site = {answer, admin};
    struct broker_address address[BROKERS_MAX];
    const char *wrong = "not address:port";

    if (ports_parse(text, address) == 1) {
        admin->server = admin_server_start(address->host, address->port, &site);
        wrong = strerror(errno);
    }
    if (!admin->server)
        log_error("admin_not_started", "admin=%s error=%s", LOG_QUOTED(text), LOG_QUOTED(wrong));
    return admin->server;
}

struct admin *admin_start(void)
{
    struct admin *admin = mem_new(NULL, struct admin);

    log_register_metrics();
    process_metrics_register();
    atomic_store(&admin->unready, "starting");
    admin->main_loop = admin_part(admin, "main loop");
    if (admin_address && admin_address[0] && !serve_at(admin, admin_address)) {
        talloc_free(admin);
        return NULL;
    }
    return admin;
}

void admin_destroy(struct admin **admin)
{
    if (!*admin)
        return;
    admin_server_destroy(&(*admin)->server);
    talloc_free(*admin);
    *admin = NULL;
}

void admin_ready(struct admin *admin, const char *reason)
{
    atomic_store(&admin->unready, reason);
}

struct admin_part *admin_part(struct admin *admin, const char *name)
{
    size_t index = atomic_load(&admin->part_count);

    assert(index < PARTS_MAX);
    struct admin_part *part = &admin->parts[index];
    part->name = name;
    admin_part_alive(part);
    atomic_store(&admin->part_count, index + 1);
    return part;
}

void admin_part_alive(struct admin_part *part)
{
    atomic_store(&part->alive_ms, clock_monotonic_ms());
}

void admin_alive(struct admin *admin)
{
    admin_part_alive(admin->main_loop);
}
