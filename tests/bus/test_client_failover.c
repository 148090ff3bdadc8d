/* SPDX-License-Identifier: Apache-2.0 */
/* test_client_failover.c - two brokers, one of which dies, falls silent or has no workers */
#include "bed.h"

#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"

enum { TURN_MS = 4500 };

static int up(void **state)
{
    if (bed_up(state) != 0)
        return -1;
    peer_up(*state, 0);
    peer_up(*state, 1);
    bed_client(*state, 2);
    return 0;
}

static void turns_to_the_other_broker_when_one_dies(void **state)
{
    struct bed *bed = *state;
    uint64_t number = bed_send(bed, 20000);
    struct client_reply reply;
    struct request first, second;

    wait_request(bed, NULL, &first);
    int64_t start_ms = clock_monotonic_ms();

    peer_down(first.peer);
    wait_request(bed, NULL, &second);
    assert_true(clock_monotonic_ms() - start_ms < TURN_MS);
    assert_int_not_equal(peer_index(bed, &first), peer_index(bed, &second));
    assert_text(second.header->request_id, first.header->request_id);
    assert_true(second.header->timeout_ms <= first.header->timeout_ms);
    answer(&second, STATUS_OK, "", 0);
    wait_reply(bed, &reply);
    assert_int_equal(reply.number, number);
    assert_int_equal(reply.header->code, STATUS_OK);
    request_clear(&first);
    request_clear(&second);
}

static void turns_to_the_other_broker_when_one_falls_silent(void **state)
{
    struct bed *bed = *state;
    uint64_t number = bed_send(bed, 20000);
    struct client_reply reply;
    struct request first, second;

    wait_request(bed, NULL, &first);
    int64_t start_ms = clock_monotonic_ms();

    wait_request(bed, first.peer, &second);
    assert_in_range(clock_monotonic_ms() - start_ms, 2000, TURN_MS);
    assert_int_not_equal(peer_index(bed, &first), peer_index(bed, &second));
    assert_text(second.header->request_id, first.header->request_id);
    answer(&first, STATUS_UNAVAILABLE, "", 0); /* wakes up, but is not asked any more */
    answer(&second, STATUS_OK, "", 0);
    wait_reply(bed, &reply);
    assert_int_equal(reply.number, number);
    request_clear(&first);
    request_clear(&second);

    (void)bed_send(bed, 20000); /* new ones keep to the one that lives */
    wait_request(bed, NULL, &second);
    assert_int_not_equal(peer_index(bed, &first), peer_index(bed, &second));
    request_clear(&second);
}

static void stays_with_a_slow_service_behind_a_broker_that_lives(void **state)
{
    struct bed *bed = *state;
    int64_t start_ms = clock_monotonic_ms();
    struct request request, again;
    struct client_reply reply;

    (void)bed_send(bed, 20000);
    wait_request(bed, NULL, &request);
    while (clock_monotonic_ms() - start_ms < TURN_MS) {
        assert_false(client_next(bed->client, bed->memory, 20, &reply));
        assert_false(peers_take(bed, NULL, &again));
    }
    assert_true(request.peer->pings >= 2);
    answer(&request, STATUS_OK, "", 0);
    wait_reply(bed, &reply);
    assert_int_equal(reply.header->code, STATUS_OK);
    request_clear(&request);
}

/* The caller does other work for longer than a broker may be silent; the reply came meanwhile. */
static void a_caller_that_was_away_blames_no_broker(void **state)
{
    struct bed *bed = *state;
    struct request request, again;
    struct client_reply reply;

    (void)bed_send(bed, 20000);
    wait_request(bed, NULL, &request);
    while (request.peer->pings == 0) {
        assert_false(client_next(bed->client, bed->memory, 20, &reply));
        assert_false(peers_take(bed, NULL, &again));
    }
    int64_t start_ms = clock_monotonic_ms();

    while (clock_monotonic_ms() - start_ms < 4000) /* peers live, the client does not look */
        assert_false(peers_take(bed, NULL, &again));
    assert_false(client_next(bed->client, bed->memory, 500, &reply));
    assert_false(peers_take(bed, NULL, &again)); /* not sent to the other */
    answer(&request, STATUS_OK, "", 0);
    wait_reply(bed, &reply);
    request_clear(&request);
}

static void asks_the_other_broker_when_one_has_nobody(void **state)
{
    struct bed *bed = *state;
    struct request first, second;
    struct client_reply reply;
    bool other;

    do { /* until the second is connected too */
        (void)bed_send(bed, 20000);
        wait_request(bed, NULL, &first);
        answer(&first, STATUS_UNAVAILABLE, "", 0);
        wait_request(bed, NULL, &second);
        other = first.peer != second.peer;
        answer(&second, STATUS_OK, "", 0);
        wait_reply(bed, &reply);
        assert_int_equal(reply.header->code, STATUS_OK);
        request_clear(&first);
        request_clear(&second);
    } while (!other);
}

