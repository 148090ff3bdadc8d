/* SPDX-License-Identifier: Apache-2.0 */
/* test_client_answers.c - what the client makes of answers: ids in any case, too much, a
 * certificate taken away */
#include "bed.h"

#include <ctype.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"

static int up(void **state)
{
    if (bed_up(state) != 0)
        return -1;
    peer_up(*state, 0);
    peer_up(*state, 1);
    bed_client(*state, 2);
    return 0;
}

static char *upper(const void *parent, const char *text)
{
    char *copy = mem_text(parent, text);

    for (char *at = copy; *at; at++)
        *at = (char)toupper(*at);
    return copy;
}

static uint64_t send_id(struct bed *bed, const char *request_id)
{
    return client_send(bed->client, &(struct client_request){.service = "registry",
                                                             .street = "xiasha",
                                                             .method = "m",
                                                             .request_id = request_id,
                                                             .timeout_ms = 10000});
}

static void takes_the_answer_to_an_id_in_either_case(void **state)
{
    struct bed *bed = *state;
    char lower[ID_CHARS + 1];

    id_new(lower);
    const char *big = upper(bed->memory, lower),
               *ids[][2] = {{lower, big}, {big, lower}, {big, big}};

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        uint64_t number = send_id(bed, ids[i][0]);
        struct client_reply reply;
        struct request request;

        wait_request(bed, NULL, &request);
        assert_text(request.header->request_id, ids[i][0]); /* as the caller wrote it */
        answer_with_id(&request, STATUS_OK, ids[i][1]);
        wait_reply(bed, &reply);
        assert_int_equal(reply.number, number);
        assert_int_equal(reply.header->code, STATUS_OK);
        request_clear(&request);
    }
}

static void one_id_in_two_cases_is_one_request(void **state)
{
    struct bed *bed = *state;
    struct client_reply reply;
    struct request request;
    char lower[ID_CHARS + 1];

    id_new(lower);
    (void)send_id(bed, lower);
    uint64_t number = send_id(bed, upper(bed->memory, lower));

    assert_true(client_next(bed->client, bed->memory, 0, &reply));
    assert_int_equal(reply.number, number);
    assert_int_equal(reply.header->code, STATUS_ABORTED);
    wait_request(bed, NULL, &request);
    request_clear(&request);
}

static void comes_back_when_it_is_told_to(void **state)
{
    struct bed *bed = *state;
    struct client_reply reply;
    struct request first, second;

    (void)bed_send(bed, 20000);
    wait_request(bed, NULL, &first);
    answer_too_much(&first, "400");
    int64_t start_ms = clock_monotonic_ms();

    wait_request(bed, NULL, &second);
    assert_in_range(clock_monotonic_ms() - start_ms, 390, 5000);
    assert_text(second.header->request_id, first.header->request_id);
    assert_int_equal(peer_index(bed, &second), peer_index(bed, &first)); /* rates are per broker */
    answer(&second, STATUS_OK, "", 0);
    wait_reply(bed, &reply);
    assert_int_equal(reply.header->code, STATUS_OK);
    request_clear(&first);
    request_clear(&second);
}

/* Beyond the deadline, or nothing to go by: the answer is the caller's. */
static void tells_at_once_what_is_too_much_for_its_deadline(void **state)
{
    static const char *const table[] = {
        "60000", "2000", "0", "-5", "", "soon", "9999999999999999999"};
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct client_reply reply;
        struct request request;

        (void)bed_send(bed, 2000);
        wait_request(bed, NULL, &request);
        answer_too_much(&request, table[i]);
        int64_t start_ms = clock_monotonic_ms();

        wait_reply(bed, &reply);
        assert_true(clock_monotonic_ms() - start_ms < 1000);
        assert_int_equal(reply.header->code, STATUS_RESOURCE_EXHAUSTED);
        assert_text(reply.header->violations[0]->rule, "rate");
        request_clear(&request);
    }
}

static void asks_the_other_broker_when_one_forgot_its_certificate(void **state)
{
    struct bed *bed = *state;
    struct client_reply reply;
    struct request first, second;
    bool other;

    do { /* until the second is connected too */
        (void)bed_send(bed, 20000);
        wait_request(bed, NULL, &first);
        answer(&first, STATUS_UNAUTHENTICATED, "", 0);
        wait_request(bed, NULL, &second);
        other = first.peer != second.peer;
        answer(&second, STATUS_OK, "", 0);
        wait_reply(bed, &reply);
        assert_int_equal(reply.header->code, STATUS_OK);
        request_clear(&first);
        request_clear(&second);
    } while (!other);
}

static void tells_when_no_broker_knows_its_certificate_any_more(void **state)
{
    struct bed *bed = *state;
    struct client_reply reply;
    struct request first, second;

    (void)bed_send(bed, 20000);
    wait_request(bed, NULL, &first);
    answer(&first, STATUS_UNAUTHENTICATED, "", 0);
    wait_request(bed, NULL, &second);
    answer(&second, STATUS_UNAUTHENTICATED, "", 0);
    wait_reply(bed, &reply);
    assert_int_equal(reply.header->code, STATUS_UNAUTHENTICATED);
    request_clear(&first);
    request_clear(&second);
}

/* The lost broker may have passed it on before. */
static void is_not_told_that_nothing_was_done_after_a_loss(void **state)
{
    struct bed *bed = *state;
    struct client_reply reply;
    struct request first, second;

    (void)bed_send(bed, 5000);
    wait_request(bed, NULL, &first);
    peer_down(first.peer);
    wait_request(bed, NULL, &second);
    answer(&second, STATUS_UNAUTHENTICATED, "", 0);
    request_clear(&second);
    wait_request(bed, NULL, &second); /* the other one is away */
    answer(&second, STATUS_UNAUTHENTICATED, "", 0);
    wait_reply(bed, &reply);
    assert_int_equal(reply.header->code, STATUS_UNKNOWN);
    request_clear(&first);
    request_clear(&second);
}

static void speaks_as_soon_as_it_is_connected(void **state)
{
    struct bed *bed = *state;
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    struct client_reply reply;
    struct request request;

    while (bed->peer[0].greetings == 0 || bed->peer[1].greetings == 0) { /* nobody asked anything */
        assert_false(client_next(bed->client, bed->memory, 5, &reply));
        assert_false(peers_take(bed, NULL, &request));
        assert_true(clock_monotonic_ms() < until);
    }
    assert_int_equal(bed->peer[0].greetings, 1);
    assert_int_equal(bed->peer[0].pings, 0);
}

int main(void)
{
#define client_test(function) cmocka_unit_test_setup_teardown(function, up, bed_down)
    const struct CMUnitTest tests[] = {
        client_test(takes_the_answer_to_an_id_in_either_case),
        client_test(one_id_in_two_cases_is_one_request),
        client_test(comes_back_when_it_is_told_to),
        client_test(tells_at_once_what_is_too_much_for_its_deadline),
        client_test(asks_the_other_broker_when_one_forgot_its_certificate),
        client_test(tells_when_no_broker_knows_its_certificate_any_more),
        client_test(is_not_told_that_nothing_was_done_after_a_loss),
        client_test(speaks_as_soon_as_it_is_connected),
    };
    return cmocka_run_group_tests_name("client_answers", tests, NULL, NULL);
}
