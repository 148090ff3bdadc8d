/* SPDX-License-Identifier: Apache-2.0 */
/* test_admin.c - the admin port over plain TCP */
#include "bed.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/metrics.h"
#include "libcommon/bus/admin.h"

static char here[32]; /* "127.0.0.1:7508" */

static void set_address(const char *text)
{
    *(const char **)admin_settings[0].value = text;
}

static void connect_it(int fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)bed_port(PORT_ADMIN))};
    struct timeval limit = {.tv_sec = WAIT_MS / 1000};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

static int connect_to(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    connect_it(fd);
    return fd;
}

/* All that comes until the server closes. */
static const char *hear(int fd)
{
    static char reply[65536];
    size_t got = 0;
    ssize_t n;

    while ((n = recv(fd, reply + got, sizeof reply - 1 - got, 0)) > 0)
        got += (size_t)n;
    close(fd);
    reply[got] = '\0';
    return reply;
}

static const char *ask(const char *request, size_t size)
{
    int fd = connect_to();

    send(fd, request, size, MSG_NOSIGNAL);
    return hear(fd);
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
         405}, /* bodies are not waited for */
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

static void ends_who_trickles_at_the_same_deadline(void **state)
{
    static const char request[] = "GET /healthz HTTP/1.1\r\nX: ";
    const struct timeval tenth = {.tv_usec = 100000};
    int64_t start_ms = clock_monotonic_ms();
    int slow = connect_to();
    char byte[1024];
    size_t sent = 0;

    (void)state;
    setsockopt(slow, SOL_SOCKET, SO_RCVTIMEO, &tenth, sizeof tenth);
    do { /* a byte every 100 ms: never silent for long */
        const char *next = sent < sizeof request - 1 ? &request[sent] : "a";
        assert_true(clock_monotonic_ms() - start_ms < WAIT_MS);
        send(slow, next, 1, MSG_NOSIGNAL);
        sent++;
    } while (recv(slow, byte, sizeof byte, 0) == -1 && errno == EAGAIN);
    assert_in_range(clock_monotonic_ms() - start_ms, 4500, 9000);
    close(slow);
}

static void answers_while_twenty_others_say_nothing(void **state)
{
    int idle[20];

    (void)state;
    for (int i = 0; i < 20; i++) {
        idle[i] = connect_to();
        send(idle[i], "GET /healthz HTTP/1.1\r\n", i, MSG_NOSIGNAL);
    }
    int64_t start_ms = clock_monotonic_ms();
    for (int i = 0; i < 20; i++)
        assert_int_equal(code_of(get("/healthz")), 200);
    assert_true(clock_monotonic_ms() - start_ms < 4000); /* nobody's deadline was waited for */
    for (int i = 0; i < 20; i++)
        close(idle[i]);
}

static void answers_whoever_has_said_all_and_closes(void **state)
{
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    int fd = connect_to();

    (void)state;
    send(fd, request, sizeof request - 1, MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
    assert_int_equal(code_of(hear(fd)), 200);
    fd = connect_to();
    shutdown(fd, SHUT_WR);
    assert_text(hear(fd), "");
}

static void answers_the_first_request_only(void **state)
{
    static const char second[] = "\x01\xff GET /metrics HTTP/1.1\r\n\r\n";
    char requests[4096] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    size_t used = strlen(requests);

    (void)state;
    for (; used + sizeof second < sizeof requests; used += sizeof second - 1)
        memcpy(requests + used, second, sizeof second - 1);
    const char *reply = ask(requests, used);

    assert_int_equal(code_of(reply), 200);
    assert_text(strstr(reply, "\r\n\r\n"), "\r\n\r\nok\n");
}

static void answers_when_the_process_is_out_of_descriptors(void **state)
{
    enum { FEW = 200 };
    struct rlimit usual, few;
    int idle[12], asking, taken[FEW], count = 0;

    (void)state;
    for (int i = 0; i < 12; i++)
        idle[i] = socket(AF_INET, SOCK_STREAM, 0);
    asking = socket(AF_INET, SOCK_STREAM, 0);
    getrlimit(RLIMIT_NOFILE, &usual);
    few = (struct rlimit){FEW, usual.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
    while (count < FEW && (taken[count] = open("/dev/null", O_RDONLY)) != -1)
        count++;
    for (int i = 0; i < 12; i++)
        connect_it(idle[i]);
    connect_it(asking);
    send(asking, "GET /healthz HTTP/1.0\r\n\r\n", 26, MSG_NOSIGNAL);
    int code = code_of(hear(asking));

    while (count > 0)
        close(taken[--count]);
    for (int i = 0; i < 12; i++)
        close(idle[i]);
    setrlimit(RLIMIT_NOFILE, &usual);
    assert_int_equal(code, 200);
}

static void notices_each_part_that_stands_still(void **state)
{
    struct admin *admin = *state;
    struct admin_part *part = admin_part(admin, "ZAP thread");
    int64_t start_ms = clock_monotonic_ms();

    admin_alive(admin);
    while (code_of(get("/healthz")) == 200) {
        assert_true(clock_monotonic_ms() - start_ms < 15000);
        admin_part_alive(part);
        usleep(100000);
    }
    assert_true(clock_monotonic_ms() - start_ms >= 10000);
    assert_non_null(strstr(get("/healthz"), "\r\n\r\nthe main loop has stalled\n"));
    admin_alive(admin);
    assert_int_equal(code_of(get("/healthz")), 200);
    while (code_of(get("/healthz")) == 200) {
        assert_true(clock_monotonic_ms() - start_ms < 30000);
        admin_alive(admin);
        usleep(100000);
    }
    assert_non_null(strstr(get("/healthz"), "\r\n\r\nthe ZAP thread has stalled\n"));
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
        admin_test(ends_who_trickles_at_the_same_deadline),
        admin_test(answers_while_twenty_others_say_nothing),
        admin_test(answers_whoever_has_said_all_and_closes),
        admin_test(answers_the_first_request_only),
        admin_test(answers_when_the_process_is_out_of_descriptors),
        admin_test(notices_each_part_that_stands_still),
        admin_test(does_not_start_at_a_taken_or_wrong_address),
        cmocka_unit_test(serves_nothing_when_it_shall_not),
    };
    return cmocka_run_group_tests_name("admin", tests, NULL, NULL);
}