/* The dead broker may have passed it on: "not begun" of the second proves nothing. */
static void a_refusal_after_a_loss_is_unknown(void **state)
{
    static const enum status table[] = {STATUS_RESOURCE_EXHAUSTED, STATUS_DEADLINE_EXCEEDED};

    for (size_t i = 0; i < 2; i++) {
        struct bed *bed = *state;
        struct request first, second;
        struct client_reply reply;

        (void)bed_send(bed, 20000);
        wait_request(bed, NULL, &first);
        peer_down(first.peer);
        wait_request(bed, NULL, &second);
        answer(&second, table[i], "", 0);
        wait_reply(bed, &reply);
        assert_int_equal(reply.header->code, STATUS_UNKNOWN);
        peer_up(bed, peer_index(bed, &first));
        request_clear(&first);
        request_clear(&second);
    }
}

static void says_unknown_when_every_broker_dies_under_it(void **state)
{
    struct bed *bed = *state;
    struct client_reply reply;
    struct request request;

    (void)bed_send(bed, 2000);
    wait_request(bed, NULL, &request);
    peer_down(&bed->peer[0]);
    peer_down(&bed->peer[1]);
    int64_t start_ms = clock_monotonic_ms();

    assert_true(client_next(bed->client, bed->memory, -1, &reply));
    assert_int_equal(reply.header->code, STATUS_UNKNOWN);
    assert_true(clock_monotonic_ms() - start_ms < 3500);
    request_clear(&request);
}

static void survives_restarts_of_both_brokers_in_turn(void **state)
{
    struct bed *bed = *state;
    struct client_reply reply;
    struct request request;

    for (size_t i = 0; i < 6; i++) {
        struct peer *dies = &bed->peer[i % 2];
        uint64_t number = bed_send(bed, 20000);

        wait_request(bed, NULL, &request);
        char id[ID_CHARS + 1];

        snprintf(id, sizeof id, "%s", request.header->request_id);
        if (request.peer == dies) {
            request_clear(&request);
            peer_down(dies);
            wait_request(bed, NULL, &request);
        } else {
            peer_down(dies);
        }
        assert_text(request.header->request_id, id);
        answer(&request, STATUS_OK, "", 0);
        wait_reply(bed, &reply);
        assert_int_equal(reply.number, number);
        request_clear(&request);
        peer_up(bed, i % 2);
    }
}

static void moves_all_that_a_lost_broker_had(void **state)
{
    enum { ALL = 2000 };
    struct bed *bed = *state;
    static bool replied[ALL + 1];
    struct client_reply reply;
    struct request request;
    int got = 0, answered = 0;

    for (int i = 0; i < ALL; i++)
        (void)bed_send(bed, 30000);
    wait_request(bed, NULL, &request);
    struct peer *dies = request.peer;
    int64_t until = clock_monotonic_ms() + WAIT_MS;

    request_clear(&request);
    while (answered < ALL / 4) { /* the first was only read, some are answered, some neither */
        assert_true(clock_monotonic_ms() < until);
        if (peers_take(bed, NULL, &request)) {
            answer(&request, STATUS_OK, "", 0);
            request_clear(&request);
            answered++;
        }
        while (client_next(bed->client, bed->memory, 0, &reply)) {
            assert_false(replied[reply.number]);
            replied[reply.number] = true;
            got++;
        }
    }
    peer_down(dies);
    while (got < ALL) {
        assert_true(clock_monotonic_ms() < until);
        while (peers_take(bed, NULL, &request)) {
            answer(&request, STATUS_OK, "", 0);
            request_clear(&request);
        }
        if (!client_next(bed->client, bed->memory, 1, &reply))
            continue;
        assert_int_equal(reply.header->code, STATUS_OK);
        assert_false(replied[reply.number]);
        replied[reply.number] = true;
        got++;
    }
}

int main(void)
{
#define client_test(function) cmocka_unit_test_setup_teardown(function, up, bed_down)
    const struct CMUnitTest tests[] = {
        client_test(turns_to_the_other_broker_when_one_dies),
        client_test(turns_to_the_other_broker_when_one_falls_silent),
        client_test(stays_with_a_slow_service_behind_a_broker_that_lives),
        client_test(a_caller_that_was_away_blames_no_broker),
        client_test(asks_the_other_broker_when_one_has_nobody),
        client_test(a_refusal_after_a_loss_is_unknown),
        client_test(says_unknown_when_every_broker_dies_under_it),
        client_test(survives_restarts_of_both_brokers_in_turn),
        client_test(moves_all_that_a_lost_broker_had),
    };
    return cmocka_run_group_tests_name("client_failover", tests, NULL, NULL);
}
