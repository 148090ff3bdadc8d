/* SPDX-License-Identifier: Apache-2.0 */
/* test_admin.c - the admin port over plain TCP */
#include "bed.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcommon/bus/admin.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/metrics.h"

static char here[32]; /* "127.0.0.1:7508" */

static void set_address(const char *text)
{
    *(const char **)admin_settings[0].value = text;
}

static int connect_to(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)bed_port(PORT_ADMIN))};
    struct timeval limit = {.tv_sec = WAIT_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

/* All that comes until the server closes. */
static const char *ask(const char *request, size_t size)
{
    static char reply[65536];
    int fd = connect_to();
    size_t got = 0;
    ssize_t n;

    send(fd, request, size, MSG_NOSIGNAL);
    while ((n = recv(fd, reply + got, sizeof reply - 1 - got, 0)) > 0)
        got += (size_t)n;
    close(fd);
    reply[got] = '\0';
    return reply;
}

static int code_of(const char *reply)
{
    int code = 0;

    (void)sscanf(reply, "HTTP/1.%*d %d", &code);
    return code;
}

static const char *get(const char *path)
{
    char request[200];

    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
             path);
    return ask(request, strlen(request));
}

static int up(void **state)
{
    snprintf(here, sizeof here, "127.0.0.1:%d", bed_port(PORT_ADMIN));
    set_address(here);
    *state = admin_start();
    return *state ? 0 : -1;
}

static int down(void **state)
{
    struct admin *admin = *state;

    admin_destroy(&admin);
    return admin ? -1 : 0;
}

static void says_whether_it_is_ready_and_why_not(void **state)
{
    struct admin *admin = *state;

    assert_int_equal(code_of(get("/readyz")), 503);
    assert_non_null(strstr(get("/readyz"), "\r\n\r\nstarting\n"));
    admin_ready(admin, NULL);
    assert_int_equal(code_of(get("/readyz")), 200);
    admin_ready(admin, "database is away");
    assert_int_equal(code_of(get("/readyz")), 503);
    assert_non_null(strstr(get("/readyz"), "\r\n\r\ndatabase is away\n"));
    assert_int_equal(code_of(get("/healthz")), 200);
}

static void prints_metrics(void **state)
{
    static struct metric metric = {
        .type = METRIC_COUNTER, .name = "jusha_admin_test_total", .help = "Test"};

    (void)state;
    metrics_register(&metric);
    metrics_add(&metric, 17);
    const char *reply = get("/metrics");

    assert_int_equal(code_of(reply), 200);
    assert_non_null(strstr(reply, "text/plain; version=0.0.4"));
    assert_non_null(strstr(reply, "\njusha_admin_test_total 17\n"));
}

static void answers_only_get_and_head_of_its_pages(void **state)
{
    static const struct {
        const char *request;
        int code;
    } table[] = {
        {"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200},
        {"GET /healthz?verbose HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200},
        {"GET /healthz HTTP/1.0\r\n\r\n", 200},
        {"HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200},
        {"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
         405},
        {"PUT /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
         405},
        {"DELETE /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405},
        {"OPTIONS /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405},
        {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404},
        {"GET /healthz/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404},
        {"GET //healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404},
        {"GET /../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404},
        {"GET /%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404},
        {"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
         404},
        {"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\nConnection: close\r\n\r\n",
         413},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int code = code_of(ask(table[i].request, strlen(table[i].request)));

        if (code != table[i].code)
            fail_msg("%.40s... got %d", table[i].request, code);
    }
    const char *head = ask(table[3].request, strlen(table[3].request));

    assert_text(strstr(head, "\r\n\r\n"), "\r\n\r\n"); /* no body */
}

static void survives_garbage(void **state)
{
    static char large[200000];
    static const char *const garbage[] = {"\r\n\r\n",
                                          "GET\r\n\r\n",
                                          "\x16\x03\x01\x02\x00\x01",
                                          "GET /healthz\r\n\r\n",
                                          "FOO /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
                                          "GET /healthz HTTP/9.9\r\n\r\n"};

    (void)state;
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++)
        assert_int_not_equal(code_of(ask(garbage[i], strlen(garbage[i]))), 200);
    static const char *const starts[] = {"GET /healthz HTTP/1.1\r\nX: ", "GET /"};

    for (size_t i = 0; i < 2; i++) { /* an endless header, an endless path */
        memset(large, 'a', sizeof large - 1);
        for (size_t n = 0; starts[i][n]; n++)
            large[n] = starts[i][n];
        assert_int_not_equal(code_of(ask(large, sizeof large)), 200);
    }
    int slow = connect_to();

    send(slow, "GET /hea", 8, MSG_NOSIGNAL); /* holds nobody up, and is cut off after 5 s */
    int64_t start_ms = clock_monotonic_ms();
    char byte[1024];

    assert_int_equal(code_of(get("/healthz")), 200);
    while (recv(slow, byte, sizeof byte, 0) > 0)
        ;
    assert_in_range(clock_monotonic_ms() - start_ms, 2000, 10000);
    close(slow);
}

static void notices_a_main_loop_that_stands_still(void **state)
{
    struct admin *admin = *state;
    int64_t start_ms = clock_monotonic_ms();

    admin_alive(admin);
    while (code_of(get("/healthz")) == 200) {
        assert_true(clock_monotonic_ms() - start_ms < 15000);
        usleep(100000);
    }
    assert_true(clock_monotonic_ms() - start_ms >= 10000);
    admin_alive(admin);
    assert_int_equal(code_of(get("/healthz")), 200);
}

static void does_not_start_at_a_taken_or_wrong_address(void **state)
{
    const char *const bad[] = {here, "127.0.0.1", "7599", ":7599", "127.0.0.1:0", "192.0.2.1:7599"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        set_address(bad[i]);
        assert_null(admin_start());
    }
}

static void serves_nothing_when_it_shall_not(void **state)
{
    (void)state;
    set_address("");
    struct admin *admin = admin_start();

    assert_non_null(admin);
    admin_ready(admin, NULL);
    admin_alive(admin);
    admin_destroy(&admin);
    assert_null(admin);
    admin_destroy(&admin);
}

int main(void)
{
#define admin_test(function) cmocka_unit_test_setup_teardown(function, up, down)
    const struct CMUnitTest tests[] = {
        admin_test(says_whether_it_is_ready_and_why_not),
        admin_test(prints_metrics),
        admin_test(answers_only_get_and_head_of_its_pages),
        admin_test(survives_garbage),
        admin_test(notices_a_main_loop_that_stands_still),
        admin_test(does_not_start_at_a_taken_or_wrong_address),
        cmocka_unit_test(serves_nothing_when_it_shall_not),
    };
    return cmocka_run_group_tests_name("admin", tests, NULL, NULL);
}
