/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_link.c - connections that come back: after refusals, from other addresses, whatever the
 * resolver does
 *
 * Addresses of names are the test's own: getaddrinfo_a and gai_error stand in for glibc's, which
 * ask the machine's resolver. Numbers are still glibc's. Everything else is real: sockets,
 * handshakes, keys.
 */
#include "bed.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/link.h"

/* ---- a resolver ---- */

static struct {
    const char *answer[4]; /* what a name resolves to, ends with NULL; none: it is unknown */
    bool hangs;
    unsigned asked;
} resolver;

int getaddrinfo_a(int mode, struct gaicb *list[], int count, struct sigevent *event)
{
    struct gaicb *request = list[0];
    struct addrinfo **end = &request->ar_result;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};

    assert_int_equal(mode, GAI_NOWAIT);
    assert_int_equal(count, 1);
    assert_null(event);
    resolver.asked++;
    for (const char *const *answer = resolver.answer; *answer && !resolver.hangs; answer++) {
        assert_int_equal(getaddrinfo(*answer, request->ar_service, &hints, end), 0);
        end = &(*end)->ai_next;
    }
    return 0;
}

int gai_error(struct gaicb *request)
{
    if (resolver.hangs)
        return EAI_INPROGRESS;
    return request->ar_result ? 0 : EAI_NONAME;
}

int gai_cancel(struct gaicb *request)
{
    (void)request;
    return EAI_ALLDONE;
}

/* ---- links ---- */

static struct link *open_link(struct bed *bed, const char *host, const struct certificate *own)
{
    struct broker_address broker = {.port = bed->peer[0].port};

    snprintf(broker.host, sizeof broker.host, "%s", host);
    return link_new(
        bed->memory,
        &(struct link_options){.zmq_context = bed->context,
                               .type = ZMQ_DEALER,
                               .own = own,
                               .broker_keys = broker_keys_of(bed->memory, bed->broker.public_key)},
        &broker, PORT_CLIENT);
}

/* Keeps it for at most ms, until it is up or, with refused, until the peer refuses it. */
static bool keep_until(struct link *link, int ms, bool refused)
{
    int64_t until_ms = clock_monotonic_ms() + ms;

    while (clock_monotonic_ms() < until_ms) {
        zmq_pollitem_t items[LINK_POLL_MAX];
        long wait_ms = 100;
        int news = link_keep(link, clock_monotonic_ms());

        if (refused ? link_is_refused(link) : (news & LINK_UP) != 0)
            return true;
        zmq_poll(items, (int)link_poll(link, items, &wait_ms), wait_ms);
    }
    return false;
}

static void assert_comes_up(struct link *link)
{
    assert_true(keep_until(link, WAIT_MS, false));
    assert_true(link_is_up(link));
}

/* It goes both ways. */
static void assert_speaks(struct bed *bed, struct link *link)
{
    zmq_pollitem_t item = {.socket = bed->peer[0].router, .events = ZMQ_POLLIN};
    struct frames frames = {0};

    frames_add_text(&frames, "hello");
    assert_true(frames_send(link_socket(link), &frames));
    assert_int_equal(zmq_poll(&item, 1, WAIT_MS), 1);
    assert_true(frames_recv(bed->peer[0].router, &frames));
    assert_true(frames_equal(&frames, 1, "hello", 5));
    assert_true(frames_send(bed->peer[0].router, &frames));
    item.socket = link_socket(link);
    assert_int_equal(zmq_poll(&item, 1, WAIT_MS), 1);
    assert_true(frames_recv(link_socket(link), &frames));
    frames_clear(&frames);
}

static void assert_goes_down(struct link *link)
{
    int64_t until_ms = clock_monotonic_ms() + WAIT_MS;

    while (!(link_keep(link, clock_monotonic_ms()) & LINK_DOWN))
        assert_true(clock_monotonic_ms() < until_ms);
    assert_false(link_is_up(link));
}

static int up(void **state)
{
    memset(&resolver, 0, sizeof resolver);
    return bed_up(state);
}

static void a_number_asks_no_resolver(void **state)
{
    struct bed *bed = *state;

    resolver.hangs = true;
    peer_up(bed, 0);
    struct link *link = open_link(bed, "127.0.0.1", &bed->caller);

    assert_comes_up(link);
    assert_speaks(bed, link);
    assert_int_equal(resolver.asked, 0);
}

static void comes_back_when_the_broker_does(void **state)
{
    struct bed *bed = *state;

    peer_up(bed, 0);
    struct link *link = open_link(bed, "127.0.0.1", &bed->caller);

    for (int i = 0; i < 2; i++) {
        assert_comes_up(link);
        assert_speaks(bed, link);
        peer_down(&bed->peer[0]);
        assert_goes_down(link);
        peer_up(bed, 0);
    }
}

/* libzmq does not try again by itself when its key was refused. */
static void comes_back_when_its_key_becomes_known(void **state)
{
    struct bed *bed = *state;
    char *path = mem_printf(bed->memory, "%s/late.key", bed->folder);
    char *away = mem_printf(bed->memory, "%s/late.away", bed->folder);
    struct certificate late;

    assert_int_equal(certificate_create(bed->folder, "late", BUS__ROLE__ROLE_SHOP, "xiasha", &late),
                     STATUS_OK);
    assert_int_equal(rename(path, away), 0);
    peer_up(bed, 0);
    struct link *link = open_link(bed, "127.0.0.1", &late);

    assert_true(keep_until(link, WAIT_MS, true));
    assert_false(link_is_up(link));
    assert_int_equal(rename(away, path), 0);
    assert_comes_up(link);
    assert_false(link_is_refused(link));
    assert_speaks(bed, link);
    talloc_free(link); /* before the certificate that it borrows */
}

/* A peer that listens and says nothing, or no ZMTP, is left again. */
static void comes_back_from_a_peer_that_is_no_broker(void **state)
{
    struct bed *bed = *state;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)bed->peer[0].port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    assert_int_equal(setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)), 0);
    assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server, 4), 0);
    struct link *link = open_link(bed, "127.0.0.1", &bed->caller);

    for (int i = 0; i < 2; i++) {
        int64_t until_ms = clock_monotonic_ms() + WAIT_MS;
        int one;

        while ((one = accept4(server, NULL, NULL, SOCK_NONBLOCK)) == -1) {
            assert_false(keep_until(link, 20, false));
            assert_true(clock_monotonic_ms() < until_ms);
        }
        assert_true(write(one, "HTTP/1.1 400 Bad Request\r\n\r\n", 28) == 28);
        assert_false(keep_until(link, 200, false));
        close(one);
    }
    close(server);
    peer_up(bed, 0);
    assert_comes_up(link);
    assert_speaks(bed, link);
}

static void tries_every_address_of_a_name(void **state)
{
    struct bed *bed = *state;

    resolver.answer[0] = "::1"; /* nobody listens there, nor at the next */
    resolver.answer[1] = "127.0.0.2";
    resolver.answer[2] = "127.0.0.1";
    peer_up(bed, 0);
    struct link *link = open_link(bed, "broker.example", &bed->caller);
    int64_t start_ms = clock_monotonic_ms();

    assert_comes_up(link);
    assert_true(clock_monotonic_ms() - start_ms < 2500); /* each refused at once */
    assert_speaks(bed, link);
}

static void reaches_a_name_that_has_ipv6_only(void **state)
{
    struct bed *bed = *state;
    char endpoint[64];

    resolver.answer[0] = "::1";
    peer_up(bed, 0);
    zmq_setsockopt(bed->peer[0].router, ZMQ_IPV6, &(int){1}, sizeof(int));
    snprintf(endpoint, sizeof endpoint, "tcp://[::1]:%d", bed->peer[0].port);
    if (zmq_bind(bed->peer[0].router, endpoint) == -1)
        skip(); /* a machine without IPv6 */
    struct link *link = open_link(bed, "broker.example", &bed->caller);

    assert_comes_up(link);
    assert_speaks(bed, link);
}

static void asks_the_resolver_again_when_a_broker_moved(void **state)
{
    struct bed *bed = *state;

    resolver.answer[0] = "127.0.0.2";
    peer_up(bed, 0);
    struct link *link = open_link(bed, "broker.example", &bed->caller);

    assert_false(keep_until(link, 500, false));
    resolver.answer[0] = "127.0.0.1";
    assert_comes_up(link);
    assert_speaks(bed, link);
    assert_true(resolver.asked > 1);
}

static void waits_for_no_resolver(void **state)
{
    struct bed *bed = *state;
    int64_t start_ms = clock_monotonic_ms();

    resolver.hangs = true;
    peer_up(bed, 0);
    struct link *link = open_link(bed, "broker.example", &bed->caller);

    for (int i = 0; i < 100; i++)
        assert_int_equal(link_keep(link, clock_monotonic_ms()), LINK_SAME);
    assert_true(clock_monotonic_ms() - start_ms < 1000);
    talloc_free(link); /* the question is still under way */

    resolver.hangs = false;
    link = open_link(bed, "broker.example", &bed->caller); /* unknown, for now */
    assert_false(keep_until(link, 300, false));
    resolver.answer[0] = "127.0.0.1";
    assert_comes_up(link);
}

static void keeps_to_the_old_address_while_the_resolver_is_away(void **state)
{
    struct bed *bed = *state;

    resolver.answer[0] = "127.0.0.1";
    peer_up(bed, 0);
    struct link *link = open_link(bed, "broker.example", &bed->caller);

    assert_comes_up(link);
    resolver.hangs = true;
    peer_down(&bed->peer[0]);
    assert_goes_down(link);
    assert_false(keep_until(link, 4000, false)); /* it was asked meanwhile */
    assert_true(resolver.asked > 1);
    peer_up(bed, 0);
    assert_comes_up(link);
    resolver.hangs = false;
}

int main(void)
{
#define link_test(function) cmocka_unit_test_setup_teardown(function, up, bed_down)
    const struct CMUnitTest tests[] = {
        link_test(a_number_asks_no_resolver),
        link_test(comes_back_when_the_broker_does),
        link_test(comes_back_when_its_key_becomes_known),
        link_test(comes_back_from_a_peer_that_is_no_broker),
        link_test(tries_every_address_of_a_name),
        link_test(reaches_a_name_that_has_ipv6_only),
        link_test(asks_the_resolver_again_when_a_broker_moved),
        link_test(waits_for_no_resolver),
        link_test(keeps_to_the_old_address_while_the_resolver_is_away),
    };
    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
